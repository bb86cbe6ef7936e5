"""Watcher: looks at the targets that channels follow, and stores what has changed."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.domain.events import Event
from bot.domain.failures import BudgetSpentError, RateLimitedError, StoreError
from bot.domain.looks import after_failure, after_look
from bot.domain.operations import Operation
from bot.domain.rollout import Rollout
from bot.domain.submissions import Snapshot, SubmissionRef
from bot.domain.watching import (
    WatchedTarget,
    base_interval,
    change_event,
    difference,
    failure_interval,
    spread,
)
from bot.service.discovery import Discovery
from bot.service.ports import Stores

# What is claimed by one round, and is looked at well within its lease.
_LOOKS: Final = 20
_LOOKS_AT_ONCE: Final = 4
# After how long a look is tried again that the request budget has not let through.
_LATER: Final = timedelta(seconds=15)

_log = logging.getLogger("bot.service")


class WatchRepository(Protocol):
    """What is followed, and what was last seen. Methods raise StorageUnavailable."""

    async def follow(self, now: datetime) -> None:
        """Let each channel follow its aliases; forget what nobody follows."""
        ...

    async def claim_looks(self, now: datetime, most: int) -> Sequence[WatchedTarget]:
        """Return targets that are due, the longest first: nobody else looks at them."""
        ...

    async def read_demand(self) -> float:
        """Return how many requests a minute all looks take together."""
        ...

    async def save_look(
        self,
        before: WatchedTarget,
        after: WatchedTarget,
        event: Event | None,
        due_at: datetime,
        now: datetime,
    ) -> bool:
        """Store what a look has found; with a change, its event and its notices.

        Return False, and store nothing, where the target was changed or claimed
        meanwhile, or where an operation of ours may be changing it.
        """
        ...

    async def fail_look(
        self, failed: WatchedTarget, due_at: datetime, now: datetime
    ) -> None:
        """Record that the Store could not be read, and when to try again."""
        ...

    async def release_look(self, claimed: WatchedTarget, again_at: datetime) -> None:
        """Release a claim: nothing was learnt, and the look stays due."""
        ...

    async def is_told(self, unique_key: str) -> bool:
        """Return whether the log has an event with this key."""
        ...

    async def operation_in_doubt(
        self, ref: SubmissionRef, rollout: Rollout, looked_at: datetime, now: datetime
    ) -> Operation | None:
        """Return what we have sent without proof, and wanted just this rollout.

        What was done since `looked_at` counts too: no look has seen it.
        """
        ...


class Watcher:
    """Looks at what is due; `rate` is how many requests a minute it may take."""

    def __init__(
        self,
        stores: Stores,
        repository: WatchRepository,
        clock: Callable[[], datetime],
        rate: Callable[[], float],
    ) -> None:
        self._stores = stores
        self._repository = repository
        self._clock = clock
        self._rate = rate
        self._discovery = Discovery(stores)

    async def look_around(self) -> None:
        """Look once at the targets that are due. Raises StorageUnavailable."""
        now = self._clock()
        await self._repository.follow(now)
        due = await self._repository.claim_looks(now, _LOOKS)
        if not due:
            return
        load = await self._repository.read_demand() / self._rate()
        try:
            await self._discovery.refresh([one.target for one in due], now)
        except StoreError as failure:
            # Each app is still to be read by itself, or fails by itself.
            _log.info("the apps are not listed: %s", failure.detail)
        turns = asyncio.Semaphore(_LOOKS_AT_ONCE)

        async def look(one: WatchedTarget) -> None:
            async with turns:
                await self._look(one, load)

        await asyncio.gather(*map(look, due))

    async def _look(self, before: WatchedTarget, load: float) -> None:
        try:
            shown = await self._read(before)
        except (BudgetSpentError, RateLimitedError):
            await self._repository.release_look(before, self._clock() + _LATER)
            return
        except StoreError as failure:
            _log.info("no look at %s: %s", before.target, failure.detail)
            await self._fail(before, load, transient=failure.transient)
            return
        now = self._clock()
        after = after_look(before, shown, now)
        event = await self._event(before, after.seen, now)
        # What has ended takes a hundredth of a request, and need not wait for others.
        busy = 1.0 if after.over else load
        due_at = now + spread(base_interval(after, now), busy, _jitter())
        if await self._repository.save_look(before, after, event, due_at, now):
            if event is not None:
                _log.info("%s: %s is seen", before.target, event.kind)
            return
        # What was read may be older than what is known by now: it is read again.
        self._discovery.forget(before.target)
        await self._repository.release_look(before, now)

    async def _read(self, before: WatchedTarget) -> Snapshot | None:
        target = before.target
        app, flight = await self._discovery.holder(target, self._clock())
        holder = flight or app
        if holder.published_id is None:
            return None
        ref = SubmissionRef(target, _published(before, holder.published_id))
        known = before.seen
        if known is not None and before.over and known.ref == ref:
            rollout = known.rollout
        else:
            rollout = (await self._stores[target.account].get_rollout(ref)).rollout
        return Snapshot(
            ref,
            app.name,
            flight.name if flight else None,
            rollout,
            pending_id=holder.pending_id,
        )

    async def _event(
        self, before: WatchedTarget, seen: Snapshot | None, now: datetime
    ) -> Event | None:
        kind = difference(before, seen)
        if kind is None or seen is None:
            return None
        known, cause = before.seen, None
        # Who has published a submission no operation can have been.
        if known is not None and known.ref == seen.ref:
            cause = await self._repository.operation_in_doubt(
                seen.ref, seen.rollout, before.looked_at or now, now
            )
        event = change_event(kind, before, seen, now, cause)
        told = await self._repository.is_told(event.unique_key or "")
        return None if told else event

    async def _fail(
        self, before: WatchedTarget, load: float, *, transient: bool
    ) -> None:
        now = self._clock()
        failed = after_failure(before, now)
        interval = failure_interval(failed.failures, transient=transient)
        due_at = now + spread(interval, load, _jitter())
        await self._repository.fail_look(failed, due_at, now)


def _published(before: WatchedTarget, listed: str) -> str:
    """Return the published submission.

    A list that shows what an open rollout has replaced is older than that rollout.
    """
    known = before.seen if before.open else None
    if known is not None and known.rollout.fallback_submission_id == listed:
        return known.ref.submission_id
    return listed


def _jitter() -> float:
    return random.uniform(-1, 1)  # noqa: S311 - a pause is no secret
