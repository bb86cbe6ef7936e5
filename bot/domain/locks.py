"""Locks: what holds set and finalize of an app, or of all, for a while."""

from dataclasses import dataclass
from datetime import datetime, time

from bot.domain.submissions import Target


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
