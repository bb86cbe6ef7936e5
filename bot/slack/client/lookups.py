"""Shared lookups: answers that are kept for a while, asked for once by all who wait."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from bot.domain.directory import LookupFailed

Answer = TypeVar("Answer")

KEEP_FOR: Final = timedelta(minutes=1)
_MOST_KEPT: Final = 2000


class Lookups(Generic[Answer]):
    """The answers of one kind by key, each with the time at which it was asked for.

    Its age counts from there, for what was true then may be over when the answer comes.
    A failure is not kept.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, ...], tuple[datetime, asyncio.Task[Answer]]] = {}

    async def get(
        self,
        key: tuple[str, ...],
        ask: Callable[[], Coroutine[Any, Any, Answer]],
    ) -> Answer:
        """Return what is kept, or join the lookup under way, or begin one.

        Raises LookupFailed.
        """
        now = self._clock()
        kept = self._kept.get(key)
        # A clock that was set back must not make an old answer last for longer.
        if kept is not None and kept[0] <= now < kept[0] + KEEP_FOR:
            task = kept[1]
        else:
            task = self._begin(key, ask, now)
        try:
            return await asyncio.shield(task)
        except LookupFailed as failed:
            # One exception raised for several would collect the frames of each.
            raise LookupFailed(failed.code) from None

    def forget(self, key: tuple[str, ...]) -> None:
        """Let the next one ask again; who waits already gets what was asked before."""
        self._kept.pop(key, None)

    def _begin(
        self,
        key: tuple[str, ...],
        ask: Callable[[], Coroutine[Any, Any, Answer]],
        now: datetime,
    ) -> asyncio.Task[Answer]:
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        task = asyncio.create_task(ask())
        self._kept[key] = now, task
        task.add_done_callback(lambda ended: self._end(key, ended))
        return task

    def _end(self, key: tuple[str, ...], ended: asyncio.Task[Answer]) -> None:
        failed = ended.cancelled() or ended.exception() is not None
        kept = self._kept.get(key)
        if failed and kept is not None and kept[1] is ended:
            del self._kept[key]
