"""Answer what can be asked without changing anything: the status and the history."""

import asyncio
from typing import Final

from bot.domain.commands import AskHistory, AskStatus
from bot.domain.outcomes import History, Status, TargetStatus, UnknownAlias
from bot.domain.requests import Place
from bot.domain.targets import ResolvedTarget, resolve_target
from bot.service.ports import Aliases, Requests, Store
from bot.service.snapshots import PATIENCE, read_snapshot

HISTORY_LENGTH: Final = 10
# The Store allows few calls a minute (20 were documented once), so a status of many
# aliases reads a few targets at a time and leaves their versions out.
_SURVEYS_AT_ONCE: Final = 4
_DETAILED_UP_TO: Final = 5


async def status(
    store: Store, memory: Aliases, command: AskStatus, place: Place
) -> Status | UnknownAlias:
    """Return the live state of one target, or of every alias of the channel."""
    aliases = await memory.list_aliases(place)
    if command.app is None:
        chosen = [ResolvedTarget(alias.target, alias.name) for alias in aliases]
    else:
        one = resolve_target(command.app, aliases)
        if isinstance(one, UnknownAlias):
            return one
        chosen = [one]
    turns = asyncio.Semaphore(_SURVEYS_AT_ONCE)
    detail = len(chosen) <= _DETAILED_UP_TO

    async def standing(one: ResolvedTarget) -> TargetStatus:
        async with turns:
            seen = await read_snapshot(
                store, one.target, patience=PATIENCE if detail else None
            )
        return TargetStatus(one.alias, one.target, seen)

    return Status(tuple(await asyncio.gather(*map(standing, chosen))))


async def history(
    requests: Requests, memory: Aliases, command: AskHistory, place: Place
) -> History | UnknownAlias:
    """Return the channel's last requests, of one target or of all."""
    target = None
    if command.app is not None:
        chosen = resolve_target(command.app, await memory.list_aliases(place))
        if isinstance(chosen, UnknownAlias):
            return chosen
        target = chosen.target
    past = await requests.list_requests(place, target, HISTORY_LENGTH)
    return History(past.requests, command.app, past.unread)
