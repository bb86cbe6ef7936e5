"""Reminders: what about a rollout needs a person, when it is told, and how often."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.domain.events import Event, EventKind
from bot.domain.percentages import FULL
from bot.domain.watching import WatchedTarget, state_details

STUCK_AFTER: Final = timedelta(hours=72)
NOT_FINALIZED_AFTER: Final = timedelta(hours=24)
UNREADABLE_AFTER: Final = timedelta(minutes=30)
# A reminder that nobody acts on is told again after so many working days, and no more
# than so many times in all: what is repeated for ever, nobody reads.
REPEAT_WORKING_DAYS: Final = 3
MOST_TIMES: Final = 3

_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something that needs a person; `unique_key` is that of its event."""

    kind: EventKind
    due_at: datetime
    unique_key: str


def due_reminders(watched: WatchedTarget, now: datetime) -> list[Reminder]:
    """Return what is to be told by now, of a repeated reminder the last time only.

    Those that were told already are among them: the log knows which.
    """
    series = ([one for one in each if one.due_at <= now] for each in _series(watched))
    return [each[-1] for each in series if each]


def next_reminder_at(watched: WatchedTarget, now: datetime) -> datetime | None:
    """Return when something is to be told that is not yet; None where nothing is."""
    times = (one.due_at for each in _series(watched) for one in each)
    return min((at for at in times if at > now), default=None)


def reminder_event(reminder: Reminder, watched: WatchedTarget, at: datetime) -> Event:
    """Return the event of a reminder, with what its message shows."""
    details: dict[str, Any] = {"since": _seconds(watched.since)}
    if watched.seen is not None:
        details["after"] = state_details(watched.seen)
        details["pending_id"] = watched.seen.pending_id
    if reminder.kind is EventKind.STORE_UNREADABLE:
        details["since"] = _seconds(watched.failing_since)
    return Event(
        reminder.kind,
        at,
        target=watched.target,
        details=details,
        unique_key=reminder.unique_key,
    )


def still_holds(event: Event, watched: WatchedTarget | None) -> bool:
    """Return whether a reminder is still true of the target as it is known by now.

    `watched` is None where nobody follows the target any more.
    """
    if watched is None:
        return False
    if event.kind is EventKind.STORE_READABLE:
        same = event.details.get("since") == _seconds(watched.since)
        return same and watched.failing_since is None
    reminders = (one for each in _series(watched) for one in each)
    return any(one.unique_key == event.unique_key for one in reminders)


def working_days_later(at: datetime, days: int) -> datetime:
    """Return the same time so many days later, Saturdays and Sundays not counted."""
    later = at
    while days > 0:
        later += timedelta(days=1)
        if later.weekday() < _SATURDAY:
            days -= 1
    return later


def _series(watched: WatchedTarget) -> Iterator[list[Reminder]]:
    """Yield each reminder with its repetitions, the earliest first."""
    failing, told = watched.failing_since, watched.unreadable_since
    if told is not None and failing is None:
        yield [_once(EventKind.STORE_READABLE, watched, told, told)]
    seen, since = watched.seen, watched.since
    if seen is None or since is None or not watched.open:
        return
    if failing is not None:
        due_at = failing + UNREADABLE_AFTER
        yield [_once(EventKind.STORE_UNREADABLE, watched, due_at, failing)]
    if seen.pending_id is not None:
        key = _key(EventKind.DRAFT_BLOCKED, watched, seen.pending_id)
        yield [Reminder(EventKind.DRAFT_BLOCKED, since, key)]
    if watched.ramped:
        # It goes on by itself, or has told a person that it does not.
        return
    if seen.rollout.percentage >= FULL:
        kind, due_at = EventKind.ROLLOUT_NOT_FINALIZED, since + NOT_FINALIZED_AFTER
    else:
        kind, due_at = EventKind.ROLLOUT_STUCK, since + STUCK_AFTER
    yield [
        Reminder(
            kind,
            working_days_later(due_at, number * REPEAT_WORKING_DAYS),
            _key(kind, watched, str(int(since.timestamp())), str(number)),
        )
        for number in range(MOST_TIMES)
    ]


def _once(
    kind: EventKind, watched: WatchedTarget, due_at: datetime, since: datetime
) -> Reminder:
    return Reminder(kind, due_at, _key(kind, watched, str(int(since.timestamp()))))


def _key(kind: EventKind, watched: WatchedTarget, *more: str) -> str:
    target, seen = watched.target, watched.seen
    flight, submission = target.flight_id or "", seen.ref.submission_id if seen else ""
    return "/".join(
        [kind.value, target.account, target.app_id, flight, submission, *more]
    )


def _seconds(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
