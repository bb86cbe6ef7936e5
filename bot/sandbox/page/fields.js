// Input blocks of forms: a label, a control, a hint, and the error at the field.
// https://docs.slack.dev/reference/block-kit/blocks/input-block

import { textOf } from "./blocks.js";
import { el, setText, show } from "./dom.js";
import { gettext } from "./language.js";

let count = 0;

/**
 * A field for an input block. `entered` is what it shows at first, null for the block's own
 * initial value; `suggest(typed)` returns the options that the app offers. Returns `{node, read(), focus(), fail(text)}`; `read` returns a text or a list.
 */
export function field(block, people, entered, suggest) {
  const id = `field-${(count += 1)}`;
  const { element } = block;
  const made = (CONTROLS[element.type] ?? text)(element, { id, people, entered, suggest });
  const hint = el("p", { class: "hint", id: `${id}-hint` }, ...(block.hint ? textOf(block.hint) : []));
  const error = el("p", { class: "error", id: `${id}-error` });
  show(hint, Boolean(block.hint));
  show(error, false);
  const label = [...textOf(block.label), block.optional && el("span", { class: "soft" }, " ", gettext("(optional)"))];
  const parts = made.grouped ? [el("legend", {}, ...label), made.node] : [el("label", { for: id }, ...label), made.node];
  const node = el(made.grouped ? "fieldset" : "div", { class: "field", dataset: { block: block.block_id } }, ...parts, hint, error);
  const described = made.grouped ? node : made.node;
  const describe = () => {
    const ids = [hint, error].filter((one) => !one.hidden).map((one) => one.id).join(" ");
    if (ids) described.setAttribute("aria-describedby", ids);
    else described.removeAttribute("aria-describedby");
  };
  describe();
  return {
    node,
    read: made.read,
    focus: () => (made.grouped ? node.querySelector("input") : made.node)?.focus(),
    fail(problem) {
      setText(error, problem);
      show(error, problem !== "");
      for (const control of made.grouped ? node.querySelectorAll("input") : [made.node]) {
        if (problem) control.setAttribute("aria-invalid", "true");
        else control.removeAttribute("aria-invalid");
      }
      describe();
    },
  };
}

const CONTROLS = {
  plain_text_input: text,
  number_input: (element, how) => text(element, how, { inputmode: "decimal" }),
  datepicker: (element, how) => text(element, how, { type: "date" }, element.initial_date),
  timepicker: (element, how) => text(element, how, { type: "time" }, element.initial_time),
  static_select: (element, how) => select(choices(element.options), element, how, element.initial_option?.value),
  users_select: (element, how) => select(persons(how), element, how, element.initial_user),
  radio_buttons: (element, how) => group("radio", choices(element.options), how, [element.initial_option?.value]),
  checkboxes: (element, how) => group("checkbox", choices(element.options), how, values(element.initial_options)),
  multi_static_select: (element, how) => group("checkbox", choices(element.options), how, values(element.initial_options)),
  multi_users_select: (element, how) => group("checkbox", persons(how), how, element.initial_users ?? []),
  multi_external_select: external,
};

function text(element, { id, entered }, more = {}, initial = element.initial_value) {
  const attributes = { id, placeholder: element.placeholder?.text, autocomplete: "off" };
  const node = element.multiline ? el("textarea", { ...attributes, rows: 3 }) : el("input", { type: "text", ...attributes, ...more });
  node.value = entered ?? initial ?? "";
  return { node, read: () => node.value };
}

function select(options, element, { id, entered }, initial) {
  const node = el("select", { id },
    el("option", { value: "" }, element.placeholder?.text ?? gettext("Choose…")),
    ...options.map(([value, label]) => el("option", { value }, ...label)));
  node.value = entered ?? initial ?? "";
  return { node, read: () => node.value };
}

function group(type, options, { id, entered }, initial) {
  const chosen = entered === null || entered === undefined ? initial : [entered].flat();
  const node = el("div", { class: "choices" }, ...options.map(([value, label, about]) => {
    const input = el("input", { type, name: id, value });
    input.checked = chosen.includes(value);
    return el("label", {}, input, el("span", {}, ...label, about && el("small", { class: "soft" }, ...about)));
  }));
  const checked = () => [...node.querySelectorAll(":checked")].map((input) => input.value);
  return { node, grouped: true, read: () => (type === "radio" ? checked()[0] ?? "" : checked()) };
}

/** A select that the app feeds: what is chosen, a field to search in, and what is offered. */
function external(element, { id, entered, suggest }) {
  const known = new Map((element.initial_options ?? []).map((one) => [one.value, one.text]));
  const chosen = new Set(entered ?? known.keys());
  const search = el("input", { type: "search", id, placeholder: element.placeholder?.text ?? gettext("Search…"), autocomplete: "off", "aria-label": gettext("Search") });
  const list = el("div", { class: "choices" });
  let asked = 0;

  function draw(offered) {
    for (const one of offered) known.set(one.value, one.text);
    const shown = new Set([...chosen, ...offered.map((one) => one.value)]);
    list.replaceChildren(...[...shown].map((value) => {
      const input = el("input", { type: "checkbox", value });
      input.checked = chosen.has(value);
      input.addEventListener("change", () => (input.checked ? chosen.add(value) : chosen.delete(value)));
      return el("label", {}, input, el("span", {}, ...(known.has(value) ? textOf(known.get(value)) : [value])));
    }));
  }

  async function ask() {
    const number = (asked += 1);
    const offered = await suggest(search.value);
    // What was typed since then is asked for by itself.
    if (number === asked) draw(offered);
  }

  search.addEventListener("input", ask);
  search.addEventListener("focus", ask);
  draw([]);
  return { node: el("div", {}, search, list), grouped: true, read: () => [...chosen] };
}

function choices(options) {
  return options.map(({ value, text: label, description }) => [value, textOf(label), description && textOf(description)]);
}

function persons({ people }) {
  return people.map((one) => [one.id, [one.real_name]]);
}

function values(options) {
  return (options ?? []).map((one) => one.value);
}
