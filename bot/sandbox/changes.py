"""Tell everyone who listens that something in the sandbox changed."""

import asyncio
from weakref import WeakSet


class Changes:
    """A broadcaster of change kinds ("store", "slack") inside one event loop.

    Listeners learn *that* a kind changed, not how often: changes that come
    before a listener looks are folded into one, so a slow page costs no memory.
    """

    def __init__(self) -> None:
        self._listeners: WeakSet[Listener] = WeakSet()
        self._counts: dict[str, int] = {}

    def tell(self, kind: str) -> None:
        """Wake every listener for `kind`."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        for listener in self._listeners:
            listener.hear(kind)

    def count(self, kind: str) -> int:
        """Give how many changes of `kind` there were since the start."""
        return self._counts.get(kind, 0)

    def listen(self) -> "Listener":
        """Start to listen now; `async for kind in changes.listen()` never ends.

        Drop the listener to stop.
        """
        listener = Listener()
        self._listeners.add(listener)
        return listener


class Listener:
    """One reader of changes; its wait may be cancelled and taken up again.

    A class and not a generator: a generator would be finished by the first
    timeout, and would hear nothing before its first step.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, None] = {}
        self._ready = asyncio.Event()

    def hear(self, kind: str) -> None:
        """Remember `kind` until the reader comes for it."""
        self._kinds[kind] = None
        self._ready.set()

    def __aiter__(self) -> "Listener":
        return self

    async def __anext__(self) -> str:
        await self._ready.wait()
        kind = next(iter(self._kinds))
        del self._kinds[kind]
        if not self._kinds:
            self._ready.clear()
        return kind
