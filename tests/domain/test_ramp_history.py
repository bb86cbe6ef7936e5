"""A ramp in the history: read from its events, each step with how it has ended."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.change_log import ChangeLog, LoggedChange
from bot.domain.events import (
    Event,
    EventKind,
    operation_ended,
    operation_started,
    request_approved,
    request_asked,
)
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.history import read_history, read_ramps
from bot.domain.operations import Operation
from bot.domain.plan_changes import ended, gone_on, held, paused, resumed, sent
from bot.domain.plan_events import (
    SentStep,
    plan_changed,
    plan_started,
    plan_still_held,
    step_sent,
)
from bot.domain.plans import HoldReason, Plan, PlanEnd
from bot.domain.ramp_history import RampHistory, RampStep, RampTurn
from bot.domain.requests import Request
from bot.domain.results import Done, Result, Unavailable, Unknown
from bot.domain.rollout import Change
from bot.domain.rollout_changes import RolloutChange
from bot.domain.verbs import Verb
from tests.fakes.plans import FRIDAY, TERMS, ramp_request, shown, started
from tests.fakes.samples import MAIL

HOUR = timedelta(hours=1)
PLAN = started()
ASKED = ramp_request()
LATE = timedelta(hours=2)
DONE = Done(shown(5), shown(10))
UNKNOWN = Unknown(None, FailureDetail(FailureCode.TIMEOUT))


def step_of(plan: Plan, late: timedelta | None = None) -> tuple[Operation, Event]:
    change = plan.next_change
    assert change is not None
    operation = Operation(
        *(plan.next_operation_id, plan.ref, change, shown(plan.percentage)),
        *("U1", FRIDAY),
        plan_id=plan.id,
    )
    return operation, step_sent(plan, operation, late)


def ended_so(operation: Operation, *results: Result) -> list[Event]:
    return [
        operation_started(operation, FRIDAY),
        *(operation_ended(operation, one, FRIDAY + HOUR) for one in results),
    ]


def history(*events: Event, request: Request = ASKED) -> RampHistory:
    """Return the entry of a ramp with these events."""
    head = request_asked(request)
    approved = request_approved(request, "U1", FRIDAY, authorises=True)
    of_ramp = [head, approved, plan_started(PLAN), *events]
    [entry] = read_history([head], {"p1": of_ramp}).entries
    assert isinstance(entry, RampHistory)
    return entry


def test_a_ramp_that_was_just_started_has_no_course() -> None:
    ramp = history()

    assert ramp.course == ()
    assert (ramp.target, ramp.at) == (MAIL, FRIDAY)
    assert ramp.request.terms == TERMS


def test_a_ramp_that_nobody_has_started_is_a_request() -> None:
    head = request_asked(ASKED)

    page = read_history([head], {"p1": [head]})

    assert page.entries == (ASKED,)
    assert read_ramps({"p1": [head]}) == ()


def test_a_step_is_read_with_its_end_and_how_late_it_was() -> None:
    operation, event = step_of(PLAN, LATE)

    ramp = history(event, *ended_so(operation, DONE))

    step = SentStep(1, 4, LATE)
    change = Change(Verb.SET, 10.0)
    assert ramp.course == (RampStep(step, change, 5.0, FRIDAY + HOUR, DONE),)
    assert ramp.at == FRIDAY + HOUR


def test_a_step_under_way_has_no_end_and_a_later_truth_counts() -> None:
    operation, event = step_of(PLAN)

    [waiting] = history(event, *ended_so(operation)).course
    [proved] = history(event, *ended_so(operation, UNKNOWN, DONE)).course

    assert isinstance(waiting, RampStep)
    assert isinstance(proved, RampStep)
    assert (waiting.result, proved.result) == (None, DONE)


def test_the_last_step_may_finalize() -> None:
    plan = replace(
        started(replace(TERMS, finalizes=True)), step=4, percentage=100.0, version=5
    )
    _, event = step_of(plan)

    [step] = history(event).course

    assert isinstance(step, RampStep)
    assert (step.change, step.sent) == (Change(Verb.FINALIZE), SentStep(5, 5))


def test_each_turn_has_who_why_and_whether_a_person_had_to_decide() -> None:
    still = paused(PLAN, "U1", FRIDAY)
    on = resumed(still, "U2", FRIDAY)
    hold = held(on, HoldReason.CHANGED_ELSEWHERE, FRIDAY)
    again = gone_on(hold, "U3", FRIDAY, 40)
    over = ended(again, PlanEnd.STOPPED, "U1", FRIDAY)

    course = history(
        plan_changed(still, "crashes"),
        plan_changed(on),
        plan_changed(hold, seen=shown(40)),
        plan_still_held(hold, FRIDAY),
        plan_changed(again),
        plan_changed(over, "enough"),
    ).course

    assert course == (
        RampTurn(EventKind.PLAN_PAUSED, FRIDAY, "U1", 5.0, None, "crashes"),
        RampTurn(EventKind.PLAN_RESUMED, FRIDAY, "U2", 5.0),
        RampTurn(EventKind.PLAN_HELD, FRIDAY, None, 5.0, HoldReason.CHANGED_ELSEWHERE),
        RampTurn(EventKind.PLAN_RESUMED, FRIDAY, "U3", 40.0, went_on=True),
        RampTurn(EventKind.PLAN_ENDED, FRIDAY, "U1", 40.0, PlanEnd.STOPPED, "enough"),
    )


@pytest.mark.parametrize(
    "odd",
    [
        replace(plan_changed(held(PLAN, HoldReason.LATE, FRIDAY)), code="newer"),
        replace(plan_changed(paused(PLAN, "U1", FRIDAY)), details={}),
        replace(step_of(PLAN)[1], details={"verb": "newer"}),
    ],
)
def test_what_a_newer_bot_has_written_is_counted_and_left_out(odd: Event) -> None:
    head = request_asked(ASKED)
    approved = request_approved(ASKED, "U1", FRIDAY, authorises=True)
    of_ramp = {"p1": [head, approved, odd]}

    page = read_history([head], of_ramp)

    assert (page.entries, page.unread) == ((), 1)
    assert read_ramps(of_ramp) == ()


def test_the_steps_of_a_ramp_that_is_known_are_no_changes_of_their_own() -> None:
    change = RolloutChange(
        EventKind.PERCENTAGE_CHANGED, FRIDAY, shown(5), shown(10), "U1", by_bot=True
    )
    step = LoggedChange(MAIL, change, "1", ramp_id="p1")
    other = LoggedChange(MAIL, change, "1")
    log = ChangeLog((step, other), ramps=(history(),))

    assert log.elsewhere == (other,)
    # Where its start is forgotten, its steps are all that is known.
    assert replace(log, ramps=()).elsewhere == (step, other)


def test_a_failed_step_and_a_second_try_are_two_lines() -> None:
    first, one = step_of(PLAN)
    second, other = step_of(replace(sent(PLAN), operation_id=None))
    away = Unavailable(FailureDetail(FailureCode.TIMEOUT))

    course = history(one, *ended_so(first, away), other, *ended_so(second, DONE)).course

    results = [step.result for step in course if isinstance(step, RampStep)]
    assert results == [away, DONE]
