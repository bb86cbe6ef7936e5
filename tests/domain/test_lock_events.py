"""The events of locks tell all of them, and are read back."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.domain.events import Event, EventKind
from bot.domain.lock_events import (
    LockChange,
    lock_lifted,
    lock_set,
    read_lock_change,
)
from bot.domain.locks import Lock, WeeklyWindow
from bot.domain.requests import Place
from bot.domain.submissions import Target

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
PLACE = Place("T1", "C1", "1700.1")
APP = Target("main", "9NMAIL000001")
WEEKEND = WeeklyWindow(4, time(16), 0, time(8), "Europe/Berlin")
ONCE = Lock(7, "T1", "C1", APP, "freeze", "U1", NOON, LATER)
WEEKLY = replace(ONCE, target=None, ends_at=None, weekly=WEEKEND)


@pytest.mark.parametrize("lock", [ONCE, WEEKLY])
def test_a_new_lock_is_read_back_from_its_event_without_a_number(lock: Lock) -> None:
    event = lock_set(lock, PLACE, "key")

    assert (event.kind, event.at, event.actor) == (EventKind.LOCKED, NOON, "U1")
    assert (event.place, event.target) == (PLACE, lock.target)
    assert event.unique_key == "locked/key"
    change = read_lock_change(event)
    assert change == LockChange(EventKind.LOCKED, replace(lock, id=0), NOON, "U1")
    assert not change.by_another
    assert change.target == lock.target


@pytest.mark.parametrize(
    ("by", "reason", "by_another"), [("U1", None, False), ("U2", "all is well", True)]
)
def test_a_lifted_lock_is_read_back_with_who_lifted_it_and_why(
    by: str, reason: str | None, by_another: bool
) -> None:
    lifted = replace(ONCE, lifted_by=by, lifted_at=LATER, lift_reason=reason)

    event = lock_lifted(lifted, PLACE)

    assert (event.kind, event.at, event.actor) == (EventKind.UNLOCKED, LATER, by)
    assert event.unique_key == "unlocked/7"
    change = read_lock_change(event)
    assert change == LockChange(EventKind.UNLOCKED, ONCE, LATER, by, reason or "")
    assert change.by_another is by_another


def test_a_lock_that_is_not_lifted_has_no_such_event() -> None:
    with pytest.raises(ValueError, match="lock 7 is not lifted"):
        lock_lifted(ONCE, PLACE)


def test_another_event_tells_of_no_lock() -> None:
    event = lock_set(ONCE, PLACE, "key")

    with pytest.raises(ValueError, match="asked is no change of a lock"):
        read_lock_change(replace(event, kind=EventKind.ASKED))
    with pytest.raises(ValueError, match="locked is no change of a lock"):
        read_lock_change(Event(EventKind.LOCKED, NOON))
