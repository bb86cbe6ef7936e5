"""Reminders of cards that wait for another person: when the thread is told, how often.

A thread is told again after so long, and no more than so many times in all: what is
repeated for ever, nobody reads. What was missed while no bot ran is told once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.requests import Request

REMIND_AFTER: Final = (
    timedelta(minutes=15),
    timedelta(minutes=60),
    timedelta(minutes=240),
)


@dataclass(frozen=True, slots=True)
class ApprovalReminder:
    """What is due in a card's thread; `number` counts from 1.

    `tried_before`: somebody may have posted it, and was broken off.
    """

    request: Request
    number: int
    tried_before: bool = False


def due_reminder(request: Request, now: datetime) -> int | None:
    """Return the number of the reminder that is due; None where none is."""
    if not request.needs_another or request.card is None or not request.is_pending(now):
        return None
    number = sum(request.asked_at + each <= now for each in REMIND_AFTER)
    return number if number > request.reminders else None
