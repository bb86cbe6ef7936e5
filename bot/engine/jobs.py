"""Background jobs: started by each sweep, one run of each at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bot.domain.storage import StorageUnavailable

# Does what is due by the bot's clock, and returns.
Job = Callable[[], Awaitable[None]]

# The name of each task that runs one.
TASK: Final = "background job"

_log: Final = logging.getLogger("bot.engine")


class BackgroundJobs:
    """Jobs that take longer than a sweep may: they wait for the Store and for Slack."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self._running: dict[Job, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Start each job whose last run is over."""
        for job in self._jobs:
            if job not in self._running or self._running[job].done():
                self._running[job] = asyncio.create_task(_run(job), name=TASK)

    async def stop(self) -> None:
        """Break off what runs: what it has not stored is done again."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)


async def _run(job: Job) -> None:
    try:
        await job()
    except StorageUnavailable as reason:
        _log.warning("database unavailable, the next sweep retries: %s", reason)
    except Exception:  # noqa: BLE001 - the outermost boundary of a task that must not end
        _log.exception("a background job failed, the next sweep retries")
