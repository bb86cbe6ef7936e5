"""Shared check: runs at most once a second, once for all who ask at the same time.

Whoever reaches `/readyz` could otherwise make the database busy with one query a call.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

_VALID_SECONDS: Final = 1.0


class SharedCheck:
    """A check whose answer, be it an exception, is valid for a second."""

    def __init__(self, check: Callable[[], Awaitable[None]]) -> None:
        self._check = check
        self._run: asyncio.Task[None] | None = None
        self._valid_until = 0.0

    async def __call__(self) -> None:
        """Return, or raise what the check raised, as it did within the last second."""
        now = asyncio.get_running_loop().time()
        if self._run is None or (self._run.done() and now >= self._valid_until):
            self._run = asyncio.create_task(self._checked())
        # A caller that goes away must not end the check of the others.
        await asyncio.shield(self._run)

    async def _checked(self) -> None:
        try:
            await self._check()
        finally:
            self._valid_until = asyncio.get_running_loop().time() + _VALID_SECONDS
