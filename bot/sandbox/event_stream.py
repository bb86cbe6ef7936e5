"""Server-Sent Events that notify every open page of changes."""

import asyncio
from collections.abc import AsyncIterator, Callable

from aiohttp import web

PATH = "/sandbox/events"
PING_SECONDS = 15.0
# How long a browser waits before it connects again, in milliseconds.
RETRY_MS = 500


class EventStream:
    """Serves the event streams of all pages.

    `subscribe` returns a new iterator over kinds of change ("slack", "store", "clock").
    """

    def __init__(
        self,
        subscribe: Callable[[], AsyncIterator[str]],
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._subscribe = subscribe
        self._ping_seconds = ping_seconds
        self._count = 0
        self._closing = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """Return the route `GET /sandbox/events`."""
        return [web.get(PATH, self._stream)]

    def close(self) -> None:
        """End every open stream, so that the server can stop at once."""
        self._closing.set()

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"},
        )
        changes = self._subscribe()
        # The subscription begins before the browser learns that it is connected, and
        # only then does it read the state: no change can be missed between the two.
        change = asyncio.ensure_future(anext(changes))
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await response.prepare(request)
            await response.write(f"retry: {RETRY_MS}\n\n".encode())
            while True:
                await asyncio.wait(
                    {change, closing},
                    timeout=self._ping_seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if closing.done():
                    return response
                if change.done():
                    await response.write(self._event(change.result()))
                    change = asyncio.ensure_future(anext(changes))
                else:
                    await response.write(b": still here\n\n")
        except ConnectionResetError:
            # The page was closed, so nobody is left to notify.
            return response
        finally:
            change.cancel()
            closing.cancel()
            await asyncio.gather(change, closing, return_exceptions=True)

    def _event(self, kind: str) -> bytes:
        self._count += 1
        return f"event: {kind}\ndata: {self._count}\n\n".encode()
