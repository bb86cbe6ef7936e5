"""The words for ramps that all messages share: steps, times, windows, why one waits."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final, assert_never

from bot.domain.app_names import ResolvedTarget
from bot.domain.locks import HeldLock, held_on
from bot.domain.plans import HoldReason, Plan, PlanEnd, PlanState
from bot.domain.ramp_commands import RAMP, PlanAction
from bot.domain.rollout import UNREAD, Change
from bot.domain.schedule import DAY_MINUTES, EVERY_DAY, Window, is_open
from bot.domain.submissions import Snapshot
from bot.slack.messages.escape import code, mention
from bot.slack.messages.phrases import DAY_NAMES, at, command, plain_name, target_name
from bot.slack.messages.translator import N_, Translator

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_HOUR_MINUTES: Final = 60
_ID_LENGTH: Final = 40
_LONGEST_COMMAND: Final = 300

_HOLD_REASONS: Final[Mapping[HoldReason, str]] = MappingProxyType(
    {
        HoldReason.CHANGED_ELSEWHERE: N_(
            "the Store does not show {percentage} any more, the last percentage of "
            "the ramp"
        ),
        HoldReason.NOT_IN_PROGRESS: N_(
            "the Store does not show the rollout as in progress"
        ),
        HoldReason.LATE: N_(
            "its step was due too long ago, and I could not send it then"
        ),
        HoldReason.REFUSED: N_("the Store refused its step"),
        HoldReason.MOVED: N_("the rollout changed just before its step was sent"),
        HoldReason.UNKNOWN: N_("nobody knows yet whether its step was made"),
        HoldReason.UNAVAILABLE: N_("the Store was not available, three times in a row"),
        HoldReason.WRONG_CLOCK: N_(
            "my clock and the Store's differ by more than a minute"
        ),
    }
)
_ENDS: Final[Mapping[PlanEnd, str]] = MappingProxyType(
    {
        PlanEnd.DONE: N_("Every step of the ramp is done."),
        PlanEnd.STOPPED: N_("{who} stopped the ramp."),
        PlanEnd.HALTED: N_("{who} halted the rollout."),
        PlanEnd.FINALIZED: N_("{who} finalized the rollout."),
        PlanEnd.FOUND_HALTED: N_("The rollout was halted outside Rollout Bot."),
        PlanEnd.FOUND_FINALIZED: N_("The rollout was finalized outside Rollout Bot."),
        PlanEnd.REPLACED: N_("A newer submission has taken the place of this one."),
    }
)


def ramp_name(t: Translator, plan: Plan) -> str:
    """Name the app of a ramp and its flight, for mrkdwn."""
    return target_name(t, plan.ref.target, plan.app_name, plan.flight_name)


def plain_ramp_name(t: Translator, plan: Plan) -> str:
    """Name the app of a ramp and its flight, for a headline."""
    shown = Snapshot(plan.ref, plan.app_name, plan.flight_name, UNREAD)
    return plain_name(t, shown)


def ramp_word(plan: Plan) -> str:
    """Return the words by which people name the target of a ramp in a command."""
    return ResolvedTarget(plan.ref.target, plan.alias).word


def step_name(t: Translator, change: Change) -> str:
    """Name a step by what it leads to: `25 %`, or `finalize`."""
    if change.percentage is None:
        return t.gettext("finalize")
    return t.percent(change.percentage)


def step_list(t: Translator, changes: Iterable[Change]) -> str:
    """Show steps on one line: `10 % → 25 % → 100 % → finalize`."""
    return " → ".join(step_name(t, change) for change in changes)


def on_day(moment: datetime) -> str:
    """Show a time in the reader's own zone, with the day of the week.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    utc = moment.astimezone(UTC)
    shown = "{date_long_pretty} {time}"
    return f"<!date^{int(utc.timestamp())}^{shown}|{utc:%Y-%m-%d %H:%M} UTC>"


