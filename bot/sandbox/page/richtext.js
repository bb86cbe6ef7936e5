// Renders rich_text, the form in which Slack's own clients store what people type:
// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

import { el } from "./dom.js";
import { ADDRESS, emoji, mention } from "./mrkdwn.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code" };

/** Nodes for the elements of a rich_text block. */
export function richText(elements, names) {
  return elements.map((part) => {
    switch (part.type) {
      case "rich_text_preformatted": return el("pre", {}, ...pieces(part.elements, names));
      case "rich_text_quote": return el("blockquote", {}, ...pieces(part.elements, names));
      case "rich_text_list": return el(part.style === "ordered" ? "ol" : "ul", { class: "list" },
        ...part.elements.map((item) => el("li", {}, ...pieces(item.elements, names))));
      default: return el("div", { class: "run" }, ...pieces(part.elements ?? [], names));
    }
  });
}

function pieces(elements, names) {
  return elements.map((piece) => styled(piece.style ?? {}, leaf(piece, names)));
}

function leaf(piece, names) {
  switch (piece.type) {
    case "text": return piece.text;
    case "user": return mention("@" + (names.user(piece.user_id) ?? piece.user_id));
    case "channel": return mention("#" + (names.channel(piece.channel_id) ?? piece.channel_id));
    case "usergroup": return mention("@" + (names.group?.(piece.usergroup_id) ?? piece.usergroup_id));
    case "broadcast": return mention("@" + piece.range);
    case "emoji": return emoji(piece.name) ?? `:${piece.name}:`;
    case "link": return ADDRESS.test(piece.url)
      ? el("a", { href: piece.url, target: "_blank", rel: "noopener noreferrer" }, piece.text ?? piece.url)
      : piece.text ?? piece.url;
    default: return piece.text ?? piece.fallback ?? "";
  }
}

function styled(style, node) {
  return Object.entries(STYLES).reduce((inner, [name, tag]) => (style[name] ? el(tag, {}, inner) : inner), node);
}
