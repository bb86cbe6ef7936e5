"""Schedule: the windows of a ramp by the clock on the wall, and the next time in one.

A time that a change of the clock leaves out is the first moment after it, and of a time
that comes twice the first one counts.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from bot.domain.wall_time import first_moment, last_moment, wall_time

DAY_MINUTES: Final = 24 * 60
EVERY_DAY: Final = frozenset(range(7))
WORKING_DAYS: Final = frozenset(range(5))
# How far ahead a window is looked for.
HORIZON: Final = timedelta(days=30)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The days of the week and the hours in which a step may be sent.

    Days count from Monday, which is 0. `begins` and `ends` are minutes of the day; one
    that ends before it begins crosses midnight, and belongs to the day on which it
    begins. `zone` is the name of an IANA time zone.
    """

    zone: str
    days: frozenset[int] = WORKING_DAYS
    begins: int = 9 * 60
    ends: int = 16 * 60


def is_open(window: Window, at: datetime) -> bool:
    """Return whether a step may be sent at this moment."""
    shown = wall_time(at, window.zone)
    for day in (shown.date() - _DAY, shown.date()):
        if day.weekday() not in window.days:
            continue
        begins, ends = _wall_times(window, day)
        start, end = _moments(window, begins, ends)
        if start < end:
            # Where the clock is set back, it leaves the window and comes again.
            if start <= at < end and begins <= shown < ends:
                return True
        # All of it is left out: it comes after the change of the clock, on that day.
        elif start <= at < start + (ends - begins) and shown.date() == begins.date():
            return True
    return False


def next_open(window: Window, at: datetime) -> datetime | None:
    """Return the first moment, from this one on, when a step may be sent.

    None where there is none in the 30 days that follow.
    """
    if is_open(window, at):
        return at
    today, found = wall_time(at, window.zone).date(), None
    for later in range(-1, HORIZON.days + 2):
        openings = {
            *_openings(window, today + later * _DAY),
            *([found] if found else []),
        }
        legal = (one for one in openings if at < one and is_open(window, one))
        earliest = min(legal, default=None)
        # Where the clock is set back at midnight, a day may open before the one before.
        if earliest is not None and earliest == found:
            break
        found = earliest
    return found if found is not None and found <= at + HORIZON else None


def _openings(window: Window, day: date) -> tuple[datetime, ...]:
    """Return when the window opens on a day: twice where the clock shows it twice."""
    if day.weekday() not in window.days:
        return ()
    begins, _ = _wall_times(window, day)
    return first_moment(begins, window.zone), last_moment(begins, window.zone)


def _wall_times(window: Window, day: date) -> tuple[datetime, datetime]:
    ends = window.ends + (DAY_MINUTES if window.ends < window.begins else 0)
    midnight = datetime.combine(day, time())
    return (
        midnight + timedelta(minutes=window.begins),
        midnight + timedelta(minutes=ends),
    )


def _moments(
    window: Window, begins: datetime, ends: datetime
) -> tuple[datetime, datetime]:
    return first_moment(begins, window.zone), first_moment(ends, window.zone)
