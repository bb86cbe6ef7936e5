"""Broadcast of change notifications inside one event loop."""

import asyncio
from weakref import WeakSet


class Broadcaster:
    """Notifies subscribers that a kind of thing changed: "store", "slack", "clock".

    Subscribers learn *that* a kind changed, not how often: changes that come before
    a subscriber reads them are merged into one, so a slow page costs no memory.
    """

    def __init__(self) -> None:
        self._subscriptions: WeakSet[Subscription] = WeakSet()
        self._counts: dict[str, int] = {}

    def send(self, kind: str) -> None:
        """Notify every subscriber that `kind` changed."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        for subscription in self._subscriptions:
            subscription.add(kind)

    def count(self, kind: str) -> int:
        """Return how many changes of `kind` were sent since the start."""
        return self._counts.get(kind, 0)

    def subscribe(self) -> "Subscription":
        """Subscribe from now on; `async for kind in subscription` never ends.

        Drop the subscription to unsubscribe.
        """
        subscription = Subscription()
        self._subscriptions.add(subscription)
        return subscription


class Subscription:
    """The changes one subscriber has not read yet; a cancelled wait loses none.

    A class and not a generator: the first cancelled wait would finish a generator,
    and it would miss what is sent before its first step.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, None] = {}
        self._ready = asyncio.Event()

    def add(self, kind: str) -> None:
        """Keep `kind` until it is read."""
        self._kinds[kind] = None
        self._ready.set()

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> str:
        await self._ready.wait()
        kind = next(iter(self._kinds))
        del self._kinds[kind]
        if not self._kinds:
            self._ready.clear()
        return kind
