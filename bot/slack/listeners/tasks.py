"""The work that goes on after an ack, kept so that it can be waited for."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

_GRACE: Final = 1.0

_log = logging.getLogger("bot.slack")


class BackgroundTasks:
    """Our own tasks: asyncio itself keeps no reference to a task that runs."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = True

    @property
    def open(self) -> bool:
        """Whether work is still taken."""
        return self._open

    def __len__(self) -> int:
        """Return how many pieces of work are under way."""
        return len(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, None]) -> bool:
        """Start the work; False, and nothing is started, once work is not taken."""
        if not self._open:
            work.close()
            return False
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)
        return True

    def stop_taking(self) -> None:
        """Take no more work; what runs goes on."""
        self._open = False

    async def drain(self, deadline: float) -> int:
        """Take no more work, wait `deadline` seconds for what runs, end the rest.

        Gives how many pieces had to be cut short.
        """
        self.stop_taking()
        late: set[asyncio.Task[None]] = set()
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=deadline)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_GRACE)
            _log.warning("%d pieces of work were cut short at the end", len(late))
        return len(late)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a piece of work failed", exc_info=error)
