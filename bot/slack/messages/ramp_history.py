"""A ramp in the history: what was agreed, each step, and who has changed its course."""

from collections.abc import Sequence
from typing import Final, assert_never

from bot.domain.events import EventKind
from bot.domain.plans import HoldReason, PlanEnd
from bot.domain.ramp_history import RampEvent, RampHistory, RampStep, RampTurn
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import Change
from bot.slack.messages.escape import escape, mention
from bot.slack.messages.phrases import at, done_alone, name, state, why_asked
from bot.slack.messages.ramp_phrases import (
    end_reason,
    gap_text,
    hold_reason,
    step_list,
    step_name,
    window_text,
)
from bot.slack.messages.refusals import is_only_refused, refusal_text
from bot.slack.messages.translator import Translator

_REASON_LENGTH: Final = 150
# With as many lines it fits one paragraph; the last tell how it stands.
_MOST_LINES: Final = 16
# How a ramp ends by itself, or is stopped; of others only the rollout is told.
_SAYS_THE_END: Final = frozenset({PlanEnd.DONE, PlanEnd.STOPPED})


def ramp_entry(t: Translator, ramp: RampHistory) -> str:
    """Return the entry of a ramp that was started."""
    request, terms = ramp.request, ramp.request.terms
    changes = () if terms is None else terms.above(_before(ramp)).changes
    lines = [_head(t, changes, name(t, request.snapshot)), " ".join(_started(t, ramp))]
    if terms is not None:
        apart, window = gap_text(t, terms.gap), window_text(t, terms.window)
        lines.append(t.gettext("{gap} apart, {window}", gap=apart, window=window))
    reason = escape(request.reason, _REASON_LENGTH)
    if reason:
        lines.append(why_asked(t, request, reason))
    hidden = len(ramp.course) - _MOST_LINES
    if hidden > 0:
        lines.append(
            t.ngettext("… {count} line before", "… {count} lines before", hidden)
        )
    shown = ramp.course[-_MOST_LINES:]
    return "\n".join((*lines, *(f"• {_event(t, one)}" for one in shown)))


def newest_of_ramp(t: Translator, ramp: RampHistory) -> str:
    """Return in a sentence that a ramp is the newest entry, and how it stands."""
    app = name(t, ramp.request.snapshot)
    if not ramp.course:
        return t.gettext("The newest: a ramp of {app} was started.", app=app)
    return t.gettext(
        "The newest: a ramp of {app}. {last}", app=app, last=_event(t, ramp.course[-1])
    )


def _head(t: Translator, changes: Sequence[Change], app: str) -> str:
    """Name a ramp by its steps; where none was above the start, by its app alone."""
    if not changes:
        return t.gettext("*Ramp* – {app}", app=app)
    return t.gettext("*Ramp: {steps}* – {app}", steps=step_list(t, changes), app=app)


def _before(ramp: RampHistory) -> float:
    return ramp.request.snapshot.rollout.percentage


def _started(t: Translator, ramp: RampHistory) -> tuple[str, ...]:
    request = ramp.request
    asker, time = mention(t, request.asked_by), at(request.asked_at)
    sentence = t.gettext("{who} asked, {time}.", who=asker, time=time)
    if not ramp.asked_here:
        sentence = t.gettext(
            "{who} asked in another channel, {time}.", who=asker, time=time
        )
    who, begun = mention(t, request.decided_by), request.decided_at or request.asked_at
    started = t.gettext("{who} started it, {time}.", who=who, time=at(begun))
    return (sentence, *(done_alone(t, request) or (started,)))


def _event(t: Translator, event: RampEvent) -> str:
    match event:
        case RampStep():
            return _step(t, event)
        case RampTurn():
            return _turn(t, event)
    assert_never(event)


def _step(t: Translator, step: RampStep) -> str:
    line = t.gettext(
        "{time}: step {number} of {count}, {step}: {result}",
        time=at(step.at),
        number=str(step.sent.number),
        count=str(step.sent.count),
        step=step_name(t, step.change),
        result=_result(t, step.result),
    )
    if step.sent.late is None:
        return line
    late = t.gettext("{time} late", time=gap_text(t, step.sent.late))
    return f"{line} · {late}"


def _result(t: Translator, result: Result | None) -> str:
    match result:
        case None:
            return t.gettext("under way")
        case Done(before=before, after=after):
            return f"{state(t, before)} → *{state(t, after)}*"
        case AlreadyDone(now=now):
            return t.gettext("it was so already: {state}", state=state(t, now))
        case Moved(now=now):
            return t.gettext("not done, it had changed: {state}", state=state(t, now))
        case Refused() if is_only_refused(result):
            return t.gettext("the Store refused this")
        case Refused():
            return t.gettext("refused: {reason}", reason=refusal_text(t, result))
        case Unavailable():
            return t.gettext("not done, nothing was changed")
        case Unknown():
            return t.gettext("not known whether it was done")
    assert_never(result)


def _turn(t: Translator, turn: RampTurn) -> str:
    line = t.gettext("{time}: {event}", time=at(turn.at), event=_what(t, turn))
    reason = escape(turn.reason, _REASON_LENGTH)
    if not reason:
        return line
    return f"{line} {t.gettext('Why: {reason}', reason=reason)}"


def _what(t: Translator, turn: RampTurn) -> str:
    who, percentage = mention(t, turn.actor), t.percent(turn.percentage)
    match turn.code:
        case HoldReason():
            reason = hold_reason(t, turn.code, turn.percentage)
            return t.gettext("✋ it waits for a person: {reason}.", reason=reason)
        case PlanEnd():
            why = end_reason(t, turn.code, turn.actor)
            if turn.code in _SAYS_THE_END:
                return f"⏹️ {why}"
            return t.gettext("⏹️ it has ended. {why}", why=why)
        case None if turn.kind is EventKind.PLAN_PAUSED:
            return t.gettext("⏸️ {who} paused it.", who=who)
        case None if turn.actor is None:
            return t.gettext("▶️ it went on by itself.")
        case None if turn.went_on:
            return t.gettext(
                "▶️ {who} let it go on from {percentage}.",
                who=who,
                percentage=percentage,
            )
        case None:
            return t.gettext("▶️ {who} resumed it.", who=who)
    assert_never(turn.code)
