"""Registry of the workflows that run in this process, and waiting for their end."""

import asyncio
import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from bot.domain.log_fields import log_fields
from bot.engine.workflow_ids import subject_of

# How long a finished workflow may take to be stored, and a cancelled one to end.
_GRACE_SECONDS: Final = 1.0


@dataclass(eq=False, slots=True)
class _Run:
    """A workflow that runs in this process; `waiting` while it only waits."""

    workflow_id: str
    task: "asyncio.Task[Any] | None"
    waiting: bool = False


_RUN: ContextVar[_Run | None] = ContextVar("run", default=None)


class RunningWorkflows:
    """The workflows of this process; build it on the engine's event loop."""

    def __init__(self) -> None:
        self._runs: set[_Run] = set()
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextlib.contextmanager
    def track(self, workflow_id: str) -> Iterator[None]:
        """Count a workflow as running, for as long as the block lasts."""
        run = _Run(workflow_id, asyncio.current_task())
        token = _RUN.set(run)
        self._runs.add(run)
        self._add_busy(1)
        try:
            # After a restart nothing else says which request this is about.
            with log_fields(request=subject_of(workflow_id)):
                yield
        finally:
            self._runs.discard(run)
            _RUN.reset(token)
            self._add_busy(-1)

    @contextlib.contextmanager
    def idle_wait(self) -> Iterator[None]:
        """Mark the current workflow as one that only waits: it can end at any time."""
        run = _RUN.get()
        if run is None:
            yield
            return
        run.waiting = True
        self._add_busy(-1)
        try:
            yield
        finally:
            run.waiting = False
            self._add_busy(1)

    def ids(self) -> set[str]:
        """Return the ids of the workflows that run in this process."""
        return {run.workflow_id for run in self._runs}

    async def drain(self, seconds: float) -> bool:
        """Wait until every workflow here has ended or only waits.

        Return False where that took longer than `seconds`.
        """
        busy = {run.task for run in self._runs if not run.waiting and run.task}
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        # dbos stores the end of a workflow after its last line.
        ending = {task for task in busy if not task.done()} - self._tasks()
        if ending:
            await asyncio.wait(ending, timeout=_GRACE_SECONDS)
        return True

    async def cancel(self) -> int:
        """Cancel what still runs here, and return how many workflows that were.

        dbos keeps no record of a cancelled task, so its workflow stays as it was: it
        goes on in another replica, or after the next start.
        """
        tasks = self._tasks()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
        return len(tasks)

    def _tasks(self) -> "set[asyncio.Task[Any]]":
        return {run.task for run in self._runs if run.task is not None}

    def _add_busy(self, change: int) -> None:
        self._busy += change
        if self._busy > 0:
            self._idle.clear()
        else:
            self._idle.set()
