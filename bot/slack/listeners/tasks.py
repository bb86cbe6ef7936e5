"""Background tasks: what goes on after an ack, kept so that it can be waited for."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

_GRACE: Final = 1.0

_log = logging.getLogger("bot.slack")


class BackgroundTasks:
    """The listeners' tasks: asyncio itself keeps no reference to a running task."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = True

    @property
    def open(self) -> bool:
        """Whether new tasks are still taken."""
        return self._open

    def __len__(self) -> int:
        """Return how many tasks run."""
        return len(self._tasks)

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> bool:
        """Start a task; return False, and start nothing, once closed."""
        if not self._open:
            coroutine.close()
            return False
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._end)
        return True

    def close(self) -> None:
        """Take no more tasks; what runs goes on."""
        self._open = False

    async def drain(self, deadline: float) -> int:
        """Close, wait `deadline` seconds for what runs, then cancel the rest.

        Return how many tasks were cancelled.
        """
        self.close()
        late: set[asyncio.Task[None]] = set()
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=deadline)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_GRACE)
            _log.warning("%d background tasks were cancelled at the end", len(late))
        return len(late)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a background task failed", exc_info=error)
