"""Readings: what the Store last showed of each target, shared by all who ask at once.

The Store allows an account few requests a minute. A status uses what was read a moment
ago, by whoever asked. A card is always read anew, but people who ask for the same one
at the same time share one reading.
"""

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.failures import FailureCode, StoreError
from bot.domain.results import Refused, Unavailable
from bot.domain.rollout import Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Phase
from bot.service.observations import (
    Observation,
    ObservationRepository,
    observed,
    seen_since,
)
from bot.service.ports import Stores
from bot.service.snapshots import LATEST, KnownParts, SnapshotReader

# How old a reading may be that a status shows without asking the Store.
REUSE_FOR: Final = timedelta(seconds=20)
# A new submission is published seldom: where many are asked for, the list of apps that
# names the published ones may be a little older than the rollouts.
_FEW: Final = 3
_LIST_OLDER: Final = timedelta(seconds=40)
_READS_AT_ONCE: Final = 4
# The list of apps has this many on a page, and is one request a page.
_PAGE: Final = 100
# A longer list would leave nothing of the budget for the rollouts themselves.
_MOST_PAGES: Final = 2
# Nothing was learnt about the target: an older reading is still the last one.
_LIMITED: Final = (FailureCode.REQUEST_BUDGET, FailureCode.RATE_LIMITED)

# Seconds that a status waits for versions once it has the rollouts.
_VERSIONS_TIMEOUT: Final = 3.0
# After how long it asks again for those that it did not get, the longest ago first.
_VERSIONS_AGAIN: Final = timedelta(minutes=1)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

_log = logging.getLogger("bot.service")


