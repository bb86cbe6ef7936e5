// The sandbox's clock: the time there, and the buttons that let time pass.

import { send } from "./api.js";
import { warn } from "./confirm.js";
import { el, setText, show } from "./dom.js";
import { now, setAhead } from "./now.js";

/** Draws the panel of the sandbox's clock; it is hidden where nobody would notice time passing. */
export function drawClock(holder, clock) {
  setAhead(clock.ahead_seconds);
  if (!holder.hasChildNodes()) holder.append(...panel(clock.steps));
  show(holder, clock.movable);
  const moved = clock.ahead_seconds > 0;
  setText(holder.querySelector(".words"), moved ? `It is ${reading(now())} here, ${lasting(clock.ahead_seconds)} ahead.` : "The bot looks then, and reminds of what is due.");
}

function panel(steps) {
  const notice = el("div", { class: "notice" });
  const pass = async (minutes) => {
    const { ok, error } = await send("/sandbox/clock", { minutes });
    warn(notice, ok ? "" : error);
  };
  return [
    el("div", { class: "clock-line" }, el("h3", {}, "Let time pass"),
      ...steps.map((minutes) => el("button", { type: "button", class: "plain", onclick: () => pass(minutes) }, `+${lasting(minutes * 60)}`))),
    el("p", { class: "words", "aria-live": "polite" }), notice,
  ];
}

function reading(at) {
  return at.toLocaleString(undefined, { weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
}

/** A duration, such as "1 day 2 h". */
function lasting(seconds) {
  const minutes = Math.round(seconds / 60);
  const days = Math.floor(minutes / 1440);
  const parts = [[days, days === 1 ? "day" : "days"], [Math.floor(minutes / 60) % 24, "h"], [minutes % 60, "min"]];
  return parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`).join(" ");
}
