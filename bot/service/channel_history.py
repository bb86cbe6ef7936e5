"""The history of a channel: its requests, and what was changed elsewhere."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from typing import Final

from bot.domain.app_names import (
    AmbiguousName,
    ResolvedTarget,
    Words,
    is_all,
    split_apps,
    unknown_app,
)
from bot.domain.change_log import ChangeLog
from bot.domain.history import Entry, HistoryPage, newest_first
from bot.domain.outcomes import History
from bot.domain.policy_history import PolicyChange, named_change
from bot.domain.ramp_history import RampHistory
from bot.domain.requests import Alias, Place, Request
from bot.domain.submissions import Target
from bot.domain.usage import UnknownAlias
from bot.domain.watching import Topics
from bot.service.repositories import EventRepository, Repositories

HISTORY_LENGTH: Final = 10
# The log lists them as they were asked for; what ended last may be further back.
_READ_BACK: Final = 5 * HISTORY_LENGTH
# More than a rollout has, by far: a chart shows its whole course.
_MOST_CHANGES: Final = 100


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


def recent_history(
    events: EventRepository, place: Place
) -> Callable[[], Awaitable[HistoryPage]]:
    """Return what reads the last entries of the channel's own."""
    return lambda: events.list_history(place, None, _READ_BACK)


async def read_history(
    repositories: Repositories, place: Place, chosen: ResolvedTarget | None
) -> History:
    """Return what happened last in the channel, and to what it follows.

    Of one target it has the course of the percentage, too.
    """
    events = repositories.events
    if chosen is not None:
        page = await events.list_history(place, chosen.target, _READ_BACK)
        log = await events.list_changes(place, chosen.target, _MOST_CHANGES)
        entries = _together(page.entries, [log])
        return History(entries, chosen.word, page.unread + log.unread, log.points)
    page = await events.list_history(place, None, _READ_BACK)
    logs = [
        # What a request of the channel has brought counts, too: it is as new.
        await events.list_changes(place, target, HISTORY_LENGTH)
        for target in await _followed(repositories, place)
    ]
    entries = _together(page.entries, logs)
    return History(entries, None, page.unread + sum(log.unread for log in logs))


def _together(own: Sequence[Entry], logs: Sequence[ChangeLog]) -> tuple[Entry, ...]:
    """Return the newest of the channel's own entries and of what it follows.

    A ramp of the channel may be an entry of its own, and be found by its steps.
    """
    known = {one.request.id for one in own if isinstance(one, RampHistory)}
    ramps = (ramp for log in logs for ramp in log.ramps if ramp.request.id not in known)
    elsewhere = (change for log in logs for change in log.elsewhere)
    return newest_first((*own, *ramps, *elsewhere))[:HISTORY_LENGTH]


def with_names(history: History, aliases: Collection[Alias]) -> History:
    """Return the history with the names that the aliases know, where it has ids."""
    entries = [
        named_change(entry, aliases) if isinstance(entry, PolicyChange) else entry
        for entry in history.entries
    ]
    return replace(history, entries=tuple(entries))


def history_of(history: History, targets: Collection[Target]) -> History:
    """Return the part of a history that is about these targets."""
    entries = [
        entry
        for entry in history.entries
        if (entry.snapshot.ref.target if isinstance(entry, Request) else entry.target)
        in targets
    ]
    return replace(history, entries=tuple(entries))


async def _followed(repositories: Repositories, place: Place) -> list[Target]:
    subscriptions = await repositories.subscriptions.list_subscriptions(place)
    return [one.target for one in subscriptions if one.topics is not Topics.NONE]
