// Faults of Slack and Store, switches of the local Store, and its latest requests.

import { send } from "./api.js";
import { warn } from "./confirm.js";
import { el, patchList, setText, show } from "./dom.js";
import { gettext, locale, N_ } from "./language.js";

const panels = new WeakMap();

/** Draws the Store's faults, with a form to arm one. Returns how many are armed. */
export function drawStoreFaults(holder, store) {
  return drawFaults(holder, store.faults, { title: gettext("The Store"), question: gettext("When the Store is asked"), form: gettext("Faults of the Store"), listed: gettext("Armed faults of the Store"), field: "operation", operations: store.operations, choices: store.fault_choices, path: "/sandbox/store/faults" });
}

/** Draws Slack's faults likewise, with a button to drop the bot's connection. */
export function drawSlackFaults(holder, slack) {
  const drop = el("button", { type: "button", class: "plain", onclick: () => send("/sandbox/slack/disconnect", { reason: "refresh_requested" }) }, gettext("Drop the bot’s connection"));
  return drawFaults(holder, slack.faults.armed, { title: "Slack", question: gettext("When Slack is asked"), form: gettext("Faults of Slack"), listed: gettext("Armed faults of Slack"), field: "method", operations: slack.fault_methods, choices: slack.fault_choices, path: "/sandbox/slack/faults", more: drop });
}

function drawFaults(holder, faults, how) {
  if (!holder.hasChildNodes()) panels.set(holder, createFaults(holder, how));
  const { list, box } = panels.get(holder);
  const armed = Object.entries(faults).flatMap(([operation, each]) => each.map((fault, index) => ({ operation, index, ...fault })));
  patchList(list, armed, ({ operation, fault, index }) => `${operation} ${fault} ${index}`, () => el("li"), (node, { operation, fault, times }) => {
    const asked = how.operations.find((one) => one.name === operation) ?? { title: operation };
    const lasting = times === -1 || how.choices[fault].lasting;
    const shape = lasting ? N_("{operation}: {fault}, until it is cleared") : times > 1 ? N_("{operation}: {fault} × {count}") : N_("{operation}: {fault}");
    setText(node, gettext(shape, { operation: gettext(asked.title), fault: titleOf(how.choices[fault], asked), count: times }));
    node.title = gettext(how.choices[fault].about);
  });
  show(box, armed.length > 0);
  return armed.length;
}

/** What a fault is called at an operation. */
function titleOf(choice, operation) {
  return gettext(choice.titles?.[operation.kind] ?? choice.title);
}

/** What to expect of the bot: the Store's faults differ in that by the kind of operation. */
function expectation(choice, operation) {
  if (operation.kind === "other") return gettext("The bot never asks for this; other clients of the API do.");
  return gettext("Expect: {text}", { text: gettext(operation.kind ? choice.expect[operation.kind] : choice.expect) });
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
export function drawRequests(list, count, { requests, fault_choices }) {
  setText(count, requests.length ? `(${requests.length})` : "");
  const rows = requests.map((one, index) => ({ ...one, key: `${one.at} ${one.correlation_id} ${requests.length - index}` }));
  list.replaceChildren(...rows.map((one) => el("li", { title: `${one.at}\n${one.path}\nMS-CorrelationId ${one.correlation_id}` },
    el("span", { class: "soft" }, new Date(one.at).toLocaleTimeString(locale())),
    el("b", {}, one.method), el("span", { class: "path" }, one.path.replace(/^.*\/my\//, "")),
    el("span", { class: one.status && one.status < 400 ? "good" : "bad" }, one.status ? String(one.status) : gettext("no answer")),
    el("span", { class: "soft" }, gettext("{count} ms", { count: Math.round(one.ms) })),
    one.fault && el("span", { class: "badge" }, gettext(fault_choices[one.fault].title)))));
}

function createFaults(holder, { title, question, form: label, listed, field, operations, choices, path, more }) {
  const operation = el("select", { name: field }, ...grouped(operations));
  const fault = el("select", { name: "fault" });
  const number = el("input", { name: "times", type: "number", min: "1", max: "99", value: "1", required: true });
  const times = el("label", { class: "times" }, el("span", {}, gettext("times")), number);
  const about = el("p", { class: "words" });
  const expect = el("p", { class: "words" });
  const notice = el("div", { class: "notice" });
  const asked = () => operations.find((one) => one.name === operation.value);
  const explain = () => {
    const choice = choices[fault.value];
    setText(about, gettext(choice.about));
    setText(expect, expectation(choice, asked()));
    number.disabled = Boolean(choice.lasting);
  };
  // Only what can happen there is offered; what was chosen stays where it can.
  const offer = () => {
    const chosen = fault.value;
    fault.replaceChildren(...asked().faults.map((name) => el("option", { value: name }, titleOf(choices[name], asked()))));
    if (asked().faults.includes(chosen)) fault.value = chosen;
    explain();
  };
  operation.addEventListener("change", offer);
  fault.addEventListener("change", explain);
  offer();
  const form = el("form", { class: "arm", "aria-label": label, onsubmit: async (event) => {
    event.preventDefault();
    const { seconds } = choices[fault.value];
    tell(notice, await send(path, { [field]: operation.value, fault: fault.value, times: Number(number.value), seconds }));
  } }, el("label", {}, el("span", {}, question), operation), el("label", {}, el("span", {}, gettext("this happens")), fault), times,
  el("div", { class: "explained", "aria-live": "polite" }, about, expect), el("div", { class: "arm-buttons" }, el("button", { type: "submit", class: "plain" }, gettext("Arm this fault")), more));
  const list = el("ul", { class: "armed", "aria-live": "polite", "aria-label": listed });
  const clear = el("button", { type: "button", class: "plain", onclick: async () => tell(notice, await send(path, {}, "DELETE")) }, gettext("Clear all"));
  const box = el("div", { class: "armed-box" }, list, clear);
  holder.replaceChildren(el("h3", {}, title), form, notice, box);
  return { list, box };
}

/** The options of operations: what the bot asks for, and apart from it what others do. */
function grouped(operations) {
  const option = ({ name, title }) => el("option", { value: name }, gettext(title));
  const others = operations.filter(({ kind }) => kind === "other");
  if (others.length === 0) return operations.map(option);
  return [
    el("optgroup", { label: gettext("by the bot") }, ...operations.filter((one) => !others.includes(one)).map(option)),
    el("optgroup", { label: gettext("by other clients") }, ...others.map(option)),
  ];
}

function tell(notice, { ok, error }) {
  warn(notice, ok ? "" : error);
}

function createSwitch(name, { choices, about }) {
  const notice = el("div", { class: "notice" });
  const select = el("select", { onchange: async () => {
    tell(notice, await send("/sandbox/store/switches", { [name]: JSON.parse(select.value) }));
  } }, ...choices.map((choice) => el("option", { value: JSON.stringify(choice) }, gettext(readable(String(choice))))));
  return el("div", { class: "switch" }, el("label", {}, el("span", {}, gettext(about)), select), notice);
}

function readable(name) {
  return name.replaceAll("_", " ");
}
