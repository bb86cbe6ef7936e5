"""Waits between two attempts, as the card shows them: what holds, and until when.

A time that people read must be true: it is where the wait ends, also after a slow edit
or a crash, and it is replaced where the attempt that begins then takes long.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

from dbos import DBOS

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.operations import Waiting
from bot.domain.storage import StorageUnavailable
from bot.engine.attempts import Json, Pending
from bot.engine.runtime import current
from bot.service.attempt import Inconclusive

# Neither a halt nor its result must be delayed by the edit of a card.
SHOW_SECONDS: Final = 2.0

_log = logging.getLogger("bot.engine")


async def show_waiting(
    operation_id: str, pending: Pending, wait: float, *, last: bool
) -> float:
    """Show on the card until when is waited, and return how long that still is.

    `last` is True where nothing is sent after the wait.
    """
    until = await _show_waiting(operation_id, pending.to_json(), wait, last)
    if until is None:
        # The version before this one stored none.
        return wait
    left = until - current().dependencies.clock().timestamp()
    return min(wait, max(0.0, left))


@contextlib.asynccontextmanager
async def asking_shown(
    operation_id: str, earlier: Inconclusive | None
) -> AsyncIterator[None]:
    """Show on the card that the Store is asked again, where that takes a while.

    Otherwise the time of this attempt would stand there although it is past.
    """
    if earlier is None:
        yield
        return
    editing = asyncio.Event()
    showing = asyncio.create_task(_show_asking(operation_id, earlier, editing))
    try:
        yield
    finally:
        # An edit that has begun must not come after that of the result.
        if not editing.is_set():
            showing.cancel()
        (ended,) = await asyncio.gather(showing, return_exceptions=True)
        if isinstance(ended, Exception):
            _log.error(
                "operation %s: a wait is not shown", operation_id, exc_info=ended
            )


@DBOS.step(name="show-waiting.v1")
async def _show_waiting(
    operation_id: str,
    pending: Json,
    wait: float,
    last: bool,  # noqa: FBT001 - a flag of the step, not of an interface
) -> float | None:
    """Edit the card; return until when is waited, in seconds since 1970."""
    attempt = Pending.from_json(pending).attempt
    until = current().dependencies.clock() + timedelta(seconds=wait)
    sends = not last and not attempt.in_doubt
    await _show(operation_id, _waiting(attempt, until, sends=sends))
    return until.timestamp()


async def _show_asking(
    operation_id: str, earlier: Inconclusive, editing: asyncio.Event
) -> None:
    parts = current().dependencies
    since = parts.clock()
    await asyncio.sleep(parts.timing.show_try_after)
    editing.set()
    await _show(operation_id, _waiting(earlier, since, asking=True))


def _waiting(
    attempt: Inconclusive, at: datetime, *, sends: bool = True, asking: bool = False
) -> Waiting:
    return Waiting(
        attempt.detail,
        attempt.in_doubt,
        at,
        sends=sends,
        asking=asking,
        seen=attempt.seen,
        seen_at=attempt.seen_at,
    )


async def _show(operation_id: str, waiting: Waiting) -> None:
    """Edit the card; whether that works or not, the operation goes on."""
    try:
        async with asyncio.timeout(SHOW_SECONDS):
            await current().dependencies.notifier.show_waiting(operation_id, waiting)
    except (
        RetryableNotificationError,
        PermanentNotificationError,
        StorageUnavailable,
        TimeoutError,
    ) as reason:
        _log.info(
            "operation %s: the card could not show the wait: %r", operation_id, reason
        )
