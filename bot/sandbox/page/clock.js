// The sandbox's clock: the time there, and the buttons that let time pass.

import { send } from "./api.js";
import { warn } from "./confirm.js";
import { el, setText, show } from "./dom.js";
import { gettext, locale } from "./language.js";
import { now, setAhead } from "./now.js";

/** Draws the panel of the sandbox's clock; it is hidden where nobody would notice time passing. */
export function drawClock(holder, clock) {
  setAhead(clock.ahead_seconds);
  if (!holder.hasChildNodes()) holder.append(...panel(clock.steps));
  show(holder, clock.movable);
  const moved = clock.ahead_seconds > 0;
  setText(holder.querySelector(".words"), moved ? gettext("It is {time} here, {duration} ahead.", { time: reading(now()), duration: lasting(clock.ahead_seconds) }) : gettext("The bot looks then, and reminds of what is due."));
}

function panel(steps) {
  const notice = el("div", { class: "notice" });
  const pass = async (minutes) => {
    const { ok, error } = await send("/sandbox/clock", { minutes });
    warn(notice, ok ? "" : error);
  };
  return [
    el("div", { class: "clock-line" }, el("h3", {}, gettext("Let time pass")),
      ...steps.map((minutes) => el("button", { type: "button", class: "plain", onclick: () => pass(minutes) }, `+${lasting(minutes * 60)}`))),
    el("p", { class: "words", "aria-live": "polite" }), notice,
  ];
}

function reading(at) {
  return at.toLocaleString(locale(), { weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
}

/** A duration, such as "1 day 2 h". */
function lasting(seconds) {
  const minutes = Math.round(seconds / 60);
  const days = Math.floor(minutes / 1440);
  const inDays = new Intl.NumberFormat(locale(), { style: "unit", unit: "day", unitDisplay: "long" });
  const hours = Math.floor(minutes / 60) % 24;
  const parts = [
    days && inDays.format(days),
    hours && gettext("{count} h", { count: hours }),
    minutes % 60 && gettext("{count} min", { count: minutes % 60 }),
  ];
  return parts.filter(Boolean).join(" ");
}
