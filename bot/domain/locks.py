"""Locks: what holds set and finalize of an app, or of all, for a while."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final

from bot.domain.submissions import Target
from bot.domain.wall_time import first_moment, last_moment, wall_time

DAYS_OF_WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK: Final = timedelta(days=7)
# Weeks around a moment in which a window is looked for: one may begin in the week
# before, and one that a change of the clock has swallowed leaves a week out.
_WEEKS_AROUND: Final = range(-2, 4)


@dataclass(frozen=True, slots=True)
class WeeklyWindow:
    """A time of every week, by the clock on the wall of an IANA time zone.

    Days count from Monday, which is 0. It may cross midnight, or the end of the week.
    """

    from_day: int
    from_time: time
    to_day: int
    to_time: time
    zone: str


@dataclass(frozen=True, slots=True)
class Lock:
    """What holds a target, an app with its flights, or all apps (`target` is None).

    It ends at `ends_at`, or comes back every week. Times are UTC and aware.
    """

    id: int
    workspace: str
    channel: str
    target: Target | None
    reason: str
    locked_by: str
    locked_at: datetime
    ends_at: datetime | None = None
    weekly: WeeklyWindow | None = None
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    lift_reason: str | None = None

    def covers(self, target: Target) -> bool:
        """Return whether it is about a target: an app's lock is about its flights."""
        if self.target is None or self.target == target:
            return True
        app = self.target.account, self.target.app_id
        return self.target.flight_id is None and app == (target.account, target.app_id)


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock that holds at a moment, and until when it does."""

    lock: Lock
    until: datetime


def until(lock: Lock, at: datetime) -> datetime | None:
    """Return when a lock ends that holds at this moment; None where it does not hold.

    One holds from the moment when it is stored, whatever the clocks of two replicas
    say.
    """
    if lock.lifted_at is not None:
        return None
    if lock.weekly is None:
        return lock.ends_at if lock.ends_at is not None and at < lock.ends_at else None
    end: datetime | None = None
    for start, stop in _spans(lock.weekly, at):
        # The next window may begin before this one is over, where an hour comes twice.
        if start <= (end or at) < stop:
            end = stop
    return end


def holds(lock: Lock, at: datetime) -> bool:
    """Return whether a lock holds set and finalize at this moment."""
    return until(lock, at) is not None


def held(locks: Iterable[Lock], at: datetime) -> tuple[HeldLock, ...]:
    """Return the locks that hold at this moment, the one that ends last first."""
    ends = ((lock, until(lock, at)) for lock in locks)
    holding = [HeldLock(lock, end) for lock, end in ends if end is not None]
    return tuple(sorted(holding, key=lambda one: (one.until, -one.lock.id)))[::-1]


def held_on(held_locks: Iterable[HeldLock], target: Target) -> tuple[HeldLock, ...]:
    """Return those of some locks that hold a target."""
    return tuple(one for one in held_locks if one.lock.covers(target))


def next_start(lock: Lock, at: datetime) -> datetime | None:
    """Return when a weekly lock begins to hold after this moment; None for others."""
    if lock.lifted_at is not None or lock.weekly is None:
        return None
    now = until(lock, at) or at
    starts = (start for start, _ in _spans(lock.weekly, at))
    return next((start for start in starts if start > now), None)


def next_edge(locks: Iterable[Lock], at: datetime) -> datetime | None:
    """Return when the first of the locks begins or ends to hold after this moment."""
    edges = (until(lock, at) or next_start(lock, at) for lock in locks)
    return min((edge for edge in edges if edge is not None), default=None)


def window_length(window: WeeklyWindow) -> timedelta:
    """Return how long a window is in a week without a change of the clock."""
    begins = timedelta(days=window.from_day, hours=window.from_time.hour)
    ends = timedelta(days=window.to_day, hours=window.to_time.hour)
    begins += timedelta(minutes=window.from_time.minute)
    ends += timedelta(minutes=window.to_time.minute)
    return (ends - begins) % WEEK


def window_to_json(window: WeeklyWindow) -> dict[str, Any]:
    """Return the JSON values of a window, for a column or an event."""
    return {
        "from_day": DAYS_OF_WEEK[window.from_day],
        "from_time": f"{window.from_time:%H:%M}",
        "to_day": DAYS_OF_WEEK[window.to_day],
        "to_time": f"{window.to_time:%H:%M}",
        "zone": window.zone,
    }


def window_from_json(stored: Mapping[str, Any]) -> WeeklyWindow:
    """Return the window of JSON values. Raises KeyError, TypeError or ValueError."""
    return WeeklyWindow(
        DAYS_OF_WEEK.index(stored["from_day"]),
        time.fromisoformat(stored["from_time"]),
        DAYS_OF_WEEK.index(stored["to_day"]),
        time.fromisoformat(stored["to_time"]),
        stored["zone"],
    )


def _spans(window: WeeklyWindow, at: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """Return when the window begins and ends in the weeks around a moment, in order.

    Where the clock shows a time twice, it holds from the first to the last of them.
    """
    today = wall_time(at, window.zone).date()
    return _spans_around(window, today - timedelta(days=today.weekday()))


@lru_cache(maxsize=256)
def _spans_around(
    window: WeeklyWindow, monday: date
) -> tuple[tuple[datetime, datetime], ...]:
    begins, ends = (window.from_day, window.from_time), (window.to_day, window.to_time)
    later = 0 if begins < ends else 7
    spans: list[tuple[datetime, datetime]] = []
    for week in _WEEKS_AROUND:
        first = monday + week * WEEK
        start = first_moment(_on(first, window.from_day, begins[1]), window.zone)
        end = last_moment(_on(first, window.to_day + later, ends[1]), window.zone)
        # All of it may be in the hour that is left out.
        if start < end:
            spans.append((start, end))
    return tuple(spans)


def _on(monday: date, day: int, at: time) -> datetime:
    return datetime.combine(monday + timedelta(days=day), at)
