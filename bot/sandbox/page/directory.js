// People of the local Slack: who is an admin or deactivated, their language, channels and groups.

import { send } from "./api.js";
import { warn } from "./confirm.js";
import { el, patchList } from "./dom.js";
import { gettext } from "./language.js";

const PATH = "/sandbox/slack/directory";
const panels = new WeakMap();

/** Draws a row of boxes to tick for each person, and one for the workspace's plan. */
export function drawDirectory(holder, slack) {
  if (!holder.hasChildNodes()) panels.set(holder, createPanel(holder));
  const { plan, people } = panels.get(holder);
  plan.querySelector("input").checked = slack.free_plan;
  patchList(people, slack.users, (person) => person.id, (person) => createPerson(person, slack.locales), (node, person) => {
    const select = node.querySelector("select");
    if (document.activeElement !== select && select.value !== person.locale) select.value = person.locale;
    patchList(node.lastElementChild, choices(slack, person), (choice) => choice.key, createChoice, (tick, { checked }) => {
      tick.querySelector("input").checked = checked;
    });
  });
}

function createPanel(holder) {
  const plan = createChoice({ name: gettext("Slack’s free plan: no user groups"), change: (free) => send(`${PATH}/plan`, { free }) });
  const people = el("div", { class: "directory" });
  holder.replaceChildren(plan, people);
  return { plan, people };
}

function createPerson(person, locales) {
  const notice = el("div", { class: "notice" });
  const select = el("select", { onchange: async () => {
    const { ok, error } = await send(`${PATH}/person`, { user: person.id, locale: select.value });
    warn(notice, ok ? "" : error);
  } }, ...locales.map((locale) => el("option", { value: locale }, languageName(locale))));
  return el("fieldset", {}, el("legend", {}, person.real_name),
    el("label", { class: "locale" }, el("span", {}, gettext("reads")), select), notice, el("div", { class: "ticks" }));
}

/** The name of a locale's language in that language. */
function languageName(locale) {
  return new Intl.DisplayNames([locale], { type: "language" }).of(locale);
}

/** What can be ticked for a person, in the order in which it is shown. */
function choices(slack, person) {
  const flag = (name, label) => ({ key: name, name: label, checked: person[name], change: (on) => send(`${PATH}/person`, { user: person.id, [name]: on }) });
  const place = (kind, one, name) => ({
    key: one.id, name, checked: one.members.includes(person.id),
    change: (member) => send(`${PATH}/${kind}`, { [kind]: one.id, user: person.id, member }),
  });
  return [
    flag("admin", gettext("admin")), flag("deactivated", gettext("deactivated")),
    ...slack.groups.map((group) => place("group", group, `@${group.handle}`)),
    ...slack.channels.filter((channel) => !channel.direct).map((channel) => place("channel", channel, `#${channel.name}`)),
  ];
}

function createChoice({ name, change }) {
  const notice = el("div", { class: "notice" });
  const input = el("input", { type: "checkbox", onchange: async () => {
    const { ok, error } = await change(input.checked);
    // What the sandbox refuses is as it was.
    if (!ok) input.checked = !input.checked;
    warn(notice, ok ? "" : error);
  } });
  return el("div", { class: "tick" }, el("label", {}, input, el("span", {}, name)), notice);
}
