// Composition of the page: reads the state, subscribes to changes, and updates the views.

import { failure, listen, read, reader, send } from "./api.js";
import { drawClock } from "./clock.js";
import { composer, tips } from "./composer.js";
import { ask, question } from "./confirm.js";
import { drawDirectory } from "./directory.js";
import { setText, show } from "./dom.js";
import { drawRequests, drawSlackFaults, drawStoreFaults, drawSwitches } from "./faults.js";
import { gettext, N_, setLocale } from "./language.js";
import { messageList } from "./messages.js";
import { drawAges } from "./mrkdwn.js";
import { HOME, drawSide } from "./side.js";
import { drawApps } from "./store.js";
import { formDialog, homeTab } from "./views.js";

/** Within this many pixels of the end, the page scrolls to new messages. */
const NEAR_END = 60;
/** The command that the bot asks for where it is not a member. */
const INVITE = /^\/invite\s+@?(\S+)$/i;
/** How often ages such as "3 minutes ago" are drawn again. */
const AGES_MS = 20_000;
/** The person that the page starts as. */
const FIRST = "U0ANN";
/** The parts that are made once, and then only brought up to date. */
const PANELS = ["clock", "apps", "store-faults", "slack-faults", "directory", "switches"];
const $ = (id) => document.getElementById(id);
const place = new URLSearchParams(location.hash.slice(1));
const seen = new Map();
const armed = { store: 0, slack: 0 };
let me = place.get("as") ?? FIRST;
let channel = place.get("channel") ?? "C0MAIL";
let slack = null;
let fresh = true;
let loaded = false;

const drawMessages = messageList($("messages"), { press, reply, people: mentionable });
const box = composer({ id: "composer-input", label: "", commands: true, people: mentionable, submit });
$("composer").append(box.node);
const drawHome = homeTab($("home"), pressInView);
const drawForm = formDialog({ press: pressInView, submit: submitForm, suggest, close: (view) => send("/sandbox/slack/views/close", { as: me, view: view.id }) });

// ---- actions

async function submit(text) {
  if (slack && INVITE.exec(text)?.[1].toLowerCase() === slack.bot.name.toLowerCase()) return membership(true);
  return text.startsWith("/") ? command(text, null) : post(text, null);
}

async function membership(bot) {
  const { ok, error } = await send("/sandbox/slack/membership", { channel, bot });
  return ok ? null : failure(N_("The change failed with the error “{code}”"), error);
}

async function command(text, thread) {
  const { ok, error } = await send("/sandbox/slack/command", { as: me, channel, text, thread_ts: thread });
  return ok ? null : failure(N_("{command} failed with the error “{code}”"), error, { command: text.split(/\s/)[0] });
}

async function reply(thread, text) {
  // Slack accepts an app's commands in channels only, and shows an error in a thread.
  return text.startsWith("/") ? command(text, thread) : post(text, thread);
}

async function post(text, thread) {
  $("scroll").dataset.follow = thread ? "" : "yes";
  const { ok, error } = await send("/sandbox/slack/message", { as: me, channel, text, thread_ts: thread });
  return ok ? null : failure(N_("The message failed with the error “{code}”"), error);
}

async function press(ts, { block_id, action_id }) {
  const { ok, error } = await send("/sandbox/slack/press", { as: me, channel, ts, block_id, action_id });
  return ok ? null : failure(N_("The button failed with the error “{code}”"), error);
}

async function pressInView(view, { block_id, action_id }, values) {
  const { ok, error } = await send("/sandbox/slack/views/press", { as: me, view: view.id, block_id, action_id, values });
  return ok ? null : failure(N_("The button failed with the error “{code}”"), error);
}

async function submitForm(view, values) {
  const { ok, error, errors } = await send("/sandbox/slack/views/submit", { as: me, view: view.id, values });
  return ok ? { errors } : { problem: failure(N_("The form failed with the error “{code}”"), error) };
}

async function suggest(view, { block_id, element: { action_id } }, value) {
  const { ok, options } = await send("/sandbox/slack/views/suggest", { as: me, view: view.id, block_id, action_id, value });
  return ok ? options : [];
}

