// The message box: commands with hints, mentions, Enter to send, and error messages.

import { el, setText } from "./dom.js";
import { warn } from "./confirm.js";
import { gettext, N_ } from "./language.js";

/** The `/rollout` commands for the hint list; `fill` is inserted into the box. */
const COMMANDS = [
  { fill: "/rollout status ", shape: "/rollout status [APP]", about: N_("the live state of one app, or of all of this channel") },
  { fill: "/rollout halt ", shape: "/rollout halt APP [reason]", about: N_("stop a rollout (asks first)") },
  { fill: "/rollout finalize ", shape: "/rollout finalize APP [reason]", about: N_("give it to everybody (asks first)") },
  { fill: "/rollout set ", shape: "/rollout set APP PERCENT [reason]", about: N_("change the percentage (asks first)") },
  { fill: "/rollout ramp ", shape: "/rollout ramp APP [PERCENT…] [options]", about: N_("raise it by itself, a step each working day (asks first)") },
  { fill: "/rollout ramp ", shape: "/rollout ramp APP pause|resume|stop", about: N_("hold, go on with or end its ramp") },
  { fill: "/rollout alias add ", shape: "/rollout alias add NAME STORE_ID [flight FLIGHT]", about: N_("name an app or a flight") },
  { fill: "/rollout alias list", shape: "/rollout alias list", about: N_("the names of this channel") },
  { fill: "/rollout alias remove ", shape: "/rollout alias remove NAME", about: N_("forget a name") },
  { fill: "/rollout history ", shape: "/rollout history [APP]", about: N_("who did what, when and why") },
  { fill: "/rollout subscribe ", shape: "/rollout subscribe APP", about: N_("be told here what changes") },
  { fill: "/rollout rules ", shape: "/rollout rules [APP]", about: N_("who may confirm, and what needs a second person") },
  { fill: "/rollout lock ", shape: "/rollout lock APP until TIME [reason]", about: N_("no finalize and no set until then") },
  { fill: "/rollout language ", shape: "/rollout language [NAME]", about: N_("the language of the messages in this channel") },
  { fill: "/rollout help", shape: "/rollout help", about: N_("a short guide") },
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
  const hints = el("ul", { id: list, class: "hints", role: "listbox", "aria-label": gettext("Suggestions") });
  hints.hidden = true;
  const notice = el("div", { class: "notice" });
  const button = el("button", { type: "submit", class: "primary", "aria-label": gettext("Send") }, gettext("Send"));
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
      // Another label is another channel or another language.
      setText(button, gettext("Send"));
      button.setAttribute("aria-label", gettext("Send"));
      hints.setAttribute("aria-label", gettext("Suggestions"));
      input.setAttribute("aria-label", text);
      input.placeholder = text;
      warn(notice, "");
    },
  };
}

/** Tips for a first visit: three commands to try, each fills the box. */
export function tips(holder, fill, dismiss) {
  const things = [
    ["1", gettext("Name an app"), "/rollout alias add mail 9NMAIL000001"],
    ["2", gettext("See where it stands"), "/rollout status"],
    ["3", gettext("Stop it"), "/rollout halt mail crash on start"],
  ];
  holder.replaceChildren(
    el("p", {}, gettext("Three things to try:")),
    el("ol", {}, ...things.map(([number, what, text]) => el("li", {},
      el("button", { type: "button", onclick: () => fill(text) }, el("b", {}, number), el("span", {}, what), el("code", {}, text))))),
    el("button", { type: "button", class: "quiet", "aria-label": gettext("Hide these tips"), title: gettext("Hide"), onclick: dismiss }, "✕"));
}

function suggestions(input, commands, people) {
  const text = input.value;
  if (commands && text.startsWith("/") && !text.includes("\n")) {
    const typed = text.toLowerCase();
    return COMMANDS.filter(({ fill }) => fill.startsWith(typed) && fill !== typed).map((one) => ({ ...one, about: gettext(one.about), apply: () => one.fill }));
  }
  const before = text.slice(0, input.selectionStart);
  const at = /(?:^|\s)@([\p{L}\p{N}]*)$/u.exec(before);
  if (!at) return [];
  const start = before.length - at[1].length;
  return people.filter(({ name }) => name.toLowerCase().startsWith(at[1].toLowerCase()))
    .map(({ name, about }) => ({ shape: `@${name}`, about, apply: () => `${text.slice(0, start)}${name} ${text.slice(before.length)}` }));
}
