"""Retry loops of the engine: until the database is back, and until Slack is."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.storage import StorageUnavailable
from bot.engine.runtime import current

# The pauses for the database double, up to so many times the first.
_LONGEST_STORAGE_PAUSE: Final = 10

_log = logging.getLogger("bot.engine")

T = TypeVar("T")


async def retry_storage(attempt: Callable[[], Awaitable[T]]) -> T:
    """Try again until the database is back: an operation must not be lost."""
    runtime = current()
    pause = runtime.dependencies.timing.storage_pause
    longest = pause * _LONGEST_STORAGE_PAUSE
    while True:
        try:
            return await attempt()
        except StorageUnavailable as reason:
            _log.warning("database unavailable, retry in %.1f s: %s", pause, reason)
            with runtime.running.idle_wait():
                await asyncio.sleep(pause)
            pause = min(pause * 2, longest)


async def retry_notification(
    name: str, attempt: Callable[[bool], Awaitable[None]]
) -> None:
    """Try again until Slack is back; a permanent refusal is logged and left.

    `attempt` gets whether an earlier one may have arrived.
    """
    runtime = current()
    timing = runtime.dependencies.timing
    pause, longest = timing.slack_pauses
    again = False
    while True:
        try:
            await _attempt_with_storage(attempt, again=again)
        except RetryableNotificationError as reason:
            asked = min(reason.retry_after or 0.0, timing.longest_retry_after)
            wait = max(pause, asked)
            _log.warning(
                "%s: Slack unavailable (%s), retry in %.0f s", name, reason, wait
            )
            with runtime.running.idle_wait():
                await asyncio.sleep(wait)
            pause, again = min(pause * 2, longest), True
        except PermanentNotificationError as reason:
            _log.error("%s cannot be shown in Slack: %s", name, reason)
            return
        else:
            return


async def _attempt_with_storage(
    attempt: Callable[[bool], Awaitable[None]], *, again: bool
) -> None:
    await retry_storage(lambda: attempt(again))
