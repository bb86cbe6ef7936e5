"""Aliases: name an app or a flight in a channel, after reading it from the Store."""

from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from bot.domain.alias_commands import AddAlias, RemoveAlias
from bot.domain.channel_outcomes import (
    AliasAdded,
    AliasRemoved,
    AppGivenUp,
    LetInAsked,
)
from bot.domain.requests import MOST_ALIASES, Alias, Asker
from bot.domain.results import Refused, Unavailable
from bot.domain.submissions import Target, named_store_id
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.service.plan_repository import PlanRepository
from bot.service.ports import Store
from bot.service.release_channels import ReleaseChannels
from bot.service.repositories import AliasRepository, SubscriptionRepository
from bot.service.target_lookup import FoundTarget, look_up

_FULL: Final = Usage(Misuse.TOO_MANY_ALIASES, str(MOST_ALIASES))


async def add_alias(  # noqa: PLR0913, PLR0917 - one part each
    store: Store,
    aliases: AliasRepository,
    channels: ReleaseChannels,
    command: AddAlias,
    target: Target,
    asker: Asker,
) -> AliasAdded | LetInAsked | Usage | Refused | Unavailable:
    """Store the alias once the Store has shown that the app and the flight exist.

    Where other channels have the app, one of them has to let this one in before.
    """
    existing = await aliases.list_aliases(asker.place)
    known = next((alias for alias in existing if alias.name == command.name), None)
    if len(existing) >= MOST_ALIASES and known is None:
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
    if known is not None and known.target != alias.target:
        return _taken(known)
    let_in = await channels.name(alias.target, alias.app_name, asker)
    if isinstance(let_in, LetInAsked):
        return let_in
    kept = await aliases.add_alias(asker.place, alias, asker.at)
    if kept is None:
        return _FULL
    if kept.target != alias.target:
        return _taken(kept)
    return AliasAdded(kept, published=found.published, let_in=let_in)


async def remove_alias(  # noqa: PLR0913, PLR0917 - one part each
    aliases: AliasRepository,
    subscriptions: SubscriptionRepository,
    plans: PlanRepository,
    channels: ReleaseChannels,
    command: RemoveAlias,
    account: str,
    asker: Asker,
) -> AliasRemoved | AppGivenUp | UnknownAlias:
    """Remove the alias, and with the last one of a target what follows by it.

    What somebody has subscribed to stays; the app itself is not touched. With its last
    alias of an app the channel gives it up, and by its Store ID one without an alias.
    A ramp goes on, and is part of the answer.
    """
    live = await plans.list_live(asker.place.workspace)
    ramps = {plan.ref.target: plan for plan in live}
    removed = await aliases.remove_alias(
        asker.place, command.name, asker.person.user_id, asker.at
    )
    if removed is not None:
        await subscriptions.end_unnamed(asker.place)
        left = await subscriptions.list_subscriptions(asker.place)
        followed = (one for one in left if one.target == removed.target)
        return AliasRemoved(
            removed,
            next((o for o in followed if not o.alias), None),
            given_up=await channels.give_up(removed.target, asker),
            ramp=ramps.get(removed.target),
        )
    app_id = named_store_id(command.name)
    app = None if app_id is None else Target(account, app_id)
    if app is not None and await channels.give_up(app, asker):
        return AppGivenUp(app, ramps.get(app))
    names = [alias.name for alias in await aliases.list_aliases(asker.place)]
    near = tuple(get_close_matches(command.name, names))
    return UnknownAlias(command.name, near or tuple(names), near=bool(near))


def _taken(alias: Alias) -> Usage:
    label = f"{alias.app_name} / {alias.flight_name}" if alias.flight_name else None
    return Usage(
        Misuse.ALIAS_TAKEN, label or alias.app_name, f"alias remove {alias.name}"
    )
