"""Subscriptions: change and list what a channel is told about."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.domain.app_names import ResolvedTarget
from bot.domain.command_words import fold
from bot.domain.outcomes import CommandOutcome, Several
from bot.domain.permission import is_member
from bot.domain.requests import Asker
from bot.domain.results import Refused, Unavailable
from bot.domain.submissions import Target
from bot.domain.subscription_commands import (
    AskSubscribe,
    AskUnsubscribe,
    WantedSubscription,
    resolve_subscription,
)
from bot.domain.subscriptions import (
    MOST_SUBSCRIPTIONS,
    NotSubscribed,
    Subscribed,
    Subscription,
    Subscriptions,
    Unsubscribed,
    as_name,
    muted,
    subscribed,
)
from bot.domain.usage import Misuse, Usage
from bot.domain.watching import Topics
from bot.service.ports import Stores
from bot.service.release_channels import ReleaseChannels
from bot.service.repositories import Repositories
from bot.service.target_lookup import FoundTarget, look_up

_FULL: Final = Usage(Misuse.TOO_MANY_SUBSCRIPTIONS, str(MOST_SUBSCRIPTIONS))


class ChannelSubscriptions:
    """What channels are told about. Every method raises StorageUnavailable."""

    def __init__(
        self,
        stores: Stores,
        account: str,
        repositories: Repositories,
        channels: ReleaseChannels,
    ) -> None:
        self._stores = stores
        self._account = account
        self._aliases = repositories.aliases
        self._repository = repositories.subscriptions
        self._channels = channels

    async def listed(self, asker: Asker) -> Subscriptions:
        """Return what the channel is told; a guest sees what has an alias there."""
        found = await self._repository.list_subscriptions(asker.place)
        guest = not is_member(asker.person, asker.place)
        return Subscriptions(
            tuple(one for one in found if one.alias is not None or not guest)
        )

    async def change(
        self, ask: AskSubscribe | AskUnsubscribe, asker: Asker
    ) -> CommandOutcome:
        """Follow what the command names, or end that; several apps one by one."""
        known = await self._repository.list_subscriptions(asker.place)
        names = list(await self._aliases.list_aliases(asker.place))
        names += [as_name(one) for one in known if one.alias is None]
        wanted = resolve_subscription(ask, names, self._account)
        if not isinstance(wanted, WantedSubscription):
            return wanted
        change = self._subscribe if isinstance(ask, AskSubscribe) else self._end
        answers = [await change(app, wanted, asker, known) for app in wanted.apps]
        return answers[0] if len(answers) == 1 else Several(tuple(answers))

    async def _subscribe(
        self,
        app: ResolvedTarget,
        wanted: WantedSubscription,
        asker: Asker,
        known: Sequence[Subscription],
    ) -> CommandOutcome:
        found = _known(app, wanted.flight, known)
        if found is None and app.alias is None:
            denied = await self._channels.refuse_look(app.target, asker)
            if denied is not None:
                return denied
        start = found or await self._look_up(app.target, wanted.flight, asker)
        if not isinstance(start, Subscription):
            return start
        while True:
            listed = await self._repository.list_subscriptions(asker.place)
            before = _of(start.target, listed)
            if before is None and len(listed) >= MOST_SUBSCRIPTIONS:
                return _FULL
            was = before or muted(start, asker)
            after = subscribed(was, wanted.topics, wanted.mention, asker)
            if after == before:
                return Subscribed(after, before)
            if await self._repository.put_subscription(asker.place, before, after):
                return Subscribed(after, before)

    async def _look_up(
        self, target: Target, flight: str | None, asker: Asker
    ) -> Subscription | Refused | Unavailable:
        """Return a subscription that says nothing yet, once the Store knows what to."""
        found = await look_up(self._stores[target.account], target.app_id, flight)
        if not isinstance(found, FoundTarget):
            return found
        one = found.flight
        return Subscription(
            replace(target, flight_id=one.flight_id if one else None),
            Topics.NONE,
            by_alias=True,
            added_by=asker.person.user_id,
            added_at=asker.at,
            app_name=found.app.name,
            flight_name=one.name if one else None,
        )

    async def _end(
        self,
        app: ResolvedTarget,
        wanted: WantedSubscription,
        asker: Asker,
        known: Sequence[Subscription],
    ) -> CommandOutcome:
        """Let the alias stay, where there is one, and tell nothing of its target."""
        place, listed = asker.place, known
        while before := _known(app, wanted.flight, listed):
            if before.topics is Topics.NONE:
                return Unsubscribed(before, already=True)
            if before.alias is None:
                done = self._repository.remove_subscription(place, before, asker)
            else:
                after = muted(before, asker)
                done = self._repository.put_subscription(place, before, after)
            if await done:
                return Unsubscribed(before)
            listed = await self._repository.list_subscriptions(place)
        flight = f" flight {wanted.flight}" if wanted.flight else ""
        return NotSubscribed(f"{app.word}{flight}")


def _known(
    app: ResolvedTarget, flight: str | None, known: Sequence[Subscription]
) -> Subscription | None:
    """Return the subscription to an app, or to the flight of it that is named."""
    if flight is None:
        return _of(app.target, known)
    plain = fold(flight)
    found = [
        one
        for one in known
        if one.target.app_id == app.target.app_id
        and plain in {fold(one.target.flight_id or ""), fold(one.flight_name or "")}
    ]
    return found[0] if len(found) == 1 else None


def _of(target: Target, known: Sequence[Subscription]) -> Subscription | None:
    return next((one for one in known if one.target == target), None)
