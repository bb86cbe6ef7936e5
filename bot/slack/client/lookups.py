"""Shared lookups: answers that are kept for a while, asked for once by all who wait."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, TypeVar

from bot.domain.directory import LookupFailed

Answer = TypeVar("Answer")

KEEP_SECONDS: Final = 60.0
_MOST_KEPT: Final = 2000


class LookupAgain(LookupFailed):
    """Slack did not say, but may say at the next attempt: this is not kept."""


class Lookups(Generic[Answer]):
    """The lookups of one kind by key, each with the time until which it holds.

    It is kept from the moment of asking, for what was true then may be over when the
    answer comes. A failure for which waiting does not help is kept as well.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kept: dict[tuple[str, ...], tuple[float, asyncio.Task[Answer]]] = {}

    async def get(
        self,
        key: tuple[str, ...],
        ask: Callable[[], Coroutine[Any, Any, Answer]],
    ) -> Answer:
        """Return what is kept, or join the lookup under way, or begin one.

        Raises LookupFailed.
        """
        now = self._now()
        until, task = self._kept.get(key, (now, None))
        if task is None or until <= now:
            task = self._begin(key, ask(), now)
        try:
            return await asyncio.shield(task)
        except LookupFailed as failed:
            # One exception raised for several would collect the frames of each.
            raise LookupFailed(failed.code) from None

    def forget(self, key: tuple[str, ...]) -> None:
        """Let the next one ask again; who waits already gets what was asked before."""
        self._kept.pop(key, None)

    def _begin(
        self, key: tuple[str, ...], asked: Coroutine[Any, Any, Answer], now: float
    ) -> asyncio.Task[Answer]:
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        task = asyncio.create_task(asked)
        self._kept[key] = now + KEEP_SECONDS, task

        def end(ended: asyncio.Task[Answer]) -> None:
            failure = None if ended.cancelled() else ended.exception()
            known = not ended.cancelled() and (
                failure is None
                or (
                    isinstance(failure, LookupFailed)
                    and not isinstance(failure, LookupAgain)
                )
            )
            if not known and self._kept.get(key, (0.0, None))[1] is ended:
                del self._kept[key]

        task.add_done_callback(end)
        return task
