"""Events of ramps: what a hold says, how long it holds, and when it is told again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.events import EventKind
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.plan_changes import gone_on, held, paused, reminded, sent
from bot.domain.plan_events import (
    is_held_since,
    plan_changed,
    plan_started,
    plan_still_held,
    read_step,
    step_sent,
)
from bot.domain.plans import HoldReason
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
    result_from_json,
    shown_rollout,
)
from bot.domain.rollout import RefusalReason, Rollout
from bot.domain.rollout_changes import rollout_change
from tests.domain.test_ramp_history import step_of
from tests.fakes.plans import DAY, FRIDAY, shown, started

HOUR = timedelta(hours=1)
MONDAY = FRIDAY + 3 * DAY
PLAN = started()
HELD = held(PLAN, HoldReason.CHANGED_ELSEWHERE, FRIDAY)
AWAY = FailureDetail(FailureCode.TIMEOUT)


def test_a_hold_says_what_the_store_showed_and_how_its_step_ended() -> None:
    refused = Refused(RefusalReason.NOT_IN_PROGRESS, shown(40))

    event = plan_changed(HELD, seen=shown(40), by=refused)

    assert (event.kind, event.code) == (EventKind.PLAN_HELD, "changed_elsewhere")
    assert rollout_change(event).after == shown(40)
    assert result_from_json(event.details["step_result"]) == refused


def test_no_other_change_says_what_the_store_showed() -> None:
    event = plan_changed(paused(PLAN, "U1", FRIDAY), seen=shown(40))

    assert rollout_change(event).after is None
    assert "since" not in event.details


def test_what_is_told_of_a_hold_is_so_until_somebody_decides() -> None:
    for event in (plan_changed(HELD), plan_still_held(HELD, MONDAY)):
        assert is_held_since(HELD, event)
        assert not is_held_since(gone_on(HELD, "U1", FRIDAY, 5), event)
        assert not is_held_since(held(PLAN, HoldReason.LATE, MONDAY), event)
        assert not is_held_since(None, event)


def test_a_reminder_has_a_key_of_its_own_and_the_reason() -> None:
    after = reminded(HELD, MONDAY)
    assert after is not None

    event = plan_still_held(after, MONDAY)

    assert event.code == "changed_elsewhere"
    keys = {plan_changed(HELD).unique_key, event.unique_key}
    assert len(keys - {None}) == 2
    assert plan_still_held(PLAN, MONDAY).code is None


def test_a_person_is_reminded_on_the_next_three_working_days() -> None:
    told, plan, now = [], HELD, FRIDAY
    while now < FRIDAY + 30 * DAY:
        now += HOUR
        after = reminded(plan, now) if plan.due_at and plan.due_at <= now else None
        if after is not None:
            told.append(now)
            plan = after

    assert told == [MONDAY, MONDAY + DAY, MONDAY + 2 * DAY]
    assert plan.due_at is None


def test_what_was_missed_while_no_bot_ran_is_told_once() -> None:
    after = reminded(HELD, MONDAY + DAY + HOUR)
    assert after is not None

    assert after.due_at == MONDAY + 2 * DAY
    assert reminded(after, MONDAY + DAY + HOUR) is None


def test_what_is_in_doubt_is_reminded_of_too_and_not_before_its_day() -> None:
    doubtful = held(sent(PLAN), HoldReason.UNKNOWN, FRIDAY)
    assert doubtful.due_at == FRIDAY

    assert reminded(doubtful, FRIDAY + DAY) is None
    after = reminded(doubtful, MONDAY)
    assert after is not None
    assert (after.due_at, after.operation_id) == (MONDAY + DAY, doubtful.operation_id)
    assert reminded(replace(after, due_at=None), FRIDAY + 9 * DAY) is None


@pytest.mark.parametrize("late", [None, HOUR])
def test_a_step_is_read_as_it_was_sent(late: timedelta | None) -> None:
    operation, _ = step_of(PLAN)
    step = read_step(step_sent(PLAN, operation, late).details)

    assert (step.number, step.count, step.late) == (1, 4, late)
    with pytest.raises(KeyError):
        read_step(plan_started(PLAN).details)


@pytest.mark.parametrize(
    ("result", "rollout"),
    [
        (Done(shown(5), shown(10)), shown(10)),
        (AlreadyDone(shown(10)), shown(10)),
        (Moved(shown(5), shown(40)), shown(40)),
        (Refused(RefusalReason.NOT_FOUND), None),
        (Unavailable(AWAY, now=shown(5)), shown(5)),
        (Unknown(None, AWAY), None),
    ],
)
def test_each_result_has_what_the_store_showed_last(
    result: Result, rollout: Rollout | None
) -> None:
    assert shown_rollout(result) == rollout
