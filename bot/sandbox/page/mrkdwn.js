// Turns Slack's mrkdwn into DOM nodes: https://docs.slack.dev/messaging/formatting-message-text

import { el, setText } from "./dom.js";
import { glyph } from "./emoji.js";
import { gettext, locale } from "./language.js";
import { now } from "./now.js";

const PAIRS = { "*": "strong", "_": "em", "~": "s" };
// An angle sequence, a code span, a shortcode or a bare address; whatever matches first wins.
const TOKEN = /<([^<>\n]+)>|`([^`\n]+)`|:([a-z0-9_+-]+):|(https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)\]'"])/g;
// Tokens of a date whose text depends on the time now.
const RELATIVE = /\{(ago|date_\w*pretty)\}/;
/** The only kinds of address that become links. */
export const ADDRESS = /^(https?:\/\/|mailto:)/i;

/** Nodes for a mrkdwn text; `names` is `{user(id), channel(id), group(id)}`. */
export function mrkdwn(text, names) {
  const out = [];
  text.split("```").forEach((part, index, parts) => {
    // An odd number of fences leaves the last one as plain text, as Slack does.
    const fenced = index % 2 === 1 && index < parts.length - 1;
    if (fenced) out.push(el("pre", {}, ...code(part.replace(/^\n|\n$/g, ""))));
    else out.push(...lines(index % 2 === 1 ? "```" + part : part, names));
  });
  return out;
}

/** Nodes for a plain_text: no markup, shortcodes only where `emoji` is not false. */
export function plain(text, emoji = true) {
  return emoji ? withEmoji(text) : [readable(text)];
}

/** The three characters Slack escapes, as people read them. */
export function readable(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** Slack's `<!date^…>` pattern filled in for this reader's clock and language; a `first` word is capitalised. */
function date(seconds, pattern, first) {
  const at = new Date(seconds * 1000);
  const format = (options) => new Intl.DateTimeFormat(locale(), options).format(at);
  const long = { weekday: "long", year: "numeric", month: "long", day: "numeric" };
  const short = { year: "numeric", month: "short", day: "numeric" };
  const values = {
    date_num: () => [at.getFullYear(), pad(at.getMonth() + 1), pad(at.getDate())].join("-"),
    date: () => format({ year: "numeric", month: "long", day: "numeric" }),
    date_short: () => format(short),
    date_long: () => format(long),
    date_pretty: () => near(at) ?? format({ year: "numeric", month: "long", day: "numeric" }),
    date_short_pretty: () => near(at) ?? format(short),
    date_long_pretty: () => near(at) ?? format(long),
    ago: () => age(at),
    time: () => format({ hour: "2-digit", minute: "2-digit" }),
    time_secs: () => format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  };
  const filled = pattern.replace(/\{([a-z_]+)\}/g, (token, name) => (Object.hasOwn(values, name) ? values[name]() : token));
  return first ? filled[0].toUpperCase() + filled.slice(1) : filled;
}

/** Draws what depends on the time now again: ages, and words such as "today". */
export function drawAges() {
  for (const node of document.querySelectorAll("time[data-pattern]")) {
    setText(node, date(Number(node.dataset.seconds), node.dataset.pattern, node.dataset.first === "true"));
  }
}

/** How long ago something was, or in how long it will be. */
function age(at) {
  const seconds = (at - now()) / 1000;
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60]];
  const [unit, length] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(Math.trunc(seconds / length), unit);
}

function pad(number) {
  return String(number).padStart(2, "0");
}

function near(at) {
  const midnight = (day) => new Date(day.getFullYear(), day.getMonth(), day.getDate());
  const days = Math.round((midnight(at) - midnight(now())) / 86_400_000);
  return Math.abs(days) < 2 ? new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(days, "day") : null;
}

function lines(text, names) {
  const out = [];
  let quoted = [];
  const flush = () => {
    if (quoted.length) out.push(el("blockquote", {}, ...joined(quoted, names)));
    quoted = [];
  };
  let open = [];
  const close = () => {
    if (open.length) out.push(...joined(open, names));
    open = [];
  };
  for (const line of text.split("\n")) {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quote) {
      close();
      quoted.push(quote[1]);
    } else {
      flush();
      open.push(line);
    }
  }
  flush();
  close();
  return out;
}

