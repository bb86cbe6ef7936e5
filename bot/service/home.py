"""App Home: read what one person may see, from our own tables alone.

Opening Home costs no request to the Store.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.home import (
    FINISHED_FOR,
    FinishedIn,
    FinishedRollout,
    FollowedTarget,
    HomeContent,
    OpenRollout,
)
from bot.domain.locks import HeldLock, Lock, held
from bot.domain.permission import Action, Subject, authorize, is_member
from bot.domain.plans import Plan, PlanState
from bot.domain.proposals import Proposal
from bot.domain.requests import Person, Place, Request
from bot.domain.submissions import Target
from bot.service.deciders import Deciders
from bot.service.lock_repository import LockRepository


class HomeRepository(Protocol):
    """What channels follow. Every method raises StorageUnavailable."""

    async def list_waiting(
        self, workspace: str, channels: Sequence[str], asker: str, now: datetime
    ) -> Sequence[Request]:
        """Return the open requests of these channels, and the asker's own."""
        ...

    async def list_proposals(
        self, workspace: str, channels: Sequence[str], now: datetime
    ) -> Sequence[Proposal]:
        """Return the proposals that wait in these channels, the oldest first."""
        ...

    async def list_followed(
        self, workspace: str, channels: Sequence[str]
    ) -> Sequence[FollowedTarget]:
        """Return the followed targets that are open, or could not be read."""
        ...

    async def list_ramps(
        self, workspace: str, channels: Sequence[str]
    ) -> Sequence[Plan]:
        """Return the ramps that have not ended, of what these channels follow, too."""
        ...

    async def list_finished(
        self, workspace: str, channels: Sequence[str], since: datetime
    ) -> Sequence[FinishedIn]:
        """Return what has ended of the followed targets, the newest first."""
        ...

    async def follows_any(self, workspace: str, channels: Sequence[str]) -> bool:
        """Return whether one of the channels follows anything."""
        ...


class Home:
    """What is shown to one person, in the channels that they are in."""

    def __init__(
        self,
        repository: HomeRepository,
        locks: LockRepository,
        deciders: Deciders,
        clock: Callable[[], datetime],
    ) -> None:
        self._repository = repository
        self._locks = locks
        self._deciders = deciders
        self._clock = clock

    async def read(
        self, person: Person, workspace: str, channels: Collection[str]
    ) -> HomeContent:
        """Return what the person may see. Raises StorageUnavailable."""
        now, among = self._clock(), sorted(channels)
        mine = await self._waiting(person, workspace, among, now)
        if not among:
            return HomeContent(mine)
        proposals = await self._proposals(person, workspace, among, now)
        ramps = await self._repository.list_ramps(workspace, among)
        followed = await self._repository.list_followed(workspace, among)
        finished = await self._repository.list_finished(
            workspace, among, now - FINISHED_FOR
        )

        def sees(one: FollowedTarget | FinishedIn, target: Target) -> bool:
            place = Place(workspace, one.channel)
            subject = Subject(place, target, named_here=one.named)
            return authorize(person, Action.LOOK, subject) is None

        seen = [one for one in followed if sees(one, one.watched.target)]
        ended = [one for one in finished if sees(one, one.rollout.target)]
        follows = bool(seen) or await self._repository.follows_any(workspace, among)
        place = Place(workspace, among[0])
        locks: tuple[HeldLock, ...] = ()
        if follows and is_member(person, place):
            holding = held(await self._locks.list_locks(workspace, now), now)
            targets = {one.watched.target for one in seen}
            locks = tuple(one for one in holding if _shows(one.lock, targets, among))
        may_go_on = self._deciders.may_let_go_on
        return HomeContent(
            mine,
            _open(seen, ramps, now),
            _finished(ended),
            follows,
            locks,
            proposals,
            held=tuple(
                one
                for one in ramps
                if one.state is PlanState.HELD and may_go_on(person, one)
            ),
        )

    async def _waiting(
        self, person: Person, workspace: str, channels: Sequence[str], now: datetime
    ) -> tuple[Request, ...]:
        """Return the cards that the person has asked for, or may confirm."""
        user, may_confirm = person.user_id, self._deciders.may_confirm
        found = await self._repository.list_waiting(workspace, channels, user, now)
        return tuple(
            [
                one
                for one in found
                if one.asked_by == user or await may_confirm(person, one)
            ]
        )

    async def _proposals(
        self, person: Person, workspace: str, channels: Sequence[str], now: datetime
    ) -> tuple[Proposal, ...]:
        """Return the proposals that the person may decide."""
        found = await self._repository.list_proposals(workspace, channels, now)
        may_decide = self._deciders.may_decide
        return tuple([one for one in found if await may_decide(person, one)])


def _shows(lock: Lock, targets: Collection[Target], channels: Sequence[str]) -> bool:
    """Return whether a lock is of all apps, of one of the targets, or set here."""
    here = lock.target is None or lock.channel in channels
    return here or any(lock.covers(target) for target in targets)


def _open(
    followed: Sequence[FollowedTarget], ramps: Sequence[Plan], now: datetime
) -> tuple[OpenRollout, ...]:
    """Return each target once, what needs attention first."""
    channels: dict[Target, list[str]] = {}
    for one in followed:
        channels.setdefault(one.watched.target, []).append(one.channel)
    last = {one.watched.target: one.watched for one in followed}
    of_rollout = {one.ref: one for one in ramps}
    rollouts = [
        OpenRollout(
            watched,
            tuple(sorted(channels[target])),
            of_rollout.get(watched.seen.ref) if watched.seen else None,
        )
        for target, watched in last.items()
    ]
    return tuple(sorted(rollouts, key=lambda one: _order(one, now)))


def _order(one: OpenRollout, now: datetime) -> tuple[bool, bool, str, str]:
    watched = one.watched
    name = watched.seen.app_name if watched.seen else watched.target.app_id
    attention = one.needs_attention(now)
    return not attention, watched.seen is None, name.casefold(), str(watched.target)


def _finished(found: Sequence[FinishedIn]) -> tuple[FinishedRollout, ...]:
    """Return each end once, the newest first."""
    ends = {one.rollout.key: one.rollout for one in found}
    return tuple(sorted(ends.values(), key=lambda one: one.at, reverse=True))
