// The Store's column: each app and flight with its live percentage, state and draft.

import { send } from "./api.js";
import { warn } from "./confirm.js";
import { el, patchList, setText, show } from "./dom.js";
import { gettext, locale, N_ } from "./language.js";

/** The text of each rollout status, and the colour of its bar. */
const STATES = {
  PackageRolloutInProgress: [N_("Rolling out"), "running"],
  PackageRolloutStopped: [N_("Halted"), "stopped"],
  PackageRolloutComplete: [N_("Finalized"), "complete"],
  PackageRolloutNotStarted: [N_("Not started"), "idle"],
};
const parts = new WeakMap();

/** Draws every app of the local Store's state. */
export function drawApps(holder, apps) {
  patchList(holder, apps, (app) => app.id, createApp, updateApp);
}

/** A percentage as people read it: the Store's floats are single precision. */
export function percent(value) {
  const number = new Intl.NumberFormat(locale(), { maximumFractionDigits: 2 }).format(value);
  return gettext("{number} %", { number });
}

function createApp(app) {
  const made = { name: el("h3"), targets: el("div", { class: "targets" }) };
  const node = el("section", { class: "app box", dataset: { app: app.id } },
    el("header", {}, made.name, el("button", {
      type: "button", class: "id", title: gettext("Copy the Store ID"), dataset: { copied: gettext("copied") }, onclick: (event) => copy(event.currentTarget, app.id),
    }, app.id)), made.targets);
  parts.set(node, made);
  return node;
}

function updateApp(node, app) {
  const made = parts.get(node);
  setText(made.name, app.name);
  const own = { app: app.id, flight: null, label: gettext("All customers"), published: app.published, pending: app.pending };
  const flights = app.flights.map((flight) => ({ app: app.id, flight: flight.id, label: flight.name, published: flight.published, pending: flight.pending }));
  patchList(made.targets, [own, ...flights], (target) => target.flight ?? "app", createTarget, updateTarget);
}

function createTarget(target) {
  const made = {
    label: el("b"), kind: el("span", { class: "badge" }, gettext("FLIGHT")), version: el("span", { class: "soft version" }),
    state: el("span", { class: "state" }), fill: el("span", { class: "fill" }), figure: el("span", { class: "figure" }),
    words: el("p", { class: "words" }), draft: el("p", { class: "draft" }), notice: el("div", { class: "notice" }),
  };
  made.bar = el("div", { class: "bar", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" }, made.fill);
  const input = el("input", { type: "number", min: "0", max: "100", step: "any", value: "10", required: true, "aria-label": gettext("Percentage of customers") });
  const form = el("form", { class: "start", onsubmit: (event) => start(event, target, input, made.notice) },
    el("label", {}, gettext("New version to"), " ", input, " %"), el("button", { type: "submit", class: "plain" }, gettext("Start")));
  const node = el("div", { class: "target", dataset: { target: target.flight ?? target.app } },
    el("div", { class: "line" }, made.label, target.flight && made.kind, made.version, made.state),
    el("div", { class: "line" }, made.bar, made.figure),
    made.words, made.draft,
    el("details", { class: "again" }, el("summary", {}, gettext("Start a new rollout")), form, made.notice),
    el("details", { class: "again" }, el("summary", {}, gettext("Change it in Partner Center")), ...partnerCenter(target)));
  parts.set(node, made);
  return node;
}

/** Changes that a colleague makes past the bot, which learns of them by itself. */
function partnerCenter(target) {
  const notice = el("div", { class: "notice" });
  const change = async (verb, more = {}) => {
    const { ok, error } = await send("/sandbox/store/partner-center", { app: target.app, flight: target.flight, verb, ...more });
    warn(notice, ok ? "" : error);
  };
  const input = el("input", { type: "number", min: "0", max: "100", step: "any", value: "50", required: true, "aria-label": gettext("Percentage in Partner Center") });
  const form = el("form", { class: "start", onsubmit: (event) => {
    event.preventDefault();
    change("set", { percentage: input.valueAsNumber });
  } }, el("label", {}, gettext("Percentage"), " ", input, " %"), el("button", { type: "submit", class: "plain" }, gettext("Set")));
  const buttons = [["halt", gettext("Halt")], ["finalize", gettext("Finalize")], ["submission", gettext("New submission")]]
    .map(([verb, label]) => el("button", { type: "button", class: "plain", onclick: () => change(verb) }, label));
  const hint = el("p", { class: "words" }, gettext("A bot that follows it learns of this within 20 minutes."));
  return [form, el("div", { class: "arm-buttons" }, ...buttons), hint, notice];
}

function updateTarget(node, target) {
  const made = parts.get(node);
  const { published, pending } = target;
  const rollout = published?.rollout;
  const [word, look] = stateOf(published);
  const value = rollout?.isPackageRollout ? rollout.packageRolloutPercentage : published ? 100 : 0;
  setText(made.label, target.label);
  setText(made.version, published ? versions(published) : "");
  setText(made.state, word);
  node.dataset.state = look;
  made.bar.setAttribute("aria-label", `${target.label}: ${word}`);
  made.bar.setAttribute("aria-valuenow", String(Math.round(value * 100) / 100));
  made.fill.style.width = `${Math.min(100, Math.max(0, value))}%`;
  setText(made.figure, percent(value));
  setText(made.words, sentence(published));
  show(made.words, published !== null);
  show(made.draft, pending !== null);
  if (pending) setText(made.draft, gettext("Pending draft: {versions}, {status} (submission {id})", { versions: versions(pending), status: pending.status, id: pending.id }));
}

function stateOf(published) {
  if (!published) return [gettext("Nothing published"), "idle"];
  if (!published.rollout?.isPackageRollout) return [gettext("No gradual rollout"), "plain"];
  const status = published.rollout.packageRolloutStatus;
  const [word, look] = Object.hasOwn(STATES, status) ? STATES[status] : [status, "idle"];
  return [gettext(word), look];
}

function sentence(published) {
  if (!published) return "";
  const { isPackageRollout, packageRolloutStatus, packageRolloutPercentage, fallbackSubmissionId } = published.rollout ?? {};
  const values = { id: published.id, fallback: fallbackSubmissionId, status: published.status };
  if (!isPackageRollout) return gettext("Submission {id}: everybody gets it.", values);
  if (packageRolloutStatus === "PackageRolloutInProgress") return gettext("Submission {id}: {percentage} get it, the others {fallback}.", { ...values, percentage: percent(packageRolloutPercentage) });
  if (packageRolloutStatus === "PackageRolloutStopped") return gettext("Submission {id}: nobody else gets it, all others get {fallback}.", values);
  if (packageRolloutStatus === "PackageRolloutComplete") return gettext("Submission {id}: everybody gets it, for good.", values);
  return gettext("Submission {id}: {status}.", values);
}

function versions(submission) {
  return submission.versions.length ? submission.versions.join(", ") : gettext("no package");
}

async function start(event, target, input, notice) {
  event.preventDefault();
  const { ok, error } = await send("/sandbox/store/rollout", { app: target.app, flight: target.flight, percentage: input.valueAsNumber });
  warn(notice, ok ? "" : error);
  if (ok) event.target.closest("details").open = false;
}

async function copy(button, id) {
  try {
    await navigator.clipboard.writeText(id);
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1200);
  } catch {
    // Without permission for the clipboard, the id is selected, to be copied by hand.
    getSelection().selectAllChildren(button);
  }
}