class Readings:
    """The readings of this process, through one Store for cards and one for status.

    `watched` is what the watching of all replicas has seen.
    """

    def __init__(
        self,
        cards: Stores,
        status: Stores,
        watched: ObservationRepository,
        clock: Callable[[], datetime],
        reuse_for: timedelta = REUSE_FOR,
    ) -> None:
        self._cards = cards
        self._status = status
        self._watched = watched
        self._clock = clock
        self._reuse_for = reuse_for
        self._known = KnownParts()
        self._latest: dict[Target, Observation] = {}
        self._failed: dict[Target, Observation] = {}
        # What an operation may have changed since it was last read, and when.
        self._doubtful: dict[Target, datetime] = {}
        self._changes: Counter[Target] = Counter()
        self._flights: dict[object, asyncio.Task[Observation]] = {}
        self._pages: dict[str, int] = {}
        # When the versions of a submission were last asked for by themselves.
        self._tried: dict[SubmissionRef, datetime] = {}

    def last(self, target: Target) -> Snapshot | None:
        """Return the target as it was last seen, with the time; None where it was not.

        Of an app that was only listed, the published submission is known.
        """
        match self._latest.get(target):
            case Observation(Snapshot() as seen, at):
                return replace(seen, as_of=at)
            case None if target.flight_id is None:
                return self._known.listed(target)
            case _:
                return None

    async def recall(self, targets: Sequence[Target]) -> None:
        """Take what watching has seen of these targets, where that is newer.

        Raises StorageUnavailable.
        """
        for watched in await self._watched.list_observed(targets):
            target, seen = watched.target, observed(watched)
            known = (self._latest.get(target), self._failed.get(target))
            times = [one.at for one in known if one is not None]
            if target in self._doubtful:
                times.append(self._doubtful[target])
            if seen is not None and all(seen.at > at for at in times):
                self._latest[target] = seen
                self._doubtful.pop(target, None)
                self._failed.pop(target, None)

    def record(self, ref: SubmissionRef, rollout: Rollout | None) -> Snapshot | None:
        """Take what an operation has read; None where it may have changed something.

        Return what was seen of this submission before, with the time, if anything was.
        """
        target = ref.target
        self._changes[target] += 1
        self._failed.pop(target, None)
        self._doubtful[target] = self._clock()
        match self._latest.get(target):
            case Observation(Snapshot() as seen, at) if seen.ref == ref:
                if rollout is not None:
                    self._keep(target, replace(seen, rollout=rollout), self._clock())
                return replace(seen, as_of=at)
            case _:
                return None

    async def list_for_cards(self, targets: Sequence[Target]) -> None:
        """Read the list of apps where that is cheaper than each app by itself."""
        await self._list_apps(targets, self._clock(), self._cards)

    async def read_for_card(
        self,
        target: Target,
        details_timeout: float,
        listed_since: datetime | None = None,
    ) -> Snapshot | Refused | Unavailable:
        """Read the target now, but for its app if that was listed after then."""
        now = self._clock()
        account = target.account
        reader = SnapshotReader(
            self._cards[account],
            self._status[account],
            self._known,
            now,
            apps_since=listed_since or now,
        )
        found = await self._shared(reader, target, details_timeout)
        return found.seen

    async def read_for_status(
        self, targets: Sequence[Target], *, details_timeout: float | None
    ) -> list[Observation]:
        """Return a reading of each target: a recent one, else one of now, or the last.

        What was never read comes first, then what is in progress, the oldest first: the
        budget may not allow all of them.
        """
        await self.recall(targets)
        now = self._clock()
        since = now - self._reuse_for
        wanted = dict.fromkeys(targets)
        found = {one: seen for one in wanted if (seen := self._recent(one, since, now))}
        missing = sorted((one for one in wanted if one not in found), key=self._turn)
        apps_since = since - _LIST_OLDER if len(missing) > _FEW else since
        await self._list_apps(missing, apps_since, self._status)
        turns = asyncio.Semaphore(_READS_AT_ONCE)

        async def read(target: Target) -> Observation:
            store = self._status[target.account]
            reader = SnapshotReader(
                store,
                store,
                self._known,
                now,
                apps_since=apps_since,
                reuse_final=True,
            )
            async with turns:
                return await self._shared(reader, target, details_timeout)

        read_now = await asyncio.gather(*map(read, missing))
        found |= dict(zip(missing, read_now, strict=True))
        return [found[target] for target in targets]

    async def read_versions(
        self, refs: Iterable[SubmissionRef], most: int
    ) -> Mapping[SubmissionRef, tuple[str, ...]]:
        """Return the package versions of submissions, as far as they are known.

        At most so many are read now, from what the request budget has left over: a
        published submission keeps its versions, so that the others follow next time.
        """
        wanted, kept, now = dict.fromkeys(refs), self._known.submissions, self._clock()
        tried = {ref: self._tried.get(ref, _NEVER) for ref in wanted if ref not in kept}
        due = [ref for ref, at in tried.items() if at <= now - _VERSIONS_AGAIN]
        missing = sorted(due, key=tried.__getitem__)[:most]
        self._tried |= dict.fromkeys(missing, now)

        async def read(ref: SubmissionRef) -> None:
            store = self._status[ref.target.account]
            reader = SnapshotReader(store, store, self._known, now, apps_since=now)
            await reader.read_details(ref, _VERSIONS_TIMEOUT)

        await asyncio.gather(*map(read, missing))
        return {ref: kept[ref].versions for ref in wanted if ref in kept}

    def _recent(
        self, target: Target, since: datetime, now: datetime
    ) -> Observation | None:
        latest = None if target in self._doubtful else self._latest.get(target)
        kept = filter(None, (latest, self._failed.get(target)))
        return next((one for one in kept if since < one.at < now + LATEST), None)

    def _keep(
        self, target: Target, seen: Snapshot | Refused, at: datetime
    ) -> Observation:
        since = seen_since(self._latest.get(target), seen, at)
        self._latest[target] = kept = Observation(seen, at, since)
        self._doubtful.pop(target, None)
        self._failed.pop(target, None)
        return kept

    def _turn(self, target: Target) -> tuple[int, float]:
        last = self._latest.get(target)
        if last is None:
            return 0, 0.0
        seen = last.seen
        urgent = isinstance(seen, Snapshot) and seen.rollout.phase is Phase.IN_PROGRESS
        return 1 if urgent else 2, last.at.timestamp()

    async def _shared(
        self, reader: SnapshotReader, target: Target, details_timeout: float | None
    ) -> Observation:
        """Join the reading that is under way, or begin one.

        One that began before a change is not joined, and what it finds is not kept.
        """
        changes = self._changes[target]
        key = (id(reader.store), target, details_timeout, changes)
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(
                self._read(reader, target, details_timeout, changes)
            )
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key))
        return await asyncio.shield(flight)

    async def _read(
        self,
        reader: SnapshotReader,
        target: Target,
        details_timeout: float | None,
        changes: int,
    ) -> Observation:
        seen = await reader.read(target, details_timeout=details_timeout)
        found = Observation(seen, reader.now)
        if isinstance(seen, Unavailable):
            if seen.detail.code not in _LIMITED:
                self._failed[target] = found
            elif reader.reuse_final:
                return self._latest.get(target, found)
        elif changes == self._changes[target]:
            return self._keep(target, seen, reader.now)
        return found

    async def _list_apps(
        self, targets: Sequence[Target], since: datetime, stores: Stores
    ) -> None:
        """Read the list of all apps where that is cheaper than each app by itself."""
        now = self._clock()
        for account in {target.account for target in targets}:
            apps = {
                one.app_id
                for one in targets
                if one.account == account
                and one.flight_id is None
                and self._known.app(one, since, now) is None
            }
            pages = self._pages.get(account, 1)
            if len(apps) <= pages or pages > _MOST_PAGES:
                continue
            try:
                listed = await stores[account].list_apps()
            except StoreError as failure:
                _log.info("the apps are not listed: %s", failure.detail)
                continue
            at = self._clock()
            for app in listed:
                self._known.apps[account, app.app_id] = app, at
            self._pages[account] = math.ceil(len(listed) / _PAGE)
