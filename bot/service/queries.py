"""Queries, which change nothing: the status of rollouts and the history."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain.app_names import (
    AmbiguousName,
    ResolvedTarget,
    Words,
    is_all,
    split_apps,
    unknown_app,
)
from bot.domain.outcomes import History, Status, TargetStatus, UnknownAlias
from bot.domain.requests import Alias, Place, Request
from bot.domain.submissions import Snapshot, Target
from bot.domain.verbs import Phase
from bot.service.readings import Readings
from bot.service.repositories import EventRepository
from bot.service.snapshots import DETAILS_TIMEOUT

HISTORY_LENGTH: Final = 10
# The log lists them as they were asked for; what ended last may be further back.
_READ_BACK: Final = 5 * HISTORY_LENGTH
# As many as a channel has aliases, and one message shows.
MOST_SHOWN: Final = 50
# The Store allows few requests a minute (20 were documented once), so a status of many
# targets leaves their versions out.
_DETAILED_UP_TO: Final = 3
# Seconds after which the asker is told that the Store is being asked.
_QUIET_SECONDS: Final = 0.7

# Tells the asker which apps are being read, by the words that name them.
OnReading = Callable[[Words], Awaitable[None]]


def status_targets(
    words: Words, aliases: tuple[Alias, ...], account: str
) -> tuple[ResolvedTarget, ...] | UnknownAlias:
    """Return the targets that the words name, without words those of all aliases."""
    named = split_apps(words, aliases, account)
    if isinstance(named, AmbiguousName):
        return UnknownAlias(named.name, named.aliases, near=True)
    if not named.apps and (not words or is_all(words)):
        return tuple(ResolvedTarget(alias.target, alias.name) for alias in aliases)
    missing = named.unknown or named.rest
    return unknown_app(missing, aliases) if missing else named.apps


def history_target(
    words: Words, aliases: tuple[Alias, ...], account: str
) -> ResolvedTarget | UnknownAlias | None:
    """Return the target that the words begin with; None for the whole channel."""
    named = split_apps(words, aliases, account)
    if isinstance(named, AmbiguousName):
        return UnknownAlias(named.name, named.aliases, near=True)
    if named.apps and not named.unknown:
        return named.apps[0]
    return None if not words or is_all(words) else unknown_app(words, aliases)


async def read_status(
    readings: Readings,
    chosen: tuple[ResolvedTarget, ...],
    turn: asyncio.Lock,
    now: Callable[[], datetime],
    on_reading: OnReading,
) -> Status:
    """Return the state of each target; without a turn nothing is read.

    `on_reading` is called where the answer takes longer than a moment.
    """
    shown = chosen[:MOST_SHOWN]
    reading = asyncio.create_task(_read(readings, shown, turn, now))
    try:
        await asyncio.wait({reading}, timeout=_QUIET_SECONDS)
        if not reading.done():
            await on_reading(tuple(one.word for one in shown))
        return Status(await reading, more=len(chosen) - len(shown))
    finally:
        reading.cancel()


async def _read(
    readings: Readings,
    chosen: tuple[ResolvedTarget, ...],
    turn: asyncio.Lock,
    now: Callable[[], datetime],
) -> tuple[TargetStatus, ...]:
    timeout = DETAILS_TIMEOUT if len(chosen) <= _DETAILED_UP_TO else None
    targets = [one.target for one in chosen]
    async with turn:
        seen = await readings.read_for_status(targets, details_timeout=timeout)
    at = now()
    return tuple(
        TargetStatus(one.alias, one.target, found.seen, at - found.at)
        for one, found in zip(chosen, seen, strict=True)
    )


def in_progress_first(status: Status) -> Status:
    """Return the status with the open rollouts at its beginning."""
    return replace(status, targets=tuple(sorted(status.targets, key=_is_over)))


def _is_over(one: TargetStatus) -> bool:
    seen = one.seen
    return not (isinstance(seen, Snapshot) and seen.rollout.phase is Phase.IN_PROGRESS)


async def read_history(
    events: EventRepository, place: Place, target: Target | None, about: str | None
) -> History:
    """Return what happened in the channel last, to one target or to all."""
    page = await events.list_history(place, target, _READ_BACK)
    return History(page.entries[:HISTORY_LENGTH], about, page.unread)


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
