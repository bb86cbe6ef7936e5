"""Aliases: name an app or a flight in a channel, after reading it from the Store."""

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from bot.domain import failures
from bot.domain.alias_commands import AddAlias, RemoveAlias
from bot.domain.command_words import fold
from bot.domain.outcomes import AliasAdded, AliasRemoved
from bot.domain.requests import MOST_ALIASES, Alias, Asker
from bot.domain.results import Refused, Unavailable
from bot.domain.rollout import RefusalReason
from bot.domain.submissions import Flight, Target
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.service.ports import Store
from bot.service.repositories import AliasRepository
from bot.service.snapshots import outcome_of

_FULL: Final = Usage(Misuse.TOO_MANY_ALIASES, str(MOST_ALIASES))


async def add_alias(
    store: Store,
    aliases: AliasRepository,
    command: AddAlias,
    target: Target,
    asker: Asker,
) -> AliasAdded | Usage | Refused | Unavailable:
    """Store the alias once the Store has shown that the app and the flight exist."""
    existing = await aliases.list_aliases(asker.place)
    known = any(alias.name == command.name for alias in existing)
    if len(existing) >= MOST_ALIASES and not known:
        return _FULL
    try:
        app = await store.get_app(command.app_id)
        flight: Flight | None = None
        if command.flight is not None:
            flights = await store.list_flights(app.app_id)
            found = _pick(flights, command.flight)
            if not isinstance(found, Flight):
                return found
            flight = found
    except failures.StoreError as failure:
        return outcome_of(failure)
    alias = Alias(
        name=command.name,
        target=replace(target, flight_id=flight.flight_id if flight else None),
        app_name=app.name,
        flight_name=flight.name if flight else None,
        added_by=asker.person.user_id,
    )
    kept = await aliases.add_alias(asker.place, alias, asker.at)
    if kept is None:
        return _FULL
    if kept.target != alias.target:
        label = f"{kept.app_name} / {kept.flight_name}" if kept.flight_name else None
        return Usage(
            Misuse.ALIAS_TAKEN, label or kept.app_name, f"alias remove {kept.name}"
        )
    return AliasAdded(kept, published=(flight or app).published_id is not None)


async def remove_alias(
    aliases: AliasRepository, command: RemoveAlias, asker: Asker
) -> AliasRemoved | UnknownAlias:
    """Remove the alias; the app itself is not touched."""
    removed = await aliases.remove_alias(
        asker.place, command.name, asker.person.user_id, asker.at
    )
    if removed is not None:
        return AliasRemoved(removed)
    names = [alias.name for alias in await aliases.list_aliases(asker.place)]
    near = tuple(get_close_matches(command.name, names))
    return UnknownAlias(command.name, near or tuple(names), near=bool(near))


def _pick(flights: Sequence[Flight], wanted: str) -> Flight | Refused:
    """Find a flight by its id or by its friendly name; a name must be unique."""
    plain = fold(wanted)
    for flight in flights:
        if flight.flight_id.lower() == plain:
            return flight
    named = [flight for flight in flights if fold(flight.name) == plain]
    if len(named) == 1:
        return named[0]
    known = tuple(
        f"{flight.name} ({flight.flight_id})" for flight in (named or flights)
    )
    return Refused(RefusalReason.NO_SUCH_FLIGHT, known=known)
