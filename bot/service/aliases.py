"""Aliases: name an app or a flight in a channel, after reading it from the Store."""

from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from bot.domain.alias_commands import AddAlias, RemoveAlias
from bot.domain.outcomes import AliasAdded, AliasRemoved
from bot.domain.requests import MOST_ALIASES, Alias, Asker
from bot.domain.results import Refused, Unavailable
from bot.domain.submissions import Target
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.service.ports import Store
from bot.service.repositories import AliasRepository, SubscriptionRepository
from bot.service.target_lookup import FoundTarget, look_up

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
    found = await look_up(store, command.app_id, command.flight)
    if not isinstance(found, FoundTarget):
        return found
    app, flight = found.app, found.flight
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
    return AliasAdded(kept, published=found.published)


async def remove_alias(
    aliases: AliasRepository,
    subscriptions: SubscriptionRepository,
    command: RemoveAlias,
    asker: Asker,
) -> AliasRemoved | UnknownAlias:
    """Remove the alias, and with the last one of a target what follows by it.

    What somebody has subscribed to stays; the app itself is not touched.
    """
    removed = await aliases.remove_alias(
        asker.place, command.name, asker.person.user_id, asker.at
    )
    if removed is not None:
        await subscriptions.end_unnamed(asker.place)
        left = await subscriptions.list_subscriptions(asker.place)
        followed = (one for one in left if one.target == removed.target)
        return AliasRemoved(removed, next((o for o in followed if not o.alias), None))
    names = [alias.name for alias in await aliases.list_aliases(asker.place)]
    near = tuple(get_close_matches(command.name, names))
    return UnknownAlias(command.name, near or tuple(names), near=bool(near))
