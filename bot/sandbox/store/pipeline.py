"""Request pipeline: log, delay, inject a fault, take effect, respond."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from bot.sandbox.store.fault_responses import damaged_response, replacement_response
from bot.sandbox.store.faults import WRITES, ArmedFault
from bot.sandbox.store.journal import Entry, milliseconds_since
from bot.sandbox.store.responses import ApiResponse, Transmission
from bot.sandbox.store.state import StoreState
from bot.sandbox.store.transmission import send_response

# How often a held-back response checks whether its client is still connected.
CHECK_SECONDS = 0.05

Hook = Callable[[Entry], Awaitable[None]]
Effect = Callable[[], ApiResponse]
Precheck = Callable[[], ApiResponse | None]
Replacement = Callable[[ArmedFault], ApiResponse | None]


class RequestPipeline:
    """Processes every request to the Store and to the token authority.

    The state's latency is added to each, half before the effect and half after it.
    `before` and `after` are awaited with the journal's entry just before and just
    after the effect, so that a test can hold several calls or kill a process between.
    The effect itself, with its fault and its saving, happens without an await.
    """

    def __init__(self, state: StoreState) -> None:
        self.before: Hook | None = None
        self.after: Hook | None = None
        self._state = state
        self._closed = False

    def close(self) -> None:
        """Send held-back responses at once, so that a server can stop."""
        self._closed = True

    async def process(
        self,
        request: web.Request,
        operation: str,
        effect: Effect,
        precheck: Precheck = lambda: None,
        replacement: Replacement = replacement_response,
    ) -> web.StreamResponse:
        """Answer one request.

        `precheck` returns the response to a call that is not admitted (it meets no
        fault), `effect` does the work, `replacement` returns the response that an
        armed fault sends in place of the work.
        """
        started = time.monotonic()
        entry = self._log(request, operation, len(await request.read()))
        await self._hold(request, self._state.latency / 2)
        if self.before is not None:
            await self.before(entry)
        response = precheck() or self._respond(operation, entry, effect, replacement)
        if self.after is not None:
            await self.after(entry)
        if response.delay:
            # The effect comes long before its response, and subscribers must see it.
            self._state.notify()
        await self._hold(request, self._state.latency / 2 + response.delay)
        dropped = response.transmission is Transmission.DROPPED
        entry.status = None if dropped else response.status
        entry.ms = milliseconds_since(started)
        self._state.notify()
        return await send_response(
            request, response, self._correlation(entry, response)
        )

    def _correlation(self, entry: Entry, response: ApiResponse) -> str | None:
        absent = self._state.switches.gateway_correlation_id == "absent"
        return None if response.by_gateway and absent else entry.correlation_id

    def _log(self, request: web.Request, operation: str, length: int) -> Entry:
        return self._state.journal.begin(
            operation=operation,
            method=request.method,
            path=request.path,
            query=request.query_string,
            length=length,
            content_type=request.headers.get("Content-Type"),
        )

    def _respond(
        self, operation: str, entry: Entry, effect: Effect, replacement: Replacement
    ) -> ApiResponse:
        armed = self._state.faults.take(operation)
        instead = replacement(armed) if armed is not None else None
        response = instead or effect()
        changed = instead is None and operation in WRITES
        entry.effect = changed and response.status < HTTPStatus.MULTIPLE_CHOICES
        if armed is None:
            return response
        entry.fault = armed.fault.value
        self._state.save()
        return instead or damaged_response(armed, response)

    async def _hold(self, request: web.Request, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (rest := end - time.monotonic()) > 0 and not self._closed:
            if request.transport is None or request.transport.is_closing():
                return
            await asyncio.sleep(min(rest, CHECK_SECONDS))
