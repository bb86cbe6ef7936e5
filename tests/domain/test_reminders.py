"""What about a rollout needs a person, at what times, and how often it is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.events import EventKind
from bot.domain.reminders import (
    MOST_TIMES,
    due_reminders,
    next_reminder_at,
    reminder_event,
    still_holds,
    working_days_later,
)
from bot.domain.rollout import IN_PROGRESS, STOPPED, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.watching import WatchedTarget

# A Wednesday.
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TARGET = Target("main", "9NBLGGH4R315")


def watched(
    percentage: float = 10.0, status: str = IN_PROGRESS, draft: str | None = None
) -> WatchedTarget:
    rollout = Rollout(True, percentage, status)
    ref = SubmissionRef(TARGET, "1")
    seen = Snapshot(ref, "Mail", None, rollout, pending_id=draft)
    return WatchedTarget(TARGET, 7, seen, looked_at=NOON, since=NOON)


def told_by(known: WatchedTarget, until: datetime) -> list[tuple[EventKind, datetime]]:
    """Return what is told, and when, by a bot that looks each time that it should."""
    told: dict[str, tuple[EventKind, datetime]] = {}
    at: datetime | None = NOON
    while at is not None and at <= until:
        for one in due_reminders(known, at):
            told.setdefault(one.unique_key, (one.kind, at))
        at = next_reminder_at(known, at)
    return list(told.values())


def test_the_same_percentage_for_three_days_is_told_three_times_on_working_days() -> (
    None
):
    # Wednesday noon + 72 h is a Saturday; the third working day after it a Wednesday.
    assert told_by(watched(), NOON + 60 * DAY) == [
        (EventKind.ROLLOUT_STUCK, NOON + 3 * DAY),
        (EventKind.ROLLOUT_STUCK, NOON + 7 * DAY),
        (EventKind.ROLLOUT_STUCK, NOON + 12 * DAY),
    ]


def test_a_full_rollout_that_is_not_finalized_is_told_after_a_day() -> None:
    told = told_by(watched(100.0), NOON + 60 * DAY)

    assert told == [
        (EventKind.ROLLOUT_NOT_FINALIZED, NOON + DAY),
        (EventKind.ROLLOUT_NOT_FINALIZED, NOON + 6 * DAY),
        (EventKind.ROLLOUT_NOT_FINALIZED, NOON + 9 * DAY),
    ]


def test_nothing_is_told_a_moment_too_early() -> None:
    assert due_reminders(watched(), NOON + 72 * HOUR - timedelta(seconds=1)) == []
    assert due_reminders(watched(100.0), NOON + 24 * HOUR - timedelta(seconds=1)) == []


def test_a_rollout_that_is_over_needs_nobody() -> None:
    assert told_by(watched(status=STOPPED, draft="2"), NOON + 60 * DAY) == []
    assert told_by(replace(watched(), seen=None), NOON + 60 * DAY) == []


def test_a_draft_behind_an_open_rollout_is_told_once() -> None:
    blocked = watched(draft="2")

    kinds = [kind for kind, _ in told_by(blocked, NOON + 60 * DAY)]

    assert kinds.count(EventKind.DRAFT_BLOCKED) == 1
    assert due_reminders(blocked, NOON)[0].kind is EventKind.DRAFT_BLOCKED


def test_another_draft_is_told_anew() -> None:
    [one], [other] = (due_reminders(watched(draft=draft), NOON) for draft in "23")

    assert one.unique_key != other.unique_key


def test_a_store_that_cannot_be_read_is_told_after_half_an_hour() -> None:
    failing = replace(watched(), failing_since=NOON + HOUR)

    assert due_reminders(failing, NOON + 89 * MINUTE) == []
    [reminder] = due_reminders(failing, NOON + 90 * MINUTE)
    assert reminder.kind is EventKind.STORE_UNREADABLE
    assert next_reminder_at(failing, NOON + HOUR) == NOON + 90 * MINUTE


def test_a_store_that_can_be_read_again_is_told_where_the_outage_was() -> None:
    told = replace(watched(), unreadable_since=NOON - HOUR)

    [reminder] = due_reminders(told, NOON)

    assert reminder.kind is EventKind.STORE_READABLE
    still = replace(told, failing_since=NOON - HOUR)
    assert [one.kind for one in due_reminders(still, NOON)] == [
        EventKind.STORE_UNREADABLE
    ]


def test_a_bot_that_was_away_tells_the_last_time_only() -> None:
    [reminder] = due_reminders(watched(), NOON + 60 * DAY)

    assert reminder.due_at == NOON + 12 * DAY


def test_a_percentage_that_changes_begins_anew() -> None:
    later = replace(watched(20.0), since=NOON + DAY)

    [first] = due_reminders(watched(), NOON + 3 * DAY)
    assert due_reminders(later, NOON + 3 * DAY) == []
    [second] = due_reminders(later, NOON + 4 * DAY)
    assert first.unique_key != second.unique_key


def test_an_event_says_what_is_so_and_since_when() -> None:
    [reminder] = due_reminders(watched(), NOON + 3 * DAY)

    event = reminder_event(reminder, watched(), NOON + 3 * DAY)

    assert event.kind is EventKind.ROLLOUT_STUCK
    assert event.unique_key == reminder.unique_key
    assert event.details["since"] == NOON.isoformat()
    assert event.details["after"]["submission_id"] == "1"
    assert event.actor is None


def test_the_event_of_an_outage_says_since_when_it_lasts() -> None:
    failing = replace(watched(), failing_since=NOON + HOUR)
    [reminder] = due_reminders(failing, NOON + 2 * HOUR)

    event = reminder_event(reminder, failing, NOON + 2 * HOUR)

    assert event.details["since"] == (NOON + HOUR).isoformat()


def test_the_event_of_a_target_of_which_nothing_is_seen_says_since_when_alone() -> None:
    empty = replace(watched(), seen=None, unreadable_since=NOON - HOUR)
    [readable] = due_reminders(empty, NOON)

    event = reminder_event(readable, empty, NOON)

    assert event.kind is EventKind.STORE_READABLE
    assert event.details == {"since": NOON.isoformat()}


@pytest.mark.parametrize(
    ("days", "later"), [(0, 0), (1, 1), (2, 2), (3, 5), (5, 7), (8, 12)]
)
def test_working_days_leave_out_the_weekend(days: int, later: int) -> None:
    assert working_days_later(NOON, days) == NOON + later * DAY


@given(
    percentage=st.floats(0.1, 100.0),
    days=st.integers(0, 400),
    draft=st.sampled_from([None, "2"]),
)
def test_nothing_is_ever_told_more_often_than_agreed(
    percentage: float, days: int, draft: str | None
) -> None:
    told = told_by(watched(percentage, draft=draft), NOON + days * DAY)

    for kind in EventKind:
        times = sum(one is kind for one, _ in told)
        assert times <= (1 if kind is EventKind.DRAFT_BLOCKED else MOST_TIMES)
    assert len({at for _, at in told}) == len(told)


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (watched(), True),
        (watched(draft="2"), True),
        (replace(watched(25.0), since=NOON + DAY), False),
        (watched(status=STOPPED), False),
        (None, False),
    ],
)
def test_a_reminder_holds_for_as_long_as_nothing_has_changed(
    now: WatchedTarget | None, *, holds: bool
) -> None:
    [stuck] = due_reminders(watched(), NOON + 3 * DAY)

    assert still_holds(reminder_event(stuck, watched(), NOON), now) is holds


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (watched(), True),
        (replace(watched(), failing_since=NOON), False),
        (replace(watched(status=STOPPED), since=NOON + HOUR), False),
    ],
)
def test_a_store_that_can_be_read_again_is_so_until_it_fails_or_something_changes(
    now: WatchedTarget, *, holds: bool
) -> None:
    told = replace(watched(), unreadable_since=NOON - HOUR)
    [readable] = due_reminders(told, NOON)

    assert still_holds(reminder_event(readable, told, NOON), now) is holds


@pytest.mark.parametrize("percentage", [10.0, 100.0])
def test_a_rollout_that_goes_on_by_a_ramp_is_reminded_of_for_its_draft_alone(
    percentage: float,
) -> None:
    ramped = replace(watched(percentage, draft="2"), ramped=True)

    kinds = {kind for kind, _ in told_by(ramped, NOON + 60 * DAY)}

    assert kinds == {EventKind.DRAFT_BLOCKED}
    told = due_reminders(watched(percentage), NOON + 60 * DAY)
    event = reminder_event(told[0], watched(percentage), NOON)
    assert not still_holds(event, ramped)
