"""Request budget of an account: which requests may go to the Store, by priority.

The Store answers 429 to an account that sends too many requests a minute, whoever sends
them. The true limit is not known, so that a person who waits for an operation or a card
is never kept waiting for a guess: their requests are only counted. A status takes what
is left over of its share. Watching has a share of its own, which a 429 halves, and
nothing where people need more than half of all.
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
# Watching is given so many of all, and one a minute more for each ten minutes that went
# by since a 429.
_WATCHING_PART: Final = 0.3
_RECOVERY: Final = timedelta(minutes=10)
_BUSY_PART: Final = 1 / 2
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
    """What a request is for, the most urgent first."""

    OPERATION = "operation"
    """An operation, and the reads that prove it: sent at once, always."""
    CARD = "card"
    """A card or an alias: sent at once, but not before a 429's Retry-After."""
    STATUS = "status"
    """A status: sent from what is left over, and never waited for."""
    WATCHING = "watching"
    """A look that nobody waits for: sent from a share of its own, or later."""


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
        self._slowed_at = _NEVER
        self._slowed_to = 0.0
        self._booked = asyncio.Event()
        self._turn = asyncio.Lock()

    async def admit(self, priority: Priority) -> None:
        """Book a request that is about to be sent.

        An operation and a card wait for nothing here. Raises RateLimitedError for a
        card before the time that a 429 has named, and BudgetSpentError for a status or
        a look where nothing is left over.
        """
        now = self._clock()
        pause = (self._paused_until - now).total_seconds()
        if pause > _LONGEST_PAUSE_SECONDS:
            # The clock was set back.
            self._paused_until = _NEVER
            pause = (_NEVER - now).total_seconds()
        if pause > 0 and priority is Priority.CARD:
            raise _rate_limited(pause)
        left_over = {
            Priority.STATUS: self._left_for_status,
            Priority.WATCHING: self._left_for_watching,
        }.get(priority)
        if left_over is None:
            self._book(now, priority)
            return
        if pause + _QUIET_SECONDS > 0 or not left_over(now, 1):
            raise self._spent()
        self._book(now, priority)
        await self._share_bookings(now)
        if not left_over(now, 0):
            # Another replica was first.
            self._book(now, priority, -1)
            raise self._spent()

    def pause(self, seconds: float | None) -> None:
        """Send nothing but operations for so long: the Store has answered 429."""
        now = self._clock()
        if now >= self._paused_until:
            # Those that were under way together are answered 429 together.
            self._slowed_to, self._slowed_at = self.watching_rate() / 2, now
        wait = _PAUSE_SECONDS if seconds is None else seconds
        until = now + timedelta(seconds=min(wait, _LONGEST_PAUSE_SECONDS))
        self._paused_until = max(self._paused_until, until)

    def watching_rate(self) -> float:
        """Return how many requests a minute the looks may take together."""
        full = max(1.0, self._limit * _WATCHING_PART)
        recovered = max(0.0, (self._clock() - self._slowed_at) / _RECOVERY)
        return min(full, max(1.0, self._slowed_to + recovered))

    def remaining(self) -> int:
        """Return how many requests the last minute has left of the limit.

        What other replicas have sent is known as of this replica's last request.
        """
        return max(0, self._limit - self._sent(self._clock()).total())

    def spare(self) -> int:
        """Return how many requests what nobody waits for may send at once.

        They leave half of the limit to people, and all of it while the Store asks for
        a pause.
        """
        if self._clock() < self._paused_until:
            return 0
        return max(0, self.remaining() - int(self._limit * _BUSY_PART))

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

    def _left_for_status(self, now: datetime, more: int) -> bool:
        """Return whether a status may have sent so many requests more."""
        sent = self._sent(now)
        status = sent[Priority.STATUS] + more
        wanted = sent.total() - sent[Priority.WATCHING] + more
        share = max(1, int(self._limit * _STATUS_PART))
        return wanted <= share and status <= _MOST_OF_STATUS

    def _left_for_watching(self, now: datetime, more: int) -> bool:
        """Return whether a look may have sent so many requests more."""
        sent = self._sent(now)
        busy = max(1, int(self._limit * _BUSY_PART))
        watching = sent[Priority.WATCHING] + more
        return sent.total() + more <= busy and watching <= int(self.watching_rate())

    def _sent(self, now: datetime) -> Counter[str]:
        """Return how many requests of each priority were sent in the last minute.

        A replica whose clock is ahead has sent some of them a little later than now.
        """
        sent: Counter[str] = Counter()
        for (began, priority), requests in (*self._known.items(), *self._own.items()):
            if abs(now - began) < _WINDOW:
                sent[priority] += requests
        return sent

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
