"""Every notice about a ramp: of its changes, its steps, and what a person decides."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.domain.events import operation_ended
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.notices import Notice
from bot.domain.operations import Operation
from bot.domain.plan_changes import gone_on
from bot.domain.plan_events import (
    SentStep,
    plan_changed,
    plan_started,
    plan_still_held,
)
from bot.domain.plans import Plan, PlanState
from bot.domain.ramp_course import RampCourse
from bot.domain.requests import Place
from bot.domain.results import Done, Refused, Result, Unavailable, Unknown
from bot.domain.rollout import COMPLETE, RefusalReason, Rollout
from bot.domain.verbs import Verb
from tests.slack.messages.every_notice import GOING
from tests.slack.messages.every_ramp import FRIDAY, plans

_AWAY: Final = FailureDetail(FailureCode.TIMEOUT)
RESULTS: Final[tuple[Result | None, ...]] = (
    None,
    Refused(RefusalReason.NOT_IN_PROGRESS, GOING),
    Unavailable(_AWAY),
    Unknown(GOING, _AWAY),
)


def every_ramp_notice(text: str, word: str, person: str) -> Iterator[Notice]:
    """Return a notice of each event of each ramp, and of each step."""
    for plan in plans(text, word, person):
        here = Notice(1, Place("T1", "C1"), plan_started(plan), text, text, plan=plan)
        yield here
        yield from _steps(here, plan)
        if plan.state is PlanState.HELD:
            yield from _held(here, plan)
            on = gone_on(plan, person, FRIDAY, plan.percentage)
            yield replace(here, event=plan_changed(on), plan=on)
            alone = replace(on, changed_by=None)
            yield replace(here, event=plan_changed(alone), plan=alone)
        elif plan.state is not PlanState.RUNNING:
            yield replace(here, event=plan_changed(plan, text))
            course = RampCourse(plan)
            yield replace(here, event=plan_changed(plan, text), course=course)
            full = replace(plan, percentage=100.0)
            yield replace(here, event=plan_changed(full), plan=full)
            yield replace(here, event=plan_changed(plan), plan=None)
        else:
            yield replace(here, event=plan_changed(plan), plan=None)


def _held(here: Notice, plan: Plan) -> Iterator[Notice]:
    for result in RESULTS:
        for seen in (None, GOING, _at(100.0), replace(GOING, status=COMPLETE)):
            event = plan_changed(plan, seen=seen, by=result)
            yield replace(here, event=event)
            yield replace(here, event=event, mention="S0RELEASES", plan=None)
    reminder = plan_still_held(plan, FRIDAY)
    yield replace(here, event=reminder, seen=GOING, seen_at=FRIDAY)
    direct = Place("T1", plan.started_by)
    yield replace(here, event=reminder, place=direct)


def _steps(here: Notice, plan: Plan) -> Iterator[Notice]:
    for number, change in enumerate(plan.terms.changes, 1):
        finalized = change.verb is Verb.FINALIZE
        after = replace(GOING, status=COMPLETE) if finalized else _at(change.percentage)
        operation = Operation(
            "o1", plan.ref, change, GOING, plan.started_by, FRIDAY, plan_id=plan.id
        )
        event = operation_ended(operation, Done(GOING, after), FRIDAY)
        for late in (None, timedelta(hours=2, minutes=30)):
            step = SentStep(number, len(plan.terms.changes), late)
            yield replace(here, event=event, step=step)


def _at(percentage: float | None) -> Rollout:
    return replace(GOING, percentage=percentage or 0.0)
