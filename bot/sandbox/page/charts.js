// Draws data_visualization blocks as SVG, each with its figures as a text alternative:
// https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block

import { el } from "./dom.js";
import { gettext, N_ } from "./language.js";

const SVG = "http://www.w3.org/2000/svg";
const NAMES = { line: N_("Line chart"), bar: N_("Bar chart"), area: N_("Area chart"), pie: N_("Pie chart") };
const WIDTH = 420;
const HEIGHT = 210;
/** The plot inside the picture; the labels of the axes are around it. */
const PLOT = { left: 44, top: 10, right: WIDTH - 14, bottom: HEIGHT - 40 };
/** The width of a letter on a phone, where the letters are largest, and the gap between labels. */
const LETTER = 8.5;
const GAP = 10;
const TICKS = 4;

/** A figure with the chart of a block, its title and its legend. */
export function chart(block) {
  const { chart: what, title } = block;
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${gettext(NAMES[what.type])}, ${title}. ${inWords(what)}` },
    ...(what.type === "pie" ? pie(what.segments) : plot(what)));
  const entries = what.type === "pie" ? what.segments.map(({ label, value }) => `${label}: ${value}`) : what.series.map(({ name }) => name);
  return el("figure", { class: "chart" }, el("figcaption", {}, title), picture,
    el("ul", { class: "legend" }, ...entries.map((entry, index) => el("li", {}, swatch(index), entry))));
}

/** Every figure of a chart as sentences. */
function inWords(what) {
  const listed = (points) => points.map(({ label, value }) => `${label} ${value}`).join(", ");
  if (what.type === "pie") return `${listed(what.segments)}.`;
  return what.series.map(({ name, data }) => `${name}: ${listed(data)}.`).join(" ");
}

function plot({ type, series, axis_config: axis }) {
  const values = series.map(({ data }) => axis.categories.map((label) => data.find((point) => point.label === label).value));
  const scale = verticalScale(values.flat());
  const slot = (PLOT.right - PLOT.left) / axis.categories.length;
  const x = (index) => PLOT.left + slot * (index + 0.5);
  const draw = { line, area, bar }[type];
  return [
    ...axes(axis, scale, x),
    ...values.map((row, index) => svg("g", { class: `series s${index}` },
      ...draw(row, scale.y, x, { index, count: series.length, slot }),
      ...row.map((value, at) => {
        const shown = svg("circle", { class: "point", cx: x(at), cy: scale.y(value), r: type === "bar" ? 0 : 3 });
        shown.append(svg("title", {}, `${series[index].name}, ${axis.categories[at]}: ${value}`));
        return shown;
      }))),
  ];
}

function line(row, y, x) {
  return [svg("polyline", { class: "stroke", points: row.map((value, at) => `${x(at)},${y(value)}`).join(" ") })];
}

function area(row, y, x) {
  const top = row.map((value, at) => `${x(at)},${y(value)}`).join(" ");
  const shape = svg("polygon", { class: "shade", points: `${x(0)},${y(0)} ${top} ${x(row.length - 1)},${y(0)}` });
  return [shape, ...line(row, y, x)];
}

function bar(row, y, x, { index, count, slot }) {
  const width = (slot * 0.7) / count;
  return row.map((value, at) => {
    const shown = svg("rect", { class: "fill-series", x: x(at) - slot * 0.35 + width * index, y: Math.min(y(value), y(0)), width, height: Math.abs(y(value) - y(0)) });
    shown.append(svg("title", {}, String(value)));
    return shown;
  });
}

function axes(axis, { ticks, y }, x) {
  const longest = Math.max(...axis.categories.map((label) => label.length)) * LETTER + GAP;
  const every = Math.ceil((axis.categories.length * longest) / (PLOT.right - PLOT.left));
  return [
    ...ticks.map((tick) => svg("line", { class: "grid", x1: PLOT.left, x2: PLOT.right, y1: y(tick), y2: y(tick) })),
    ...ticks.map((tick) => svg("text", { x: PLOT.left - 6, y: y(tick) + 4, "text-anchor": "end" }, String(tick))),
    ...axis.categories.map((label, at) => (at % every ? null : svg("text", { x: x(at), y: PLOT.bottom + 15, "text-anchor": "middle" }, label))).filter(Boolean),
    axis.x_label && svg("text", { class: "axis", x: (PLOT.left + PLOT.right) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, axis.x_label),
    axis.y_label && svg("text", { class: "axis", transform: `translate(11 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, axis.y_label),
  ].filter(Boolean);
}

/** Round steps between zero and the largest value, and the height of each value. */
function verticalScale(values) {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values) || 1;
  const rough = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
  const height = PLOT.bottom - PLOT.top;
  return { ticks, y: (value) => PLOT.bottom - (height * (value - first * step)) / ((last - first) * step) };
}

function pie(segments) {
  const sum = segments.reduce((total, { value }) => total + value, 0);
  const centre = [WIDTH / 2, HEIGHT / 2];
  const radius = HEIGHT / 2 - 8;
  let before = 0;
  return segments.map(({ label, value }, index) => {
    const from = before / sum;
    before += value;
    const group = svg("g", { class: `series s${index}` }, segments.length === 1
      ? svg("circle", { class: "fill-series", cx: centre[0], cy: centre[1], r: radius })
      : svg("path", { class: "fill-series", d: slice(centre, radius, from, before / sum) }));
    group.append(svg("title", {}, `${label}: ${value}`));
    return group;
  });
}

function slice([cx, cy], radius, from, to) {
  const point = (share) => `${cx + radius * Math.sin(2 * Math.PI * share)} ${cy - radius * Math.cos(2 * Math.PI * share)}`;
  return `M${cx} ${cy} L${point(from)} A${radius} ${radius} 0 ${to - from > 0.5 ? 1 : 0} 1 ${point(to)} Z`;
}

function swatch(index) {
  return svg("svg", { class: `swatch s${index}`, viewBox: "0 0 10 10", "aria-hidden": "true" }, svg("rect", { class: "fill-series", width: 10, height: 10, rx: 2 }));
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}