function mentionable() {
  if (!slack) return [];
  const people = slack.users.map((one) => ({ name: one.name, about: one.real_name }));
  const groups = slack.groups.map((one) => ({ name: one.handle, about: one.name }));
  return [{ name: slack.bot.name, about: gettext("the bot: works in threads too") }, ...people, ...groups];
}

function go(next) {
  fresh = next.me !== undefined || next.channel !== channel;
  me = next.me ?? me;
  channel = next.channel ?? channel;
  history.replaceState(null, "", `#${new URLSearchParams({ as: me, channel })}`);
  openHome();
  return next.me ? refresh.slack() : drawSlack();
}

/** Tells the app that a person looks at its Home tab; Slack does so each time. */
function openHome() {
  if (channel === HOME) send("/sandbox/slack/views/home", { as: me });
}

// ---- drawing

function drawSlack() {
  if (!slack) return;
  drawForm(slack.modal, names(), slack.users);
  const atHome = channel === HOME && slack.home.enabled;
  for (const id of ["scroll", "composer"]) show($(id), !atHome);
  show($("home"), atHome);
  if (atHome) drawHomeTab();
  else drawChannel();
  drawDirectory($("directory"), slack);
  countFaults("slack", drawSlackFaults($("slack-faults"), slack));
}

function drawHomeTab() {
  drawPlaces();
  setText($("channel-name"), slack.bot.name);
  setText($("topic"), gettext("Home: what the app shows to you alone"));
  for (const id of ["membership", "language"]) show($(id), false);
  show($("newer"), false);
  document.body.dataset.direct = "true";
  drawHome(slack.home.view, names());
}

function drawPlaces() {
  // Messages of the first load count as read; a conversation that opens later is new.
  for (const one of slack.channels) if (!seen.has(one.id)) seen.set(one.id, loaded ? "" : newest(slack.messages[one.id] ?? []));
  loaded = true;
  const unread = new Set(slack.channels.filter((one) => newest(slack.messages[one.id] ?? []) > seen.get(one.id)).map((one) => one.id));
  drawSide(slack, { me, channel, unread, onchannel: (id) => go({ channel: id }), onperson: (id) => go({ me: id }) });
}

function drawChannel() {
  const here = slack.channels.find((one) => one.id === channel) ?? slack.channels[0];
  channel = here.id;
  const messages = slack.messages[channel] ?? [];
  seen.set(channel, newest(messages));
  drawPlaces();
  setText($("channel-name"), here.direct ? here.name : `# ${here.name}`);
  setText($("topic"), here.direct ? gettext("What the bot tells you alone") : here.topic);
  setText($("membership"), gettext(here.bot_is_member ? N_("Remove @{bot}") : N_("Invite @{bot}"), { bot: slack.bot.name }));
  $("membership").className = here.bot_is_member ? "quiet soft" : "primary";
  show($("membership"), !here.direct);
  show($("language"), here.bot_is_member && !here.direct);
  // The bot's direct messages are read-only, as its manifest asks Slack.
  show($("composer"), !here.direct);
  document.body.dataset.direct = String(Boolean(here.direct));
  box.label(gettext("Message #{channel}", { channel: here.name }));
  setText($("empty"), here.bot_is_member
    ? gettext("Nothing here yet. Type /rollout to begin.")
    : gettext("{bot} is not in this channel yet. Invite it, or see what it says when it is asked from outside.", { bot: slack.bot.name }));
  show($("empty"), messages.length === 0);
  follow(() => drawMessages(messages, new Map(slack.users.map((one) => [one.id, one])), names(), fresh));
  fresh = false;
}

function names() {
  const people = new Map([[slack.bot.id, slack.bot.name], ...slack.users.map((one) => [one.id, one.real_name])]);
  const groups = new Map(slack.groups.map((one) => [one.id, one.handle]));
  const channels = new Map(slack.channels.map((one) => [one.id, one.name]));
  return { user: (id) => people.get(id), channel: (id) => channels.get(id), group: (id) => groups.get(id) };
}

