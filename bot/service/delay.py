"""Delay: operations that waited for longer than an engineer would."""

from datetime import datetime, timedelta
from typing import Final

from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.operations import Operation
from bot.domain.results import Unavailable

# What waits for longer before its first attempt was left behind by a crash, or was
# restored from a backup: then more may have happened than is recorded.
LEFT_BEHIND_AFTER: Final = timedelta(minutes=1)

# Clicks older than this are not executed: the person has probably acted another way.
OLDEST_CLICK: Final = timedelta(hours=1)

_TOO_OLD: Final = FailureDetail(FailureCode.TOO_OLD)


def left_behind(operation: Operation, now: datetime) -> bool:
    """Return whether more may have happened to an operation than is recorded of it."""
    return now - operation.authorised_at > LEFT_BEHIND_AFTER


def too_old(operation: Operation, now: datetime) -> Unavailable | None:
    """Return the outcome of an operation that waited too long; None where it did not.

    It is never too old once a write was started.
    """
    if operation.attempts > 0:
        return None
    return (
        Unavailable(_TOO_OLD) if now - operation.authorised_at > OLDEST_CLICK else None
    )
