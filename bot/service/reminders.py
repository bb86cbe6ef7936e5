"""Reminders: tell the channels what needs a person, as often as was agreed."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from bot.domain.events import Event, EventKind
from bot.domain.reminders import (
    Reminder,
    due_reminders,
    next_reminder_at,
    reminder_event,
)
from bot.domain.watching import WatchedTarget

_TARGETS: Final = 50

_log = logging.getLogger("bot.service")


class ReminderRepository(Protocol):
    """When something is to be told. Methods raise StorageUnavailable."""

    async def list_to_remind(self, now: datetime, most: int) -> Sequence[WatchedTarget]:
        """Return targets about which something may have to be told by now."""
        ...

    async def is_told(self, unique_key: str) -> bool:
        """Return whether the log has an event with this key."""
        ...

    async def save_reminder(
        self, before: WatchedTarget, after: WatchedTarget, event: Event
    ) -> bool:
        """Store an event with its notices, and when to remind again.

        Return False, and store nothing, where the target has changed meanwhile, or was
        reminded of by somebody else.
        """
        ...

    async def postpone(self, before: WatchedTarget, after: WatchedTarget) -> None:
        """Store when to remind again: nothing is to be told now."""
        ...


class Reminders:
    """Writes the events of what is due; the Store is not asked for any of them."""

    def __init__(
        self, repository: ReminderRepository, clock: Callable[[], datetime]
    ) -> None:
        self._repository = repository
        self._clock = clock

    async def remind(self) -> None:
        """Write the events of what is due, one of each target.

        Raises StorageUnavailable.
        """
        now = self._clock()
        for watched in await self._repository.list_to_remind(now, _TARGETS):
            await self._remind(watched, now)

    async def _remind(self, watched: WatchedTarget, now: datetime) -> None:
        untold = [
            one
            for one in due_reminders(watched, now)
            if not await self._repository.is_told(one.unique_key)
        ]
        if not untold:
            after = replace(watched, remind_at=next_reminder_at(watched, now))
            await self._repository.postpone(watched, after)
            return
        reminder = untold[0]
        after = _told(watched, reminder)
        # What else is due comes with the next round.
        remind_at = now if len(untold) > 1 else next_reminder_at(after, now)
        event = reminder_event(reminder, watched, now)
        after = replace(after, remind_at=remind_at)
        if await self._repository.save_reminder(watched, after, event):
            _log.info("%s: %s is told", watched.target, reminder.kind)


def _told(watched: WatchedTarget, reminder: Reminder) -> WatchedTarget:
    match reminder.kind:
        case EventKind.STORE_UNREADABLE:
            return replace(watched, unreadable_since=watched.failing_since)
        case EventKind.STORE_READABLE:
            return replace(watched, unreadable_since=None)
        case _:
            return watched
