"""The status of rollouts: a query, which changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from bot.domain.app_names import (
    AmbiguousName,
    ResolvedTarget,
    Words,
    is_all,
    split_apps,
    unknown_app,
)
from bot.domain.history import Entry, HistoryPage
from bot.domain.locks import HeldLock, held_on
from bot.domain.operations import Operation
from bot.domain.outcomes import Status, TargetStatus
from bot.domain.ramp_history import RampHistory, RampStep
from bot.domain.requests import Alias, Request
from bot.domain.results import Done
from bot.domain.rollout import Rollout
from bot.domain.submissions import Snapshot, SubmissionRef
from bot.domain.usage import UnknownAlias
from bot.domain.verbs import Phase
from bot.service.observations import Observation
from bot.service.readings import Readings
from bot.service.snapshots import DETAILS_TIMEOUT

# As many as a channel has aliases, and one message shows.
MOST_SHOWN: Final = 50
# The Store allows few requests a minute (20 were documented once), so a status of many
# targets leaves their versions out.
_DETAILED_UP_TO: Final = 3
# Seconds after which the asker is told that the Store is being asked.
_QUIET_SECONDS: Final = 0.7
# How many submissions a status of many targets reads for their versions alone, and one
# of a few: the rollouts of the next status need the request budget, too.
_VERSIONS_OF_MANY: Final = 2
_VERSIONS_OF_FEW: Final = _DETAILED_UP_TO
# What the others get is asked about while there are others.
_WITH_OTHERS: Final = (Phase.IN_PROGRESS, Phase.STOPPED)
# What was seen first a moment ago says nothing about since when it is so.
_SEEN_FOR: Final = timedelta(minutes=1)

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


async def read_status(  # noqa: PLR0913, PLR0917 - one part each
    readings: Readings,
    chosen: tuple[ResolvedTarget, ...],
    turn: asyncio.Lock,
    now: Callable[[], datetime],
    on_reading: OnReading,
    history: Callable[[], Awaitable[HistoryPage]],
) -> Status:
    """Return the state of each target; without a turn nothing is read.

    `on_reading` is called where the answer takes longer than a moment; `history` reads
    the channel's, which says what was changed here.
    """
    shown = chosen[:MOST_SHOWN]
    reading = asyncio.create_task(_read(readings, shown, turn, now, history))
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
    history: Callable[[], Awaitable[HistoryPage]],
) -> tuple[TargetStatus, ...]:
    timeout = DETAILS_TIMEOUT if len(chosen) <= _DETAILED_UP_TO else None
    targets = [one.target for one in chosen]
    async with turn:
        seen = await readings.read_for_status(targets, details_timeout=timeout)
        versions = await readings.read_versions(
            _submissions(seen),
            _VERSIONS_OF_MANY if timeout is None else _VERSIONS_OF_FEW,
        )
    at, changed = now(), _changes((await history()).entries) if chosen else {}
    return tuple(
        _standing(one, found, versions, changed, at)
        for one, found in zip(chosen, seen, strict=True)
    )


def _submissions(seen: Sequence[Observation]) -> list[SubmissionRef]:
    """Return the submissions whose versions are shown, what is in progress first."""
    shown = [one.seen for one in seen if isinstance(one.seen, Snapshot)]
    shown.sort(key=lambda one: one.rollout.phase is not Phase.IN_PROGRESS)
    own = [one.ref for one in shown if not one.versions]
    others = [one.fallback for one in shown if one.rollout.phase in _WITH_OTHERS]
    return [*own, *filter(None, others)]


def _standing(
    one: ResolvedTarget,
    found: Observation,
    versions: Mapping[SubmissionRef, tuple[str, ...]],
    changed: Mapping[SubmissionRef, tuple[Rollout, datetime]],
    at: datetime,
) -> TargetStatus:
    seen, age = found.seen, at - found.at
    if not isinstance(seen, Snapshot):
        return TargetStatus(one.alias, one.target, seen, age)
    after, changed_at = changed.get(seen.ref, (None, None))
    here = after is not None and seen.rollout.same_as(after)
    fallback = seen.fallback if seen.rollout.phase in _WITH_OTHERS else None
    return TargetStatus(
        one.alias,
        one.target,
        replace(seen, versions=seen.versions or versions.get(seen.ref, ())),
        age,
        others=() if fallback is None else versions.get(fallback, ()),
        seen_since=_long_ago(found.since, at),
        changed_here=changed_at if here else None,
    )


def _long_ago(since: datetime | None, at: datetime) -> datetime | None:
    return since if since is not None and at - since >= _SEEN_FOR else None


def _changes(
    entries: Sequence[Entry],
) -> dict[SubmissionRef, tuple[Rollout, datetime]]:
    """Return what the channel's requests have last made of each submission, and when.

    The steps of a ramp that it has asked for count, too.
    """
    made: dict[SubmissionRef, tuple[Rollout, datetime]] = {}
    for ref, after, at in chain.from_iterable(map(_made, entries)):
        if ref not in made or made[ref][1] < at:
            made[ref] = after, at
    return made


def _made(entry: Entry) -> Iterator[tuple[SubmissionRef, Rollout, datetime]]:
    match entry:
        case Request(
            operation=Operation(
                ref=ref, result=Done(after=after), finished_at=datetime() as at
            )
        ):
            yield ref, after, at
        case RampHistory(request=request, course=course):
            for step in course:
                if isinstance(step, RampStep) and isinstance(step.result, Done):
                    yield request.snapshot.ref, step.result.after, step.at
        case _:
            return


def with_locks(status: Status, holding: Sequence[HeldLock]) -> Status:
    """Return the status with the locks that hold each target."""
    targets = (
        replace(one, locks=held_on(holding, one.target)) for one in status.targets
    )
    return replace(status, targets=tuple(targets))


def in_progress_first(status: Status) -> Status:
    """Return the status with the open rollouts at its beginning."""
    return replace(status, targets=tuple(sorted(status.targets, key=_is_over)))


def _is_over(one: TargetStatus) -> bool:
    seen = one.seen
    return not (isinstance(seen, Snapshot) and seen.rollout.phase is Phase.IN_PROGRESS)
