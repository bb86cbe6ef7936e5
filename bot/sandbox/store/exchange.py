"""The way of every call: noted, delayed, struck by a fault, answered."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from bot.sandbox.changes import Changes
from bot.sandbox.store.answers import Answer, Delivery
from bot.sandbox.store.damage import instead, spoil
from bot.sandbox.store.delivery import deliver
from bot.sandbox.store.faults import WRITES, Armed, Faults
from bot.sandbox.store.journal import Entry, Journal, milliseconds_since

# How often a held-back answer looks whether anybody still waits for it.
LOOK = 0.05

Hook = Callable[[Entry], Awaitable[None]]
Effect = Callable[[], Answer]


class Exchange:
    """Carries calls; `latency` (seconds) is added to each, half before, half after.

    `before` and `after` are awaited with the journal's entry just before and just
    after the effect, so that a test can hold calls together or die between. The
    effect itself, with its fault and its saving, happens without an await.
    """

    def __init__(self, changes: Changes | None, keep: Callable[[], None]) -> None:
        self.faults = Faults()
        self.journal = Journal()
        self.latency = 0.0
        self.before: Hook | None = None
        self.after: Hook | None = None
        self._changes = changes
        self._keep = keep
        self._closed = False

    def close(self) -> None:
        """Let held-back answers go, so that a server can stop at once."""
        self._closed = True

    def tell(self) -> None:
        """Tell who listens that the Store changed."""
        if self._changes is not None:
            self._changes.tell("store")

    async def carry(
        self,
        request: web.Request,
        operation: str,
        effect: Effect,
        gate: Callable[[], Answer | None] = lambda: None,
        replacement: Callable[[Armed], Answer | None] = instead,
    ) -> web.StreamResponse:
        """Answer one request.

        `gate` gives the answer of a call that is not let in (it meets no fault),
        `effect` does the work, `replacement` gives what an armed fault answers
        in the place of the work.
        """
        started = time.monotonic()
        entry = self._note(request, operation, len(await request.read()))
        await self._hold(request, self.latency / 2)
        if self.before is not None:
            await self.before(entry)
        answer = gate() or self._struck(operation, entry, effect, replacement)
        if self.after is not None:
            await self.after(entry)
        if answer.wait:
            # The effect is there long before its answer, and whoever watches sees it.
            self.tell()
        await self._hold(request, self.latency / 2 + answer.wait)
        dropped = answer.delivery is Delivery.DROPPED
        entry.status = None if dropped else answer.status
        entry.ms = milliseconds_since(started)
        self.tell()
        return await deliver(request, answer, entry.correlation_id)

    def _note(self, request: web.Request, operation: str, length: int) -> Entry:
        return self.journal.begin(
            operation=operation,
            method=request.method,
            path=request.path,
            query=request.query_string,
            length=length,
            content_type=request.headers.get("Content-Type"),
        )

    def _struck(
        self,
        operation: str,
        entry: Entry,
        effect: Effect,
        replacement: Callable[[Armed], Answer | None],
    ) -> Answer:
        armed = self.faults.take(operation)
        early = replacement(armed) if armed is not None else None
        answer = early or effect()
        changed = early is None and operation in WRITES
        entry.effect = changed and answer.status < HTTPStatus.MULTIPLE_CHOICES
        if armed is None:
            return answer
        entry.fault = armed.fault.value
        self._keep()
        return early or spoil(armed, answer)

    async def _hold(self, request: web.Request, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (rest := end - time.monotonic()) > 0 and not self._closed:
            if request.transport is None or request.transport.is_closing():
                return
            await asyncio.sleep(min(rest, LOOK))
