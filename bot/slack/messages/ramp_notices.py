"""Notices of how a ramp goes on: started, a step, paused, resumed, ended."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from bot.domain.events import Event, EventKind
from bot.domain.notices import Notice
from bot.domain.percentages import FULL, same_percentage
from bot.domain.plan_events import SentStep
from bot.domain.plan_terms import terms_from_json
from bot.domain.plans import PlanEnd, PlanState
from bot.domain.rollout import UNREAD
from bot.domain.schedule import next_open
from bot.slack.messages.blocks import Message, context, section
from bot.slack.messages.escape import escape, mention
from bot.slack.messages.phrases import at, state
from bot.slack.messages.ramp_phrases import (
    end_reason,
    gap_text,
    on_day,
    standing,
    step_list,
    step_name,
    window_text,
)
from bot.slack.messages.ramp_summary import ramp_summary
from bot.slack.messages.translator import N_, Translator

_REASON_LENGTH: Final = 150
_KNOWN_ENDS: Final = frozenset(PlanEnd)

_STEPS: Final[Mapping[EventKind, str]] = MappingProxyType(
    {
        EventKind.PERCENTAGE_CHANGED: N_(
            "*{app}* is {state} now: step {number} of {count} of the ramp that {who} "
            "started. It was {before}."
        ),
        EventKind.ROLLOUT_FINALIZED: N_(
            "✅ *{app}* was finalized: step {number} of {count} of the ramp that {who} "
            "started. It was {before}."
        ),
    }
)


def step_notice(t: Translator, notice: Notice, step: SentStep, app: str) -> Message:
    """Draw the message of a step that the Store has shown."""
    sentence = _STEPS.get(notice.kind, _STEPS[EventKind.PERCENTAGE_CHANGED])
    text = t.gettext(
        sentence,
        app=app,
        state=state(t, notice.after or UNREAD),
        before=state(t, notice.before or UNREAD),
        number=str(step.number),
        count=str(step.count),
        who=mention(t, notice.event.actor),
    )
    small = [t.gettext("Seen {time}", time=at(notice.event.at))]
    if step.late is not None:
        late = gap_text(t, step.late)
        small.append(
            t.gettext(
                "sent {time} late: I could not send it when it was due", time=late
            )
        )
    small += _after_step(t, notice, step)
    return Message(text, (section(text), context(" · ".join(small))))


def ramp_notice(t: Translator, notice: Notice, app: str) -> Message:
    """Draw the message of a change of a ramp; `app` is its name, for mrkdwn."""
    event = notice.event
    who, percentage = mention(t, event.actor), t.percent(event.details["percentage"])
    match event.kind:
        case EventKind.PLAN_STARTED:
            return _started(t, event, app)
        case EventKind.PLAN_PAUSED:
            text = t.gettext(
                "⏸️ {who} paused the ramp of *{app}* at {percentage}. Nothing is raised "
                "until somebody resumes it; that does not halt the rollout.",
                who=who,
                app=app,
                percentage=percentage,
            )
        case EventKind.PLAN_RESUMED if event.actor is not None:
            text = t.gettext(
                "▶️ {who} lets the ramp of *{app}* go on from {percentage}.",
                who=who,
                app=app,
                percentage=percentage,
            )
        case EventKind.PLAN_RESUMED:
            text = t.gettext(
                "▶️ The ramp of *{app}* goes on by itself from {percentage}: nobody has "
                "to decide any more.",
                app=app,
                percentage=percentage,
            )
        case _:
            return _ended(t, notice, app)
    return _with_small_print(t, text, event, _standing(t, notice))


def _started(t: Translator, event: Event, app: str) -> Message:
    terms = terms_from_json(event.details["terms"])
    text = t.gettext(
        "▶️ {who} started a ramp of *{app}*: {steps}.",
        who=mention(t, event.actor),
        app=app,
        steps=step_list(t, terms.changes),
    )
    times = t.gettext(
        "{gap} apart, {window}. Each step is sent without asking again; a halt ends "
        "the ramp.",
        gap=gap_text(t, terms.gap),
        window=window_text(t, terms.window),
    )
    return _with_small_print(t, text, event, (times,))


def _ended(t: Translator, notice: Notice, app: str) -> Message:
    event, plan = notice.event, notice.plan
    details, why = event.details, ""
    if event.code in _KNOWN_ENDS:
        why = end_reason(t, PlanEnd(event.code), event.actor)
    text = t.gettext("⏹️ The ramp of *{app}* has ended. {why}", app=app, why=why)
    facts = [
        t.gettext(
            "{done} of {count} steps done, the last at {percentage}",
            done=str(details["step"]),
            count=str(details["steps"]),
            percentage=t.percent(details["percentage"]),
        )
    ]
    finalizes = plan is not None and plan.terms.finalizes
    is_full = same_percentage(details["percentage"], FULL)
    if event.code == PlanEnd.DONE and is_full and not finalizes:
        facts.append(
            t.gettext(
                "{percentage} is not finalized: somebody has to finalize the rollout",
                percentage=t.percent(FULL),
            )
        )
    message = _with_small_print(t, text, event, facts)
    if notice.course is None:
        return message
    summary = ramp_summary(t, notice.course)
    return Message(message.text, (*message.blocks, *summary))


def _with_small_print(
    t: Translator, text: str, event: Event, facts: Sequence[str]
) -> Message:
    """Draw a change of a ramp with why somebody made it, and what else is so."""
    lines = [text, *_why(t, event)]
    small = " · ".join((at(event.at), *facts))
    return Message(text, (section("\n".join(lines)), context(small)))


def _why(t: Translator, event: Event) -> tuple[str, ...]:
    """Return the reason of who made the change; of a start, why it was asked for."""
    reason = escape(event.details.get("reason") or "", _REASON_LENGTH)
    if not reason:
        return ()
    if event.kind is EventKind.PLAN_STARTED:
        # Whoever started it may be another than the one whose reason this is.
        return (t.gettext("Why it was asked for: {reason}", reason=reason),)
    return (t.gettext("Why: {reason}", reason=reason),)


def _after_step(t: Translator, notice: Notice, step: SentStep) -> tuple[str, ...]:
    """Return what comes after a step, as far as it is known, and when."""
    plan = notice.plan
    if plan is None or plan.state not in {PlanState.RUNNING, PlanState.ENDED}:
        return ()
    if step.number >= step.count:
        return (t.gettext("this was the last step"),)
    if plan.state is PlanState.ENDED:
        return ()
    earliest = notice.event.at + plan.terms.gap
    return (
        t.gettext(
            "next: {step}, {time} at the earliest",
            step=step_name(t, plan.terms.changes[step.number]),
            time=on_day(next_open(plan.terms.window, earliest) or earliest),
        ),
    )


def _standing(t: Translator, notice: Notice) -> tuple[str, ...]:
    """Return how the ramp stands by now, where it still is as the event says."""
    plan = notice.plan
    is_newest = plan is not None and plan.changed_at == notice.event.at
    return (standing(t, plan),) if plan is not None and is_newest else ()
