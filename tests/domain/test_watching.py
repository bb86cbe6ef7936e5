"""What two looks at a target tell, and when the next one is due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.events import EventKind
from bot.domain.rollout import COMPLETE, IN_PROGRESS, NOT_STARTED, STOPPED, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.watching import (
    WatchedTarget,
    base_interval,
    change_event,
    demand,
    difference,
    failure_interval,
    newest,
    spread,
    state_details,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TARGET = Target("main", "9NBLGGH4R315")


def seen(
    percentage: float = 10.0, status: str = IN_PROGRESS, submission: str = "1"
) -> Snapshot:
    rollout = Rollout(True, percentage, status, "0")
    return Snapshot(SubmissionRef(TARGET, submission), "Mail", None, rollout)


def watched(known: Snapshot | None) -> WatchedTarget:
    return WatchedTarget(TARGET, 7, known, NOON, NOON - HOUR)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (seen(), seen(), None),
        (seen(33.33), seen(33.3300018), None),
        (seen(), seen(40), EventKind.PERCENTAGE_CHANGED),
        (seen(40), seen(10), EventKind.PERCENTAGE_CHANGED),
        (seen(), seen(status=STOPPED), EventKind.ROLLOUT_HALTED),
        (seen(), seen(status=COMPLETE), EventKind.ROLLOUT_FINALIZED),
        (seen(status=NOT_STARTED), seen(), EventKind.ROLLOUT_OPENED),
        (seen(), seen(status="PackageRolloutPaused"), None),
        (seen(status=STOPPED), seen(submission="2"), EventKind.ROLLOUT_OPENED),
        (seen(), seen(submission="2"), EventKind.ROLLOUT_OPENED),
        (
            seen(),
            seen(status=NOT_STARTED, submission="2"),
            EventKind.ROLLOUT_REPLACED,
        ),
        (seen(status=STOPPED), seen(status=NOT_STARTED, submission="2"), None),
        (None, seen(), EventKind.ROLLOUT_OPENED),
        (None, seen(status=NOT_STARTED), None),
        (seen(), None, None),
        (None, None, None),
    ],
)
def test_two_looks_tell_what_has_happened_between_them(
    before: Snapshot | None, after: Snapshot | None, kind: EventKind | None
) -> None:
    assert difference(watched(before), after) is kind


def test_the_first_look_tells_nothing() -> None:
    assert difference(WatchedTarget(TARGET, 1), seen()) is None


@pytest.mark.parametrize("status", [STOPPED, COMPLETE])
def test_a_rollout_that_has_ended_does_not_go_on(status: str) -> None:
    ended = seen(status=status)

    assert newest(watched(ended), seen()) == ended
    assert newest(watched(ended), seen(submission="2")) == seen(submission="2")


def test_a_published_submission_does_not_vanish() -> None:
    assert newest(watched(seen()), None) == seen()
    assert newest(watched(None), None) is None


def test_what_happens_once_has_one_key_and_a_percentage_one_for_each_change() -> None:
    def key(kind: EventKind, version: int) -> str | None:
        before = replace(watched(seen()), version=version)
        return change_event(kind, before, seen(40), NOON).unique_key

    for kind in (EventKind.ROLLOUT_HALTED, EventKind.ROLLOUT_OPENED):
        assert key(kind, 1) == key(kind, 2)
    changed = EventKind.PERCENTAGE_CHANGED
    assert key(changed, 1) != key(changed, 2)


def test_a_change_is_told_with_what_was_before_where_that_was_seen() -> None:
    opened = EventKind.ROLLOUT_OPENED

    first = change_event(opened, watched(None), seen(), NOON)
    later = change_event(opened, watched(seen()), seen(40, submission="2"), NOON)

    assert first.details == {"after": state_details(seen())}
    assert later.details == {
        "before": state_details(seen()),
        "after": state_details(seen(40, submission="2")),
    }


@pytest.mark.parametrize(
    ("known", "since", "changed", "interval"),
    [
        (seen(), HOUR, None, 5 * MINUTE),
        (seen(), HOUR, 14 * MINUTE, MINUTE),
        (seen(status=STOPPED), HOUR, 14 * MINUTE, MINUTE),
        (seen(), HOUR, 15 * MINUTE, 5 * MINUTE),
        (seen(), 48 * HOUR, 48 * HOUR, 15 * MINUTE),
        (seen(status=STOPPED), HOUR, None, 15 * MINUTE),
        (None, HOUR, None, 15 * MINUTE),
        # The clock was set back.
        (seen(), HOUR, -HOUR, 5 * MINUTE),
    ],
)
def test_what_has_just_changed_is_looked_at_more_often(
    known: Snapshot | None,
    since: timedelta,
    changed: timedelta | None,
    interval: timedelta,
) -> None:
    one = replace(
        watched(known),
        since=NOON - since,
        changed_at=None if changed is None else NOON - changed,
    )

    assert base_interval(one, NOON) == interval


@pytest.mark.parametrize(
    ("failures", "outage", "refused"),
    [
        (1, MINUTE, HOUR),
        (2, 2 * MINUTE, 2 * HOUR),
        (4, 8 * MINUTE, 8 * HOUR),
        (5, 15 * MINUTE, 16 * HOUR),
        (6, 15 * MINUTE, 24 * HOUR),
        (1000, 15 * MINUTE, 24 * HOUR),
    ],
)
def test_what_cannot_be_read_is_looked_at_less_and_less(
    failures: int, outage: timedelta, refused: timedelta
) -> None:
    assert failure_interval(failures, transient=True) == outage
    assert failure_interval(failures, transient=False) == refused


@pytest.mark.parametrize(
    ("targets", "minutes"), [(1, 5), (10, 5), (100, 17), (1000, 167)]
)
def test_the_more_rollouts_are_open_the_less_often_each_is_looked_at(
    targets: int, minutes: float
) -> None:
    one = watched(seen())
    load = targets * demand(one, NOON) / 6

    pause = spread(base_interval(one, NOON), load, 0.0)

    assert round(pause / MINUTE) == minutes
    # All of them together take no more than their share.
    assert targets / (pause / MINUTE) <= 6.01


def test_looks_are_spread_by_a_tenth_and_come_at_least_once_a_day() -> None:
    assert spread(10 * MINUTE, 1.0, 1.0) == 11 * MINUTE
    assert spread(10 * MINUTE, 0.1, -1.0) == 9 * MINUTE
    assert spread(10 * MINUTE, 1e9, 0.0) == 24 * HOUR


def test_what_has_ended_takes_hardly_a_request() -> None:
    assert demand(watched(seen(status=STOPPED)), NOON) < 0.001
