// Faults of Slack and Store, switches of the local Store, and its latest requests.

import { send } from "./api.js";
import { warn } from "./confirm.js";
import { el, patchList, setText, show } from "./dom.js";

/** Descriptions of Slack's Web API methods for the list of faults. */
const SLACK_METHODS = {
  "*": "anything of Slack",
  "chat.postMessage": "Slack to post a message",
  "chat.update": "Slack to change a message",
  "chat.postEphemeral": "Slack to answer one person",
};
const panels = new WeakMap();

/** Draws the Store's faults, with a form to arm one. Returns how many are armed. */
export function drawStoreFaults(holder, store) {
  const operations = store.operations.map((name) => [name, name]);
  return drawFaults(holder, store, { title: "The Store", question: "When the bot asks for", field: "operation", operations, path: "/sandbox/store/faults" });
}

/** Draws Slack's faults likewise, with a button to drop the bot's connection. */
export function drawSlackFaults(holder, slack) {
  const drop = el("button", { type: "button", class: "plain", onclick: () => send("/sandbox/slack/disconnect", { reason: "refresh_requested" }) }, "Drop the bot’s connection");
  const state = { fault_choices: slack.fault_choices, faults: slack.faults.armed };
  return drawFaults(holder, state, { title: "Slack", question: "When the bot asks", field: "method", operations: Object.entries(SLACK_METHODS), path: "/sandbox/slack/faults", more: drop });
}

function drawFaults(holder, state, how) {
  if (!panels.has(holder)) panels.set(holder, createFaults(holder, state, how));
  const { list, box } = panels.get(holder);
  const armed = Object.entries(state.faults).flatMap(([operation, faults]) => faults.map((fault, index) => ({ operation, index, ...fault })));
  patchList(list, armed, ({ operation, fault, index }) => `${operation} ${fault} ${index}`, () => el("li"), (node, { operation, fault, times }) => {
    setText(node, `${operation === "*" ? "anything" : operation}: ${readable(fault)}${times > 1 ? ` × ${times}` : ""}`);
    node.title = state.fault_choices[fault] ?? "";
  });
  show(box, armed.length > 0);
  return armed.length;
}

/** Draws one control per switch of the local Store. */
export function drawSwitches(holder, store) {
  patchList(holder, Object.keys(store.switch_choices), (name) => name, (name) => createSwitch(name, store.switch_choices[name]), (node, name) => {
    const select = node.querySelector("select");
    const wanted = JSON.stringify(store.switches[name]);
    if (document.activeElement !== select && select.value !== wanted) select.value = wanted;
  });
}

/** Draws the latest requests, newest first. */
export function drawRequests(list, count, requests) {
  setText(count, requests.length ? `(${requests.length})` : "");
  const rows = requests.map((one, index) => ({ ...one, key: `${one.at} ${one.correlation_id} ${requests.length - index}` }));
  list.replaceChildren(...rows.map((one) => el("li", { title: `${one.at}\n${one.path}\nMS-CorrelationId ${one.correlation_id}` },
    el("span", { class: "soft" }, new Date(one.at).toLocaleTimeString()),
    el("b", {}, one.method), el("span", { class: "path" }, one.path.replace(/^.*\/my\//, "")),
    el("span", { class: one.status && one.status < 400 ? "good" : "bad" }, one.status ? String(one.status) : "no answer"),
    el("span", { class: "soft" }, `${Math.round(one.ms)} ms`),
    one.fault && el("span", { class: "badge" }, readable(one.fault)))));
}

function createFaults(holder, { fault_choices }, { title, question, field, operations, path, more }) {
  const choose = (label, name, choices) => el("label", {}, el("span", {}, label),
    el("select", { name }, ...choices.map(([value, text]) => el("option", { value }, text))));
  const operation = choose(question, field, operations);
  const fault = choose("this happens", "fault", Object.keys(fault_choices).map((name) => [name, readable(name)]));
  const times = el("label", { class: "times" }, el("span", {}, "times"),
    el("input", { name: "times", type: "number", min: "1", max: "99", value: "1", required: true }));
  const about = el("p", { class: "words", "aria-live": "polite" });
  const notice = el("div", { class: "notice" });
  const select = fault.querySelector("select");
  const explain = () => setText(about, fault_choices[select.value] ?? "");
  select.addEventListener("change", explain);
  explain();
  const form = el("form", { class: "arm", "aria-label": `Faults of ${title}`, onsubmit: async (event) => {
    event.preventDefault();
    const data = new FormData(form);
    tell(notice, await send(path, { [field]: data.get(field), fault: data.get("fault"), times: Number(data.get("times")) }));
  } }, operation, fault, times, about, el("div", { class: "arm-buttons" }, el("button", { type: "submit", class: "plain" }, "Arm this fault"), more));
  const list = el("ul", { class: "armed", "aria-live": "polite", "aria-label": `Armed faults of ${title}` });
  const clear = el("button", { type: "button", class: "plain", onclick: async () => tell(notice, await send(path, {}, "DELETE")) }, "Clear all");
  const box = el("div", { class: "armed-box" }, list, clear);
  holder.replaceChildren(el("h3", {}, title), form, notice, box);
  return { list, box };
}

function tell(notice, { ok, error }) {
  warn(notice, ok ? "" : error);
}

function createSwitch(name, { choices, about }) {
  const notice = el("div", { class: "notice" });
  const select = el("select", { onchange: async () => {
    tell(notice, await send("/sandbox/store/switches", { [name]: JSON.parse(select.value) }));
  } }, ...choices.map((choice) => el("option", { value: JSON.stringify(choice) }, readable(String(choice)))));
  return el("div", { class: "switch" }, el("label", {}, el("span", {}, about), select), notice);
}

function readable(name) {
  return name.replaceAll("_", " ");
}
