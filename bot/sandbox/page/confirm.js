// The modal of the page: Slack's confirm dialog, and our own before a reset.

import { el } from "./dom.js";
import { textOf } from "./blocks.js";

const dialog = document.getElementById("confirm");
const yes = document.getElementById("confirm-yes");
const deny = document.getElementById("confirm-deny");

/**
 * Shows a Block Kit confirm object and returns true when it was confirmed; Esc denies.
 * https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
 */
export function ask(question, names) {
  document.getElementById("confirm-title").replaceChildren(...textOf(question.title, names));
  document.getElementById("confirm-text").replaceChildren(...textOf(question.text, names));
  yes.replaceChildren(...textOf(question.confirm, names));
  deny.replaceChildren(...textOf(question.deny, names));
  yes.className = question.style === "danger" ? "danger" : "primary";
  dialog.returnValue = "deny";
  dialog.showModal();
  // The cancel button has the focus, so that an accidental Enter does nothing.
  deny.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirm"), { once: true });
  });
}

/** Returns a confirm object from plain sentences. */
export function question(title, text, confirm, deny) {
  const words = (value) => ({ type: "plain_text", text: value });
  return { title: words(title), text: words(text), confirm: words(confirm), deny: words(deny), style: "danger" };
}

/** Shows an error under a composer or a card; replaces an older one. */
export function warn(holder, text) {
  holder.replaceChildren(...(text ? [el("p", { class: "warning", role: "alert" }, text)] : []));
}
