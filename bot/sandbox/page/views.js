// Views of the app: the Home tab, and the form (a modal dialog).
// https://docs.slack.dev/surfaces/modals

import { sentenceText } from "./api.js";
import { blocks, textOf } from "./blocks.js";
import { ask, warn } from "./confirm.js";
import { el, show } from "./dom.js";
import { field } from "./fields.js";
import { gettext, locale, N_ } from "./language.js";

const EMPTY_HOME = N_("Nothing here yet: the app has published no Home tab for you.");

/** Draws the Home tab into `holder`; `press(view, button, values)` returns null or the error. */
export function homeTab(holder, press) {
  let drawn = "";
  return (view, names) => {
    const wanted = JSON.stringify([view, locale()]);
    if (wanted === drawn) return;
    drawn = wanted;
    const held = holder.contains(document.activeElement) ? document.activeElement.dataset.action : null;
    const notice = el("div", { class: "notice" });
    const pressed = presser(notice, names, (button) => press(view, button, {}));
    holder.replaceChildren(...(view ? blocks(view.blocks, names, pressed) : [el("p", { class: "empty" }, gettext(EMPTY_HOME))]), notice);
    if (held) holder.querySelector(`[data-action="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  };
}

/**
 * Shows the form of a person in a dialog. `actions` is `{press(view, button, values),
 * submit(view, values), suggest(view, block, typed), close(view)}`; `submit` returns
 * `{problem, errors}`, and `suggest` a list of options.
 */
export function formDialog(actions) {
  const dialog = el("dialog", { id: "form", "aria-labelledby": "form-title" });
  let shown = null;
  // A form that was left may be in the next state still.
  let left = "";
  let fields = new Map();
  const values = () => Object.fromEntries([...fields].map(([id, one]) => [id, one.read()]));

  function hide() {
    // Closing gives the focus back to where it was before.
    if (dialog.open) dialog.close();
    dialog.remove();
  }

  // Esc and the close button end here: the app has to be told.
  function leave(event) {
    event?.preventDefault();
    const view = shown;
    left = view.id;
    hide();
    actions.close(view);
  }
  dialog.addEventListener("cancel", leave);

  function draw(view, names, people) {
    const same = shown?.id === view.id;
    const before = same ? values() : {};
    const at = same ? document.activeElement?.closest?.("[data-block]")?.dataset.block : undefined;
    shown = view;
    fields = new Map();
    const notice = el("div", { class: "notice" });
    const pressed = presser(notice, names, (button) => actions.press(view, button, values()));
    const body = view.blocks.map((block) => {
      if (block.type !== "input") return blocks([block], names, pressed)[0];
      const suggest = (typed) => actions.suggest(view, block, typed);
      const one = field(block, people, before[block.block_id] ?? null, suggest);
      fields.set(block.block_id, one);
      return one.node;
    });
    const form = el("form", { novalidate: true, onsubmit: (event) => submit(event, form, notice) },
      el("h2", { id: "form-title" }, ...textOf(view.title)),
      el("div", { class: "form-body" }, ...body), notice,
      el("menu", {},
        el("button", { type: "button", class: "plain", onclick: leave }, ...textOf(view.close ?? { type: "plain_text", text: gettext("Cancel") })),
        view.submit && el("button", { type: "submit", class: "primary" }, ...textOf(view.submit))));
    dialog.replaceChildren(form);
    if (!dialog.isConnected) document.body.append(dialog);
    if (!dialog.open) dialog.showModal();
    (fields.get(at) ?? fields.values().next().value)?.focus();
  }

  async function submit(event, form, notice) {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    const { problem, errors } = await actions.submit(shown, values());
    form.removeAttribute("aria-busy");
    warn(notice, problem ?? "");
    for (const [id, one] of fields) one.fail(sentenceText(errors?.[id] ?? ""));
    [...fields].find(([id]) => errors?.[id])?.[1].focus();
  }

  return (view, names, people) => {
    if (view === null) {
      shown = null;
      hide();
    } else if (view.id !== left && (view.id !== shown?.id || view.hash !== shown.hash)) draw(view, names, people);
  };
}

/** Makes a handler of pressed buttons: the confirm dialog first, then `send(button)`. */
function presser(notice, names, send) {
  return async (button, node) => {
    if (node.getAttribute("aria-busy") === "true") return;
    if (button.confirm && !(await ask({ style: button.style, ...button.confirm }, names))) {
      node.focus({ preventScroll: true });
      return;
    }
    node.setAttribute("aria-busy", "true");
    const problem = await send(button);
    node.removeAttribute("aria-busy");
    warn(notice, problem ?? "");
  };
}
