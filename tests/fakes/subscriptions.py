"""The subscriptions in memory, proved by the tests of the SQL ones in tests/db."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.requests import Alias, Asker, Place
from bot.domain.submissions import Target
from bot.domain.subscriptions import Subscription, muted, subscription_changed
from bot.domain.watching import Topics
from tests.fakes.memory import Repository, channel_of


class FakeSubscriptions(Repository):
    """What each channel is told about."""

    async def list_subscriptions(self, place: Place) -> Sequence[Subscription]:
        """Return what the channel follows, and what it is told nothing of, by name."""
        self.reach()
        kept, named = self._kept(place), self._named(place)
        found = [
            _with_names(one, named.get(target, []))
            for target, one in kept.items()
            if target in named or not one.by_alias
        ]
        found += [
            self._by_aliases(place, aliases)
            for target, aliases in named.items()
            if target not in kept
        ]
        return sorted(found, key=lambda one: one.sort_key)

    async def put_subscription(
        self, place: Place, before: Subscription | None, after: Subscription
    ) -> bool:
        """Store a subscription that somebody has changed, and its event."""
        memory, kept = self.reach(), self._kept(place)
        stored = kept.get(after.target)
        if stored is not None and not _stands(stored, before):
            return False
        kept[after.target] = replace(after, alias=None)
        memory.append(subscription_changed(after, place))
        return True

    async def remove_subscription(
        self, place: Place, before: Subscription, asker: Asker
    ) -> bool:
        """Remove a subscription, and store the event."""
        memory, kept = self.reach(), self._kept(place)
        stored = kept.get(before.target)
        if stored is None or not _stands(stored, before):
            return False
        del kept[before.target]
        memory.append(subscription_changed(muted(before, asker), place))
        return True

    async def end_unnamed(self, place: Place) -> None:
        """End what the channel has followed by aliases that are gone."""
        self.reach()
        kept, named = self._kept(place), self._named(place)
        gone = [t for t, one in kept.items() if one.by_alias and t not in named]
        for target in gone:
            del kept[target]

    def _kept(self, place: Place) -> dict[Target, Subscription]:
        return self.memory.subscriptions.setdefault(channel_of(place), {})

    def _named(self, place: Place) -> dict[Target, list[Alias]]:
        named: dict[Target, list[Alias]] = {}
        aliases = self.memory.aliases.get(channel_of(place), {})
        for _, alias in sorted(aliases.items()):
            named.setdefault(alias.target, []).append(alias)
        return named

    def _by_aliases(self, place: Place, aliases: list[Alias]) -> Subscription:
        times = self.memory.alias_times
        made = Subscription(
            aliases[0].target,
            Topics.ALL,
            by_alias=True,
            added_by=min(alias.added_by for alias in aliases),
            added_at=min(times[channel_of(place), alias.name] for alias in aliases),
        )
        return _with_names(made, aliases)


def _with_names(one: Subscription, aliases: list[Alias]) -> Subscription:
    if not aliases:
        return one
    flights = [alias.flight_name for alias in aliases if alias.flight_name]
    return replace(
        one,
        alias=aliases[0].name,
        app_name=one.app_name or min(alias.app_name for alias in aliases),
        flight_name=one.flight_name or min(flights, default=None),
    )


def _stands(stored: Subscription, before: Subscription | None) -> bool:
    if before is None:
        return False
    return stored.same_wish(before) and stored.added_at == before.added_at
