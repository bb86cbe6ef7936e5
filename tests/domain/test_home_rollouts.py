"""What is left to do for a rollout that Home shows, and which events end one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.events import Event, EventKind, operation_ended
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.home import FinishedRollout, NextStep, OpenRollout, finished_rollout
from bot.domain.operations import Operation
from bot.domain.plans import PlanState
from bot.domain.results import Done, Unknown
from bot.domain.rollout import COMPLETE, IN_PROGRESS, STOPPED, Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.domain.watching import WatchedTarget, change_event
from tests.fakes.plans import started

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TARGET = Target("main", "9NBLGGH4R315")
REF = SubmissionRef(TARGET, "1")
GOING = Rollout(True, 10.0, IN_PROGRESS)
HALTED = Rollout(True, 0.0, STOPPED)
SEEN = Snapshot(REF, "Mail", None, GOING)
FULL = replace(SEEN, rollout=replace(GOING, percentage=100.0))
WATCHED = WatchedTarget(TARGET, 7, SEEN, looked_at=NOON, since=NOON)
FAILING = replace(WATCHED, failing_since=NOON)
HALT = Operation("o1", REF, Change(Verb.HALT), GOING, "U1", NOON)


def change(kind: EventKind, after: Rollout, cause: Operation | None = None) -> Event:
    """Return the event of a look that has found a change."""
    return change_event(kind, WATCHED, replace(SEEN, rollout=after), NOON, cause)


@pytest.mark.parametrize(
    ("watched", "later", "step", "attention"),
    [
        (WATCHED, HOUR, NextStep.RAISE, False),
        (WATCHED, 72 * HOUR - timedelta(seconds=1), NextStep.RAISE, False),
        (WATCHED, 72 * HOUR, NextStep.DECIDE, True),
        # Since when it is as it is, nobody knows.
        (replace(WATCHED, since=None), 72 * HOUR, NextStep.RAISE, False),
        (replace(WATCHED, seen=None), 72 * HOUR, NextStep.WAIT, False),
        (replace(WATCHED, seen=FULL), HOUR, NextStep.FINALIZE, True),
        (
            replace(WATCHED, seen=replace(SEEN, pending_id="2")),
            HOUR,
            NextStep.FREE_DRAFT,
            True,
        ),
        (FAILING, HOUR, NextStep.READ, True),
    ],
)
def test_a_rollout_needs_what_keeps_it_from_going_on(
    watched: WatchedTarget, later: timedelta, step: NextStep, *, attention: bool
) -> None:
    rollout = OpenRollout(watched, ("C1",))

    assert rollout.next_step(NOON + later) is step
    assert rollout.needs_attention(NOON + later) is attention


@pytest.mark.parametrize(
    ("watched", "state", "step", "attention"),
    [
        (WATCHED, PlanState.RUNNING, NextStep.RAMP, False),
        (WATCHED, PlanState.PAUSED, NextStep.RAMP, False),
        (WATCHED, PlanState.HELD, NextStep.GO_ON, True),
        (FAILING, PlanState.HELD, NextStep.READ, True),
        # At 100 % it may still finalize; what waits behind it is named beside it.
        (replace(WATCHED, seen=FULL), PlanState.RUNNING, NextStep.RAMP, False),
        (
            replace(WATCHED, seen=replace(SEEN, pending_id="2")),
            *(PlanState.RUNNING, NextStep.RAMP, False),
        ),
    ],
)
def test_a_rollout_with_a_ramp_needs_somebody_only_where_that_is_held(
    watched: WatchedTarget, state: PlanState, step: NextStep, *, attention: bool
) -> None:
    plan = replace(started(), state=state)
    rollout = OpenRollout(watched, ("C1",), plan)

    # It does not stand still for longer than was agreed.
    assert rollout.next_step(NOON + 100 * HOUR) is step
    assert rollout.needs_attention(NOON + 100 * HOUR) is attention


def test_of_several_things_to_do_the_one_comes_first_that_the_others_wait_for() -> None:
    blocked = replace(WATCHED, seen=replace(SEEN, pending_id="2"))
    full = replace(WATCHED, seen=replace(FULL, pending_id="2"))
    steps = [
        OpenRollout(one, ("C1",)).next_step(NOON + 100 * HOUR)
        for one in (
            replace(full, failing_since=NOON),
            replace(FAILING, seen=None),
            full,
            blocked,
            WATCHED,
        )
    ]

    assert steps == [
        NextStep.READ,
        NextStep.READ,
        NextStep.FINALIZE,
        NextStep.FREE_DRAFT,
        NextStep.DECIDE,
    ]


@pytest.mark.parametrize(
    ("percentage", "step"),
    [
        (99.99, NextStep.RAISE),
        (99.9999, NextStep.FINALIZE),
        (100.0, NextStep.FINALIZE),
    ],
)
def test_what_the_store_rounds_to_all_customers_is_to_be_finalized(
    percentage: float, step: NextStep
) -> None:
    seen = replace(SEEN, rollout=replace(GOING, percentage=percentage))

    assert OpenRollout(replace(WATCHED, seen=seen), ()).next_step(NOON) is step


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        (EventKind.ROLLOUT_HALTED, HALTED),
        (EventKind.ROLLOUT_FINALIZED, Rollout(True, 100.0, COMPLETE)),
        (EventKind.ROLLOUT_REPLACED, GOING),
    ],
)
def test_an_end_from_elsewhere_is_shown_with_what_was_before_and_nobody_s_name(
    kind: EventKind, after: Rollout
) -> None:
    event = replace(change(kind, after), actor="U7")

    assert finished_rollout(event, "Mail", "Beta") == FinishedRollout(
        kind, NOON, TARGET, "Mail", "Beta", GOING
    )


def test_an_end_by_the_bot_has_its_operation_and_who_authorised_it() -> None:
    event = operation_ended(HALT, Done(GOING, HALTED), NOON)

    assert finished_rollout(event, "Mail", None) == FinishedRollout(
        *(EventKind.ROLLOUT_HALTED, NOON, TARGET, "Mail", None, GOING),
        actor="U1",
        operation_id="o1",
    )


@pytest.mark.parametrize(
    "event",
    [
        change(EventKind.ROLLOUT_OPENED, GOING),
        change(EventKind.PERCENTAGE_CHANGED, replace(GOING, percentage=40.0)),
        operation_ended(HALT, Done(GOING, GOING), NOON),
        operation_ended(HALT, Unknown(None, FailureDetail(FailureCode.TIMEOUT)), NOON),
        replace(change(EventKind.ROLLOUT_HALTED, HALTED), target=None),
    ],
)
def test_what_ends_no_rollout_of_a_target_is_no_end(event: Event) -> None:
    assert finished_rollout(event, "Mail", None) is None


def test_what_a_newer_bot_wrote_otherwise_is_refused() -> None:
    ended = operation_ended(HALT, Done(GOING, HALTED), NOON)
    newer = replace(ended, details={"result": {"code": "mended"}})

    with pytest.raises((KeyError, TypeError, ValueError)):
        finished_rollout(newer, "Mail", None)


def test_two_events_tell_of_one_end_where_it_is_the_same_operation_s() -> None:
    def key(event: Event) -> object:
        end = finished_rollout(event, "Mail", None)
        assert end is not None
        return end.key

    found = change(EventKind.ROLLOUT_HALTED, HALTED, cause=HALT)
    proved = operation_ended(HALT, Done(GOING, HALTED), NOON + HOUR)
    other = change(EventKind.ROLLOUT_HALTED, HALTED)

    assert key(found) == key(proved)
    assert key(other) != key(found)
    assert key(other) == key(replace(other, details=found.details))
    for another in (
        replace(other, at=NOON + HOUR),
        replace(other, target=Target("main", "9NGAMES")),
        replace(other, kind=EventKind.ROLLOUT_FINALIZED),
    ):
        assert key(another) != key(other)
