"""Order of edits: a card is edited one state at a time, and never to an older one."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, assert_never

from bot.domain.requests import Request, RequestState
from bot.domain.results import Unknown

# How many finished cards are remembered, for a late edit that was held up by Slack.
_MOST_REMEMBERED: Final = 2000


@dataclass(slots=True)
class _CardLock:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class EditOrder:
    """The locks of the cards that are edited, and the states that Slack shows.

    What is kept here saves an edit from being overtaken inside this process; the truth
    about a card is in the database.
    """

    def __init__(self) -> None:
        self._locks: dict[str, _CardLock] = {}
        self._shown: OrderedDict[str, int] = OrderedDict()

    @asynccontextmanager
    async def lock(self, request: Request) -> AsyncIterator[bool]:
        """Lock the card's edits; yield False where Slack shows a newer state."""
        entry = self._locks.setdefault(request.id, _CardLock())
        entry.waiting += 1
        try:
            async with entry.lock:
                rank = progress(request)
                yield rank >= self._shown.get(request.id, 0)
        finally:
            entry.waiting -= 1
            if not entry.waiting:
                self._locks.pop(request.id, None)

    def mark_shown(self, request: Request) -> None:
        """Remember that Slack shows this state now."""
        self._shown[request.id] = max(progress(request), self._shown.get(request.id, 0))
        self._shown.move_to_end(request.id)
        if len(self._shown) > _MOST_REMEMBERED:
            self._shown.popitem(last=False)

    def __len__(self) -> int:
        """Return how many cards are being edited or waited for just now."""
        return len(self._locks)


def progress(request: Request) -> int:
    """Return how far a request has come; an edit never goes back."""
    match request.state:
        case RequestState.PENDING:
            return 0
        case RequestState.CANCELLED | RequestState.EXPIRED:
            return 2
        case RequestState.AUTHORISED:
            if request.result is None:
                return 1
            return 2 if isinstance(request.result, Unknown) else 3
    assert_never(request.state)
