// Renders Block Kit as Slack shows it: https://docs.slack.dev/reference/block-kit/blocks

import { chart } from "./charts.js";
import { el } from "./dom.js";
import { gettext } from "./language.js";
import { mrkdwn, plain } from "./mrkdwn.js";
import { richText } from "./richtext.js";

/**
 * Nodes for a message's blocks. `names` resolves mentions; `press(button, node)` is called with
 * `{block_id, action_id, confirm, text}` of a pressed button and the node that shows it.
 */
export function blocks(list, names, press) {
  return list.map((block) => {
    const draw = Object.hasOwn(DRAW, block.type) ? DRAW[block.type] : unknown;
    const node = draw(block, names, press);
    node.classList.add("block");
    if (block.block_id) node.dataset.block = block.block_id;
    return node;
  });
}

/** Nodes for a text object (`plain_text` or `mrkdwn`). */
export function textOf(object, names) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : plain(object.text, object.emoji !== false);
}

const DRAW = {
  header: (block, names) => el("h3", { class: "block-header" }, ...textOf(block.text, names)),
  divider: () => el("hr"),
  section,
  context: (block, names) => el("div", { class: "block-context" },
    ...block.elements.map((piece) => el("span", {}, ...(piece.type === "image" ? picture(piece) : textOf(piece, names))))),
  actions: (block, names, press) => el("div", { class: "block-actions" },
    ...block.elements.map((piece) => element(piece, block, names, press))),
  rich_text: (block, names) => el("div", { class: "block-text" }, ...richText(block.elements, names)),
  data_visualization: (block) => el("div", {}, chart(block)),
  image: (block) => el("div", { class: "block-image" }, ...picture(block)),
};

function section(block, names, press) {
  return el("div", { class: "block-section" },
    el("div", { class: "block-section-main" },
      block.text && el("div", { class: "block-text" }, ...textOf(block.text, names)),
      block.fields && el("div", { class: "block-fields" },
        ...block.fields.map((field) => el("div", {}, ...textOf(field, names))))),
    block.accessory && el("div", { class: "block-accessory" }, element(block.accessory, block, names, press)));
}

function element(piece, block, names, press) {
  if (piece.type === "button") return button(piece, block, names, press);
  if (piece.type === "image") return el("span", {}, ...picture(piece));
  return el("span", { class: "block-unknown" }, gettext("(the sandbox does not show a “{type}”)", { type: piece.type }));
}

function button(piece, block, names, press) {
  const style = { primary: " primary", danger: " danger" }[piece.style] ?? "";
  const content = plain(piece.text.text, piece.text.emoji !== false);
  const common = { class: `button${style}`, "aria-label": piece.accessibility_label, dataset: { action: piece.action_id } };
  if (piece.url && /^https?:\/\//i.test(piece.url)) {
    return el("a", { ...common, href: piece.url, target: "_blank", rel: "noopener noreferrer" }, ...content);
  }
  return el("button", {
    ...common,
    type: "button",
    onclick: (event) => press({ block_id: block.block_id, action_id: piece.action_id, confirm: piece.confirm ?? null, style: piece.style ?? null }, event.currentTarget),
  }, ...content);
}

// The page loads nothing from other servers, so an image is shown as its description.
function picture(piece) {
  return [el("span", { class: "block-picture", role: "img", "aria-label": piece.alt_text }, piece.alt_text)];
}

function unknown(block) {
  return el("div", { class: "block-unknown" }, gettext("(the sandbox does not show a block of type “{type}”)", { type: block.type }));
}
