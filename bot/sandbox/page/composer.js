// The message box: commands with hints, mentions, Enter to send, and error messages.

import { el } from "./dom.js";
import { warn } from "./confirm.js";

/** The `/rollout` commands for the hint list; `fill` is inserted into the box. */
const COMMANDS = [
  { fill: "/rollout status ", shape: "/rollout status [APP]", about: "the live state of one app, or of all of this channel" },
  { fill: "/rollout halt ", shape: "/rollout halt APP [reason]", about: "stop a rollout (asks first)" },
  { fill: "/rollout finalize ", shape: "/rollout finalize APP [reason]", about: "give it to everybody (asks first)" },
  { fill: "/rollout set ", shape: "/rollout set APP PERCENT [reason]", about: "change the percentage (asks first)" },
  { fill: "/rollout ramp ", shape: "/rollout ramp APP [PERCENT…] [options]", about: "raise it by itself, a step each working day (asks first)" },
  { fill: "/rollout ramp ", shape: "/rollout ramp APP pause|resume|stop", about: "hold, go on with or end its ramp" },
  { fill: "/rollout alias add ", shape: "/rollout alias add NAME STORE_ID [flight FLIGHT]", about: "name an app or a flight" },
  { fill: "/rollout alias list", shape: "/rollout alias list", about: "the names of this channel" },
  { fill: "/rollout alias remove ", shape: "/rollout alias remove NAME", about: "forget a name" },
  { fill: "/rollout history ", shape: "/rollout history [APP]", about: "who did what, when and why" },
  { fill: "/rollout subscribe ", shape: "/rollout subscribe APP", about: "be told here what changes" },
  { fill: "/rollout rules ", shape: "/rollout rules [APP]", about: "who may confirm, and what needs a second person" },
  { fill: "/rollout lock ", shape: "/rollout lock APP until TIME [reason]", about: "no finalize and no set until then" },
  { fill: "/rollout language ", shape: "/rollout language [NAME]", about: "the language of the messages in this channel" },
  { fill: "/rollout help", shape: "/rollout help", about: "a short guide" },
];
let count = 0;

/**
 * A composer. `submit(text)` returns null on success, else the sentence to show;
 * `people()` lists the names for @; `onescape` is called on Esc when no hints are open.
 */
export function composer({ label, commands, people, submit, onescape, id }) {
  const list = `hints-${(count += 1)}`;
  const input = el("textarea", {
    id, rows: 1, "aria-label": label, placeholder: label, spellcheck: "false", autocomplete: "off",
    // A box of several lines may not be a combobox, so it has no aria-expanded.
    "aria-haspopup": "listbox", "aria-autocomplete": "list", maxlength: 8000,
  });
  const hints = el("ul", { id: list, class: "hints", role: "listbox", "aria-label": "Suggestions" });
  hints.hidden = true;
  const notice = el("div", { class: "notice" });
  const button = el("button", { type: "submit", class: "primary", "aria-label": "Send" }, "Send");
  const form = el("form", { class: "composer" }, hints, el("div", { class: "composer-box" }, input, button), notice);
  let options = [];
  let active = -1;
  let last = "";

  function suggest() {
    options = suggestions(input, commands, people());
    active = -1;
    hints.replaceChildren(...options.map((option, index) => el("li", {
      id: `${list}-${index}`, role: "option", "aria-selected": "false",
      // A click on a hint must not take the focus from the box.
      onmousedown: (event) => event.preventDefault(),
      onclick: () => take(index),
    }, el("code", {}, option.shape), el("span", {}, option.about))));
    hints.hidden = options.length === 0;
    controls();
    input.removeAttribute("aria-activedescendant");
    if (!hints.hidden) hints.scrollIntoView({ block: "nearest" });
  }
  function controls() {
    if (hints.hidden) input.removeAttribute("aria-controls");
    else input.setAttribute("aria-controls", list);
  }
  function move(step) {
    active = (active + step + options.length + (active < 0 && step < 0 ? 1 : 0)) % options.length;
    [...hints.children].forEach((node, index) => node.setAttribute("aria-selected", String(index === active)));
    input.setAttribute("aria-activedescendant", `${list}-${active}`);
    hints.children[active].scrollIntoView({ block: "nearest" });
  }
  function take(index) {
    fill(options[index].apply());
  }
  function fill(text) {
    input.value = text;
    input.focus();
    input.setSelectionRange(text.length, text.length);
    suggest();
  }
  function close() {
    options = [];
    hints.hidden = true;
    controls();
    input.removeAttribute("aria-activedescendant");
  }
  async function post() {
    const text = input.value.trim();
    if (!text) return;
    last = text;
    input.value = "";
    close();
    warn(notice, "");
    form.setAttribute("aria-busy", "true");
    const place = input.placeholder;
    const problem = await submit(text);
    form.removeAttribute("aria-busy");
    warn(notice, problem ?? "");
    // Nobody should have to type it again; but not over other words, or in another channel.
    if (problem && input.value === "" && input.placeholder === place) fill(text);
  }

  input.addEventListener("input", suggest);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const open = !hints.hidden;
    if (event.isComposing) return;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) move(event.key === "ArrowDown" ? 1 : -1);
    else if (open && event.key === "Tab" && !event.shiftKey) take(Math.max(active, 0));
    else if (open && event.key === "Enter" && active >= 0) take(active);
    else if (event.key === "Enter" && !event.shiftKey) post();
    else if (event.key === "Escape" && open) close();
    else if (event.key === "Escape" && onescape) onescape();
    else if (event.key === "ArrowUp" && input.value === "" && last) fill(last);
    else return;
    event.preventDefault();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    post();
  });
  return {
    node: form,
    fill,
    focus: () => input.focus(),
    label: (text) => {
      if (input.getAttribute("aria-label") === text) return;
      input.setAttribute("aria-label", text);
      input.placeholder = text;
      warn(notice, "");
    },
  };
}

/** Tips for a first visit: three commands to try, each fills the box. */
export function tips(holder, fill, dismiss) {
  const things = [
    ["1", "Name an app", "/rollout alias add mail 9NMAIL000001"],
    ["2", "See where it stands", "/rollout status"],
    ["3", "Stop it", "/rollout halt mail crash on start"],
  ];
  holder.replaceChildren(
    el("p", {}, "Three things to try:"),
    el("ol", {}, ...things.map(([number, what, text]) => el("li", {},
      el("button", { type: "button", onclick: () => fill(text) }, el("b", {}, number), el("span", {}, what), el("code", {}, text))))),
    el("button", { type: "button", class: "quiet", "aria-label": "Hide these tips", title: "Hide", onclick: dismiss }, "✕"));
}

function suggestions(input, commands, people) {
  const text = input.value;
  if (commands && text.startsWith("/") && !text.includes("\n")) {
    const typed = text.toLowerCase();
    return COMMANDS.filter(({ fill }) => fill.startsWith(typed) && fill !== typed).map((one) => ({ ...one, apply: () => one.fill }));
  }
  const before = text.slice(0, input.selectionStart);
  const at = /(?:^|\s)@([\p{L}\p{N}]*)$/u.exec(before);
  if (!at) return [];
  const start = before.length - at[1].length;
  return people.filter(({ name }) => name.toLowerCase().startsWith(at[1].toLowerCase()))
    .map(({ name, about }) => ({ shape: `@${name}`, about, apply: () => `${text.slice(0, start)}${name} ${text.slice(before.length)}` }));
}
