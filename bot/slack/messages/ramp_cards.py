"""What the card of a ramp shows beside that of a change: its steps, and their times."""

from datetime import datetime
from typing import Final

from slack_sdk.models.blocks import Block

from bot.domain.plan_terms import PlanTerms, planned_times
from bot.domain.requests import Request, RequestState
from bot.domain.rollout import Change
from bot.slack.messages.blocks import context, section
from bot.slack.messages.escape import code, mention
from bot.slack.messages.phrases import app_word, at
from bot.slack.messages.ramp_phrases import (
    gap_text,
    on_day,
    ramp_command,
    step_name,
    window_text,
)
from bot.slack.messages.translator import Translator

_ZONE_EXAMPLE: Final = "zone Europe/Berlin"


def ramp_blocks(t: Translator, request: Request) -> tuple[Block, ...]:
    """Return the steps of a ramp that waits for its start, or was started.

    Of a change by itself there are none, and of a ramp that never began.
    """
    if request.terms is None or request.state not in {
        RequestState.PENDING,
        RequestState.AUTHORISED,
    }:
        return ()
    percentage = request.snapshot.rollout.percentage
    left = request.terms.above(percentage)
    lines = [_title(t, request), *_steps(t, left, _begins(request))]
    dropped = request.terms.steps[: len(request.terms.steps) - len(left.steps)]
    if dropped and request.state is RequestState.PENDING:
        lines.append(
            t.gettext(
                "Left out: {steps}. The rollout is at {percentage} already.",
                steps=t.listed(map(t.percent, dropped)),
                percentage=t.percent(percentage),
            )
        )
    return (
        section("\n".join(lines)),
        context(" ".join(_when_sent(t, request, left))),
    )


def ramp_warnings(t: Translator, request: Request) -> tuple[str, ...]:
    """Return what people may not expect of a ramp; nothing for a change by itself."""
    if request.terms is None:
        return ()
    return (
        t.gettext("Each step is sent *without asking again*."),
        t.gettext("A halt, a finalize or a new submission ends the ramp."),
        t.gettext("A step that finds something changed waits for a person."),
    )


def ramp_started(t: Translator, request: Request, terms: PlanTerms) -> str:
    """Return by whom a ramp was started, what comes first, and how to stop it."""
    begins = _begins(request)
    left = terms.above(request.snapshot.rollout.percentage)
    [first, *_], [time, *_] = left.changes, planned_times(left, begins)
    who = mention(t, request.decided_by)
    if request.decided_at is None:
        started = t.gettext("{who} started this.", who=who)
    else:
        started = t.gettext("{who} started this, {time}.", who=who, time=at(begins))
    step = step_name(t, first)
    if time > begins:
        next_one = t.gettext(
            "Its first step, {step}, comes {time}.", step=step, time=on_day(time)
        )
    else:
        next_one = t.gettext("Its first step, {step}, is sent at once.", step=step)
    word = app_word(request)
    look = t.gettext(
        "{show} shows how it stands; {pause} and {stop} are possible at any time.",
        show=ramp_command(word),
        pause=ramp_command(word, "pause"),
        stop=ramp_command(word, "stop"),
    )
    return "\n".join((f"{started} {next_one}", look))


def _begins(request: Request) -> datetime:
    """Return when it was started; of one that waits, when it could have been first."""
    return request.decided_at or request.asked_at


def _title(t: Translator, request: Request) -> str:
    if request.state is RequestState.PENDING:
        return t.gettext("*Steps, each with its earliest time:*")
    return t.gettext("*Steps as planned:*")


def _steps(t: Translator, terms: PlanTerms, begins: datetime) -> list[str]:
    times = planned_times(terms, begins)
    return [
        _step(t, change, time, begins)
        for change, time in zip(terms.changes, times, strict=True)
    ]


def _step(t: Translator, change: Change, time: datetime, begins: datetime) -> str:
    when = on_day(time) if time > begins else t.gettext("at once")
    return f"• *{step_name(t, change)}* · {when}"


def _when_sent(t: Translator, request: Request, terms: PlanTerms) -> list[str]:
    """Return the gap and the window, and what moves the times."""
    sentences = []
    if len(terms.changes) > 1:
        sentences.append(
            t.gettext(
                "At least {gap} from the moment when the Store shows a step to the "
                "next one.",
                gap=gap_text(t, terms.gap),
            )
        )
    window = window_text(t, terms.window)
    sentences.append(t.gettext("Sent {window}.", window=window))
    if request.state is not RequestState.PENDING:
        return sentences
    if terms.zone_assumed:
        sentences.append(
            t.gettext(
                "Slack did not say in which time zone you are: the hours are those of "
                "{zone}. Another zone is typed as {example}.",
                zone=code(terms.window.zone),
                example=code(_ZONE_EXAMPLE),
            )
        )
    sentences.append(t.gettext("If it is started later than now, the times move, too."))
    return sentences