/** Keeps the scroll position: at the end for a reader at the end, unchanged for others. */
function follow(draw) {
  const scroll = $("scroll");
  const atEnd = fresh || scroll.dataset.follow === "yes" || scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;
  const before = scroll.scrollHeight;
  draw();
  if (atEnd) scroll.scrollTop = scroll.scrollHeight;
  else if (scroll.scrollHeight > before + NEAR_END / 2) show($("newer"), true);
  scroll.dataset.follow = "";
}

function newest(messages) {
  return messages.reduce((last, one) => [last, one.ts, newest(one.replies ?? [])].sort().at(-1), "");
}

function drawStore(store) {
  drawApps($("apps"), store.apps);
  countFaults("store", drawStoreFaults($("store-faults"), store));
  drawSwitches($("switches"), store);
  drawRequests($("requests"), $("requests-count"), store);
}

/** Empties what was drawn in another language; it is drawn again from the state. */
function drawAnew() {
  fresh = true;
  for (const id of PANELS) $(id).replaceChildren();
  drawTips();
  refresh.store();
  refresh.clock();
}

function drawTips() {
  if (localStorage.getItem("tips-hidden")) return;
  tips($("tips"), (text) => box.fill(text), () => {
    localStorage.setItem("tips-hidden", "yes");
    show($("tips"), false);
    box.focus();
  });
  show($("tips"), true);
}

function countFaults(where, count) {
  armed[where] = count;
  const sum = armed.store + armed.slack;
  setText($("faults-count"), sum ? gettext("{count} armed", { count: sum }) : "");
}

// ---- updates

const refresh = {
  slack: reader(async () => {
    const asked = me;
    let answer;
    try {
      answer = await read(`/sandbox/slack/state?as=${encodeURIComponent(asked)}`);
    } catch (error) {
      // The address names an unknown person: start as the first one.
      if (error.status !== 400 || asked === FIRST) throw error;
      return go({ me: FIRST });
    }
    if (await setLocale(answer.users.find((one) => one.id === asked).locale)) drawAnew();
    // Another person was chosen meanwhile, who may not see this state.
    if (asked !== me) return refresh.slack();
    slack = answer;
    drawSlack();
  }),
  store: reader(async () => drawStore(await read("/sandbox/store/state"))),
  clock: reader(async () => {
    drawClock($("clock"), await read("/sandbox/clock"));
    drawAges();
  }),
};

listen((kind) => {
  show($("offline"), kind === "offline");
  document.body.dataset.live = String(kind !== "offline");
  if (Object.hasOwn(refresh, kind)) refresh[kind]();
  if (kind === "online") for (const one of Object.values(refresh)) one();
});

// ---- the fixed parts of the page

$("membership").addEventListener("click", () => {
  const here = slack.channels.find((one) => one.id === channel);
  membership(!here.bot_is_member);
});

$("language").addEventListener("change", () => {
  const { value } = $("language");
  // The bot knows the channel's language and answers with it; the page does not.
  $("language").value = "";
  command(`/rollout language ${value}`, null);
});

$("reset").addEventListener("click", async () => {
  const sure = await ask(question(
    gettext("Start over?"),
    gettext("All messages are forgotten, and every app goes back to where it began. The names of apps and the history stay."),
    gettext("Start over"),
    gettext("Keep it"),
  ), null);
  if (!sure) return;
  await send("/sandbox/store/reset");
  await send("/sandbox/slack/reset");
});

$("newer").addEventListener("click", () => {
  $("scroll").scrollTop = $("scroll").scrollHeight;
});

$("scroll").addEventListener("scroll", () => {
  const scroll = $("scroll");
  if (scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END) show($("newer"), false);
}, { passive: true });

$("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
});

for (const button of document.querySelectorAll(".tabs button")) {
  button.addEventListener("click", () => {
    document.body.dataset.tab = button.dataset.tab;
    for (const other of document.querySelectorAll(".tabs button")) other.setAttribute("aria-pressed", String(other === button));
  });
}

openHome();
setInterval(drawAges, AGES_MS);
