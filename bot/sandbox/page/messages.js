// The channel's messages and their threads, patched in place and keyed by their ts.

import { blocks } from "./blocks.js";
import { composer } from "./composer.js";
import { ask, warn } from "./confirm.js";
import { el, patchList, setText, show } from "./dom.js";
import { gettext, locale } from "./language.js";
import { mrkdwn } from "./mrkdwn.js";

/** Drawn parts and last drawn content of each message node. */
const parts = new WeakMap();

/**
 * Draws messages into `list`. `actions` is `{press(ts, button), reply(thread_ts, text), people()}`,
 * each returning null or the error as a sentence.
 */
export function messageList(list, actions) {
  return (messages, people, names, fresh) => {
    if (fresh) list.replaceChildren();
    drawAll(list, messages, { people, names, actions, nested: false });
  };
}

function drawAll(list, messages, context) {
  let day = null;
  patchList(list, messages, (message) => message.ts, (message) => create(message, context), (node, message) => {
    const today = dayOf(message.ts);
    update(node, message, context, context.nested || today === day ? null : today);
    day = today;
  });
}

function create(message, context) {
  const made = {
    drawn: "",
    day: el("p", { class: "day" }),
    avatar: el("span", { class: "avatar", "aria-hidden": "true" }),
    private: el("p", { class: "private" }, gettext("Only visible to you")),
    origin: el("p", { class: "origin" }),
    name: el("b", { class: "author" }),
    badge: el("span", { class: "badge" }),
    time: el("time"),
    content: el("div", { class: "content" }),
    notice: el("div", { class: "notice" }),
    replies: el("ol", { class: "replies", "aria-label": gettext("Replies") }),
    foot: el("div", { class: "foot" }),
    writing: null,
    root: null,
  };
  made.time.dateTime = new Date(Number(message.ts) * 1000).toISOString();
  made.time.title = new Date(Number(message.ts) * 1000).toLocaleString(locale());
  made.time.textContent = context.nested && dayOf(message.ts) !== context.day ? dated(message.ts) : clock(message.ts);
  const answerable = !context.nested && !message.ephemeral && !message.broadcast;
  made.reply = el("button", { type: "button", class: "reply", onclick: () => write(node, message.ts, context) }, gettext("Reply in thread"));
  if (answerable) made.foot.append(made.reply);
  const node = el("li", { class: "message", tabindex: "-1", dataset: { ts: message.ts } },
    made.day,
    el("article", { class: "row" }, made.avatar,
      el("div", { class: "body" }, made.private,
        el("p", { class: "by" }, made.name, made.badge, made.time), made.origin, made.content, made.notice)),
    el("div", { class: "thread" }, made.replies, made.foot));
  parts.set(node, made);
  return node;
}

function update(node, message, context, day) {
  const made = parts.get(node);
  setText(made.day, day ?? "");
  show(made.day, day !== null);
  const person = context.people.get(message.user);
  setText(made.name, message.name);
  setText(made.badge, message.bot ? gettext("APP") : person?.guest ? person.team_name : "");
  made.badge.title = person?.guest ? gettext("From {team}, another company", { team: person.team_name }) : "";
  show(made.badge, made.badge.textContent !== "");
  paint(made.avatar, message);
  show(made.private, message.ephemeral);
  show(made.origin, message.broadcast);
  if (message.broadcast && made.root !== message.root_text) made.origin.replaceChildren(...origin(message, context));
  made.root = message.root_text;
  node.classList.toggle("ephemeral", message.ephemeral);
  const wanted = JSON.stringify([message.text, message.blocks, message.edited]);
  if (wanted !== made.drawn) redraw(node, made, message, context);
  made.drawn = wanted;
  const replies = message.replies ?? [];
  drawAll(made.replies, replies, { ...context, nested: true, day: dayOf(message.ts) });
  show(made.replies, replies.length > 0);
  node.classList.toggle("has-replies", replies.length > 0 || made.writing !== null);
}

/** Says that a reply is in the thread and in the channel; a button in the channel leads to the thread. */
function origin(message, context) {
  if (context.nested) return [gettext("Also sent to the channel")];
  const open = () => {
    const thread = document.querySelector(`#messages > [data-ts="${CSS.escape(message.thread_ts)}"]`);
    thread?.scrollIntoView({ block: "center" });
    thread?.focus({ preventScroll: true });
  };
  return [gettext("replied to a thread:"), el("button", { type: "button", onclick: open }, ...mrkdwn(message.root_text || gettext("a message"), context.names))];
}

function redraw(node, made, message, context) {
  const held = made.content.contains(document.activeElement) ? document.activeElement.dataset.action ?? "" : null;
  const press = (button, shown) => pressed(node, message, button, shown, context);
  const body = content(message, context.names, press);
  if (message.edited) body.push(el("span", { class: "edited" }, gettext("(edited)")));
  made.content.replaceChildren(...body);
  warn(made.notice, "");
  // The focus of a removed button moves to its message, not to the top of the page.
  if (held !== null) (made.content.querySelector(`[data-action="${CSS.escape(held)}"]`) ?? node).focus({ preventScroll: true });
}

/** Nodes of a message; one that cannot be drawn is its bare text, and the others are still drawn. */
function content(message, names, press) {
  try {
    if (message.blocks?.length) return blocks(message.blocks, names, press);
    return [el("div", { class: "block block-text" }, ...mrkdwn(message.text, names))];
  } catch (error) {
    console.warn(`The message ${message.ts} cannot be drawn:`, error.message);
    return [el("div", { class: "block block-text" }, message.text)];
  }
}

async function pressed(node, message, button, shown, context) {
  if (shown.getAttribute("aria-busy") === "true") return;
  if (button.confirm && !(await ask({ style: button.style, ...button.confirm }, context.names))) {
    shown.focus({ preventScroll: true });
    return;
  }
  const made = parts.get(node);
  warn(made.notice, "");
  shown.setAttribute("aria-busy", "true");
  const problem = await context.actions.press(message.ts, button);
  shown.removeAttribute("aria-busy");
  warn(made.notice, problem ?? "");
}

function write(node, ts, context) {
  const made = parts.get(node);
  if (made.writing === null) {
    const stop = () => {
      made.writing.node.replaceWith(made.reply);
      made.writing = null;
      made.reply.focus();
    };
    made.writing = composer({
      label: gettext("Reply in thread"), commands: false, people: context.actions.people, onescape: stop,
      submit: (text) => context.actions.reply(ts, text),
    });
    made.reply.replaceWith(made.writing.node);
    node.classList.add("has-replies");
  }
  made.writing.focus();
}

function paint(avatar, message) {
  const initials = message.bot ? "" : message.name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("");
  setText(avatar, initials);
  avatar.dataset.user = message.bot ? "bot" : message.user;
}

function clock(ts) {
  return new Date(Number(ts) * 1000).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
}

/** The date and the time: a thread has no lines between its days. */
function dated(ts) {
  return new Date(Number(ts) * 1000).toLocaleString(locale(), { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
}

function dayOf(ts) {
  return new Date(Number(ts) * 1000).toLocaleDateString(locale(), { weekday: "long", month: "long", day: "numeric" });
}