def gap_text(t: Translator, gap: timedelta) -> str:
    """Return how long a time is, in one unit: `1 day`, `36 hours`, `90 minutes`."""
    if gap >= _DAY and not gap % _DAY:
        return t.ngettext("{count} day", "{count} days", gap // _DAY)
    if gap >= _HOUR and not gap % _HOUR:
        return t.ngettext("{count} hour", "{count} hours", gap // _HOUR)
    return t.ngettext("{count} minute", "{count} minutes", round(gap / _MINUTE))


def window_text(t: Translator, window: Window) -> str:
    """Return when steps may be sent: `Mon – Fri 09:00 – 16:00`, and in which zone."""
    days, zone = _days(t, window.days), code(window.zone, _ID_LENGTH)
    if window.begins == 0 and window.ends == DAY_MINUTES:
        return t.gettext("{days}, at any hour ({zone})", days=days, zone=zone)
    return t.gettext(
        "{days}, {begin} – {end} ({zone})",
        days=days,
        begin=_clock(window.begins),
        end=_clock(window.ends),
        zone=zone,
    )


def ramp_command(*words: str) -> str:
    """Show a command about a ramp; it is longer than others, with all that it names."""
    return command(RAMP, *words, most=_LONGEST_COMMAND)


def hold_text(t: Translator, plan: Plan) -> str:
    """Return why a held ramp needs a person, as a part of a sentence."""
    if not isinstance(plan.reason, HoldReason):
        return ""
    return hold_reason(t, plan.reason, plan.percentage)


def hold_reason(t: Translator, reason: HoldReason, percentage: float) -> str:
    """Return why a ramp needs a person; its last step has left the percentage."""
    sentence = _HOLD_REASONS[reason]
    return t.gettext(sentence, percentage=t.percent(percentage))


def end_text(t: Translator, plan: Plan) -> str:
    """Return how a ramp has ended, as a sentence."""
    if not isinstance(plan.reason, PlanEnd):
        return ""
    return end_reason(t, plan.reason, plan.changed_by)


def end_reason(t: Translator, end: PlanEnd, by: str | None) -> str:
    """Return how a ramp has ended, and by whom, as a sentence."""
    sentence = _ENDS[end]
    return t.gettext(sentence, who=mention(t, by))


def standing(t: Translator, plan: Plan, locks: Sequence[HeldLock] = ()) -> str:
    """Return what comes next, when, and what the ramp waits for, on one line.

    `locks` are some that hold now; left out are those of other targets, and those that
    are over when the step is due.
    """
    match plan.state:
        case PlanState.RUNNING:
            return _coming(t, plan, held_on(locks, plan.ref.target))
        case PlanState.PAUSED:
            return t.gettext(
                "⏸️ paused by {who}, {time}; next step: {step}",
                who=mention(t, plan.changed_by),
                time=at(plan.changed_at),
                step=_next_step(t, plan),
            )
        case PlanState.HELD:
            return t.gettext(
                "✋ waits for a person since {time}: {reason}",
                time=at(plan.changed_at),
                reason=hold_text(t, plan),
            )
        case PlanState.ENDED:
            return end_text(t, plan)
    assert_never(plan.state)


def goes_on(t: Translator, plan: Plan | None) -> tuple[str, ...]:
    """Return that a ramp goes on without the alias of its app, and how to stop it.

    A flight has no other name, by which a command could be typed.
    """
    if plan is None:
        return ()
    still = t.gettext(
        "Its ramp is not touched: {standing}.", standing=standing(t, plan)
    )
    target = plan.ref.target
    if target.flight_id is not None:
        return (still,)
    stop = command(RAMP, target.app_id, PlanAction.STOP)
    return (still, t.gettext("To stop it: {command}.", command=stop))


def _coming(t: Translator, plan: Plan, locks: Sequence[HeldLock]) -> str:
    due_at = plan.due_at or plan.gap_over_at
    step, time = _next_step(t, plan), on_day(due_at)
    if plan.operation_id is not None:
        return t.gettext("▶️ {step} is being sent", step=step)
    if plan.tries:
        return t.gettext(
            "🔁 next step: {step}, tried again {time}: the Store was not available",
            step=step,
            time=time,
        )
    free_at = max((lock.until for lock in locks), default=due_at)
    if free_at > due_at:
        return t.gettext(
            "🔒 next step: {step}, locked until {time}", step=step, time=on_day(free_at)
        )
    if is_open(plan.terms.window, plan.gap_over_at):
        return t.gettext("⏭️ next step: {step}, {time}", step=step, time=time)
    return t.gettext(
        "⏭️ next step: {step}, {time}, when its window opens", step=step, time=time
    )


def _next_step(t: Translator, plan: Plan) -> str:
    change = plan.next_change
    return "–" if change is None else step_name(t, change)


def _days(t: Translator, days: frozenset[int]) -> str:
    """Name days of the week: those that follow each other by the first and the last."""
    if days == EVERY_DAY:
        return t.gettext("every day")
    names = [t.gettext(name) for name in DAY_NAMES]
    ordered = sorted(days)
    first, last = ordered[0], ordered[-1]
    if len(ordered) > 2 and last - first == len(ordered) - 1:  # noqa: PLR2004 - two are named
        return f"{names[first]} – {names[last]}"
    return t.listed(names[day] for day in ordered)


def _clock(minute: int) -> str:
    hours, minutes = divmod(minute, _HOUR_MINUTES)
    return f"{hours:02}:{minutes:02}"
