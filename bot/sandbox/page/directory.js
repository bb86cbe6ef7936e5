// People of the local Slack: who is an admin or deactivated, in which channels and groups.

import { send } from "./api.js";
import { warn } from "./confirm.js";
import { el, patchList } from "./dom.js";

const PATH = "/sandbox/slack/directory";
const panels = new WeakMap();

/** Draws a row of boxes to tick for each person, and one for the workspace's plan. */
export function drawDirectory(holder, slack) {
  if (!panels.has(holder)) panels.set(holder, createPanel(holder));
  const { plan, people } = panels.get(holder);
  plan.querySelector("input").checked = slack.free_plan;
  patchList(people, slack.users, (person) => person.id, createPerson, (node, person) => {
    patchList(node.lastElementChild, choices(slack, person), (choice) => choice.key, createChoice, (tick, { checked }) => {
      tick.querySelector("input").checked = checked;
    });
  });
}

function createPanel(holder) {
  const plan = createChoice({ name: "Slack’s free plan: no user groups", change: (free) => send(`${PATH}/plan`, { free }) });
  const people = el("div", { class: "directory" });
  holder.replaceChildren(plan, people);
  return { plan, people };
}

function createPerson(person) {
  return el("fieldset", {}, el("legend", {}, person.real_name), el("div", { class: "ticks" }));
}

/** What can be ticked for a person, in the order in which it is shown. */
function choices(slack, person) {
  const flag = (name) => ({ key: name, name, checked: person[name], change: (on) => send(`${PATH}/person`, { user: person.id, [name]: on }) });
  const place = (kind, one, name) => ({
    key: one.id, name, checked: one.members.includes(person.id),
    change: (member) => send(`${PATH}/${kind}`, { [kind]: one.id, user: person.id, member }),
  });
  return [
    flag("admin"), flag("deactivated"),
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
