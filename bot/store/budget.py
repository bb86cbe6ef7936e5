"""Request budget of an account: which requests may go to the Store, by priority.

The Store answers 429 to an account that sends too many requests a minute, whoever sends
them. The true limit is not known, so that a person who waits for an operation or a card
is never kept waiting for a guess: their requests are only counted. A status takes what
is left over of its share.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from bot.domain.failures import (
    BudgetSpentError,
    FailureCode,
    FailureDetail,
    RateLimitedError,
)
from bot.domain.storage import StorageUnavailable

# The Store's limit is one of requests a minute. They are counted by shorter periods,
# and a period counts until its last request is a minute old.
_PERIOD_SECONDS: Final = 10
_WINDOW: Final = timedelta(seconds=60 + _PERIOD_SECONDS)
_SHARE_SECONDS: Final = 1.0
# A status takes what operations and cards leave of a quarter of the limit: the rest is
# free for those that may come. Fifty are enough for every alias of a channel.
_STATUS_PART: Final = 1 / 4
_MOST_OF_STATUS: Final = 50
# The pause after a 429 that names none, and the longest one: a daily quota names hours,
# and may have been raised meanwhile.
_PAUSE_SECONDS: Final = 5.0
# A status stays away for a minute longer: what was kept waiting goes first.
_QUIET_SECONDS: Final = 60.0
_LONGEST_PAUSE_SECONDS: Final = 300.0
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

_log = logging.getLogger("bot.store")

# How many requests of a priority were sent in the period that began then.
Bookings = Mapping[tuple[datetime, str], int]


class Priority(StrEnum):
    """What a request is for, the most urgent first; watching will come last."""

    OPERATION = "operation"
    """An operation, and the reads that prove it: sent at once, always."""
    CARD = "card"
    """A card or an alias: sent at once, but not before a 429's Retry-After."""
    STATUS = "status"
    """A status: sent from what is left over, and never waited for."""


class BookingRepository(Protocol):
    """The bookings of all replicas. Every method raises StorageUnavailable."""

    async def add_bookings(
        self, account: str, bookings: Bookings, since: datetime
    ) -> Bookings:
        """Add to the account's bookings, and return those of periods from `since` on.

        Of two replicas that add to the same period, the first is not shown what the
        second has added.
        """
        ...


class RequestBudget:
    """The bookings of one account, shared with the other replicas in the background.

    `clock` is the wall clock, which the replicas have in common.
    """

    def __init__(
        self,
        account: str,
        per_minute: int,
        repository: BookingRepository,
        clock: Callable[[], datetime],
    ) -> None:
        self._account = account
        self._limit = per_minute
        self._repository = repository
        self._clock = clock
        self._known: Bookings = {}
        self._own: Counter[tuple[datetime, str]] = Counter()
        self._paused_until = _NEVER
        self._booked = asyncio.Event()
        self._turn = asyncio.Lock()

    async def admit(self, priority: Priority) -> None:
        """Book a request that is about to be sent.

        An operation and a card wait for nothing here. Raises RateLimitedError for a
        card before the time that a 429 has named, and BudgetSpentError for a status
        where nothing is left over.
        """
        now = self._clock()
        pause = (self._paused_until - now).total_seconds()
        if pause > _LONGEST_PAUSE_SECONDS:
            # The clock was set back.
            self._paused_until = _NEVER
            pause = (_NEVER - now).total_seconds()
        if pause > 0 and priority is Priority.CARD:
            raise _rate_limited(pause)
        if priority is not Priority.STATUS:
            self._book(now, priority)
            return
        if pause + _QUIET_SECONDS > 0 or not self._left_over(now, 1):
            raise self._spent()
        self._book(now, priority)
        await self._share_bookings(now)
        if not self._left_over(now, 0):
            # Another replica was first.
            self._book(now, priority, -1)
            raise self._spent()

    def pause(self, seconds: float | None) -> None:
        """Send nothing but operations for so long: the Store has answered 429."""
        wait = _PAUSE_SECONDS if seconds is None else seconds
        until = self._clock() + timedelta(seconds=min(wait, _LONGEST_PAUSE_SECONDS))
        self._paused_until = max(self._paused_until, until)

    async def share(self) -> None:
        """Add what is booked to the database, each second in which there is any."""
        while True:
            await self._booked.wait()
            await asyncio.sleep(_SHARE_SECONDS)
            self._booked.clear()
            await self._share_bookings(self._clock())

    def _book(self, now: datetime, priority: Priority, requests: int = 1) -> None:
        began = now.timestamp() // _PERIOD_SECONDS * _PERIOD_SECONDS
        self._own[datetime.fromtimestamp(began, UTC), priority.value] += requests
        self._booked.set()

    def _left_over(self, now: datetime, more: int) -> bool:
        """Return whether a status may have sent so many requests more."""
        total = status = more
        for (began, priority), requests in (*self._known.items(), *self._own.items()):
            if now - _WINDOW < began <= now:
                total += requests
                status += requests if priority == Priority.STATUS else 0
        share = max(1, int(self._limit * _STATUS_PART))
        return total <= share and status <= _MOST_OF_STATUS

    async def _share_bookings(self, now: datetime) -> None:
        async with self._turn:
            sent = self._own.copy()
            try:
                self._known = await self._repository.add_bookings(
                    self._account, sent, now - _WINDOW
                )
            except StorageUnavailable as reason:
                _log.info("requests to the Store are not shared now: %s", reason)
                self._booked.set()
                return
            self._own.subtract(sent)
            self._own = Counter({key: n for key, n in self._own.items() if n})

    def _spent(self) -> BudgetSpentError:
        arguments = {"limit": str(self._limit)}
        return BudgetSpentError(FailureDetail(FailureCode.REQUEST_BUDGET, arguments))


def _rate_limited(seconds: float) -> RateLimitedError:
    detail = FailureDetail(FailureCode.RATE_LIMITED, {"seconds": f"{seconds:.0f}"})
    return RateLimitedError(detail, retry_after=seconds)
