"""Queries, which change nothing: the status of rollouts and the history."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from bot.domain.outcomes import History, Status, TargetStatus, UnknownAlias
from bot.domain.requests import Alias, Place, Request
from bot.domain.submissions import Target
from bot.domain.targets import ResolvedTarget, resolve_target
from bot.service.ports import Stores
from bot.service.repositories import EventRepository
from bot.service.snapshots import DETAILS_TIMEOUT, read_snapshot

HISTORY_LENGTH: Final = 10
# The Store allows few calls a minute (20 were documented once), so a status of many
# aliases reads a few targets at a time and leaves their versions out.
_READS_AT_ONCE: Final = 4
_DETAILED_UP_TO: Final = 5


def status_targets(
    apps: tuple[str, ...], aliases: tuple[Alias, ...], account: str
) -> tuple[ResolvedTarget, ...] | UnknownAlias:
    """Return the targets that the words name, without words those of all aliases."""
    if not apps:
        return tuple(ResolvedTarget(alias.target, alias.name) for alias in aliases)
    named: dict[str, ResolvedTarget] = {}
    for word in apps:
        found = resolve_target(word, aliases, account)
        if isinstance(found, UnknownAlias):
            return found
        named[word] = found
    return tuple(named.values())


async def read_status(stores: Stores, chosen: tuple[ResolvedTarget, ...]) -> Status:
    """Return the live state of each target, in their order."""
    turns = asyncio.Semaphore(_READS_AT_ONCE)
    timeout = DETAILS_TIMEOUT if len(chosen) <= _DETAILED_UP_TO else None

    async def read(one: ResolvedTarget) -> TargetStatus:
        async with turns:
            store = stores[one.target.account]
            seen = await read_snapshot(store, one.target, details_timeout=timeout)
        return TargetStatus(one.alias, one.target, seen)

    return Status(tuple(await asyncio.gather(*map(read, chosen))))


async def read_history(
    events: EventRepository, place: Place, target: Target | None, about: str | None
) -> History:
    """Return what happened in the channel last, to one target or to all."""
    page = await events.list_history(place, target, HISTORY_LENGTH)
    return History(page.entries, about, page.unread)


def history_of(history: History, targets: Collection[Target]) -> History:
    """Return the part of a history that is about these targets."""
    entries = [
        entry
        for entry in history.entries
        if (
            entry.snapshot.ref.target
            if isinstance(entry, Request)
            else entry.alias.target
        )
        in targets
    ]
    return replace(history, entries=tuple(entries))
