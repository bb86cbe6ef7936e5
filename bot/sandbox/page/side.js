// The left side: workspace, connection of the bot, channels, and the chosen person.

import { el, patchList, setText } from "./dom.js";
import { gettext, N_ } from "./language.js";

const CONNECTED = N_("{bot} is connected");
const DISCONNECTED = N_("{bot} is not connected");

/** The id of the app's Home tab among the channels. */
export const HOME = "home";

/** Draws the side from the local Slack's state; `unread` is a set of channel ids. */
export function drawSide(slack, { me, channel, unread, onchannel, onperson }) {
  setText(document.getElementById("team"), slack.team.name);
  const bot = document.getElementById("bot");
  setText(bot, gettext(slack.bot.connected ? CONNECTED : DISCONNECTED, { bot: slack.bot.name }));
  bot.dataset.connected = String(slack.bot.connected);
  bot.title = slack.bot.connected ? "" : gettext("The bot reconnects by itself; if it was stopped, start it again.");
  const places = [...slack.channels, ...(slack.home.enabled ? [{ id: HOME, name: gettext("Home") }] : [])];
  patchList(document.getElementById("channels"), places, (one) => one.id, (one) => el("li", {},
    el("button", { type: "button", dataset: { channel: one.id }, onclick: () => onchannel(one.id) },
      el("span", { "aria-hidden": "true" }, one.id === HOME ? "⌂" : one.direct ? "@" : "#"), el("span", { class: "name" }), el("span", { class: "dot" }))), (node, one) => {
    const button = node.firstElementChild;
    const current = one.id === channel;
    setText(button.children[1], one.name);
    if (current) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
    button.classList.toggle("unread", unread.has(one.id));
    setText(button.children[2], unread.has(one.id) ? gettext("new") : one.shared ? gettext("shared") : "");
    button.children[2].title = one.shared ? gettext("Shared with another company") : "";
  });
  patchList(document.getElementById("people"), slack.users, (one) => one.id, (one) => el("label", {},
    el("input", { type: "radio", name: "me", value: one.id, onchange: () => onperson(one.id) }),
    el("span", { class: "avatar", "aria-hidden": "true", dataset: { user: one.id } },
      one.real_name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("")),
    el("span", { class: "who" }, el("b", {}, one.real_name), el("small"))),
  (node, one) => {
    const input = node.firstElementChild;
    if (input.checked !== (one.id === me)) input.checked = one.id === me;
    setText(node.querySelector("small"), about(one));
  });
}

/** Who somebody is, in a few words. */
function about({ guest, admin, deactivated, locale, team_name: team }) {
  if (deactivated) return gettext("deactivated");
  const place = guest ? gettext("guest from {team}", { team }) : admin ? gettext("admin, {team}", { team }) : team;
  return `${locale} · ${place}`;
}
