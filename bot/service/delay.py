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
_STEP_LATE: Final = FailureDetail(FailureCode.STEP_LATE)


def left_behind(operation: Operation, now: datetime) -> bool:
    """Return whether more may have happened to an operation than is recorded of it."""
    return now - operation.authorised_at > LEFT_BEHIND_AFTER


def too_old(
    operation: Operation, now: datetime, *, left: bool = False
) -> Unavailable | None:
    """Return the outcome of an operation that waited too long; None where it did not.

    What somebody has pressed is never too old once a write was started. A step of a
    ramp that was left behind is judged again by its ramp: its window may be over, or
    a lock be there.
    """
    old = now - operation.authorised_at > OLDEST_CLICK
    if operation.plan_id is not None:
        return Unavailable(_STEP_LATE) if left or old else None
    return Unavailable(_TOO_OLD) if old and not operation.attempts else None