function joined(rows, names) {
  return rows.flatMap((row, index) => (index ? [el("br"), ...inline(row, names)] : inline(row, names)));
}

/** Renders one line: first the atoms without markup inside, then the emphasis around them. */
function inline(text, names) {
  const atoms = [];
  // A private-use character stands for an atom, so that emphasis can span it but not enter it.
  const marked = text.replace(/[\uE000\uE001]/g, "").replace(TOKEN, (whole, angle, span, short, bare, offset) => {
    const node = angle ? sequence(angle, names, offset === 0) : span ? el("code", {}, ...code(span)) : short ? emoji(short) : link(bare, bare);
    if (node === null) return whole;
    atoms.push(node);
    return `\uE000${atoms.length - 1}\uE001`;
  });
  return emphasis(marked, atoms);
}

function emphasis(text, atoms) {
  // A marker opens before a letter and closes after one; inside a word it is just a character.
  const pair = /(^|[^\p{L}\p{N}*_~])([*_~])(?=\S)(.*?\S|\S)\2(?![\p{L}\p{N}*_~])/u.exec(text);
  if (!pair) return filled(text, atoms);
  const [whole, before, marker, inner] = pair;
  return [
    ...filled(text.slice(0, pair.index) + before, atoms),
    el(PAIRS[marker], {}, ...emphasis(inner, atoms)),
    ...emphasis(text.slice(pair.index + whole.length), atoms),
  ];
}

function filled(text, atoms) {
  return text.split(/\uE000(\d+)\uE001/).map((part, index) => (index % 2 ? atoms[Number(part)] : readable(part))).filter((part) => part !== "");
}

function code(text) {
  // Inside code Slack still resolves addresses and shows them bare.
  const shown = text.replace(/<([^<>|\n]+)(?:\|([^<>\n]*))?>/g, (whole, target, label) => (ADDRESS.test(target) ? label ?? target : whole));
  return [readable(shown)];
}

function sequence(inside, names, first) {
  const [target, label] = cut(inside);
  if (target.startsWith("@")) return mention("@" + (names.user(target.slice(1)) ?? label ?? target.slice(1)));
  if (target.startsWith("#")) return mention("#" + (names.channel(target.slice(1)) ?? (label || gettext("private channel"))));
  if (target.startsWith("!date^")) return moment(target, label, first);
  if (target.startsWith("!subteam^")) return mention(label || `@${names.group?.(target.slice(9)) ?? gettext("group")}`);
  if (target.startsWith("!")) return mention("@" + target.slice(1).split("^")[0]);
  return ADDRESS.test(target) ? link(target, label ?? target.replace(/^mailto:/i, "")) : null;
}

function cut(inside) {
  const bar = inside.indexOf("|");
  return bar < 0 ? [inside, null] : [inside.slice(0, bar), inside.slice(bar + 1)];
}

/** A highlighted name. */
export function mention(text) {
  return el("span", { class: "mention" }, readable(text));
}

function moment(target, fallback, first) {
  const [, seconds, pattern, address] = target.split("^");
  const at = new Date(/^-?\d+$/.test(seconds ?? "") ? Number(seconds) * 1000 : NaN);
  // A number may be no date either: JavaScript's end in the year 275760.
  if (Number.isNaN(at.getTime()) || !pattern) return document.createTextNode(readable(fallback ?? ""));
  const shown = readable(pattern);
  const dataset = RELATIVE.test(shown) ? { seconds, pattern: shown, first } : {};
  const time = el("time", { datetime: at.toISOString(), title: at.toLocaleString(locale()), dataset }, date(Number(seconds), shown, first));
  return address && ADDRESS.test(readable(address)) ? wrap(address, time) : time;
}

function link(target, label) {
  return wrap(target, readable(label));
}

/** A link in a new tab; its target is escaped as Slack escapes text. */
export function wrap(target, content) {
  return el("a", { href: readable(target), target: "_blank", rel: "noopener noreferrer" }, content);
}

/** The glyph of a shortcode as a node, or null for an unknown one. */
export function emoji(name) {
  const found = glyph(name);
  return found ? el("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, found) : null;
}

function withEmoji(text) {
  return text.split(/:([a-z0-9_+-]+):/).map((part, index) => (index % 2 ? emoji(part) ?? `:${part}:` : readable(part))).filter((part) => part !== "");
}
