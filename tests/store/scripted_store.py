"""A Store that answers as a test has written down, over a real connection."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from aiohttp import web

from bot.store import StoreTimeouts

EXAMPLES = Path(__file__).parent.parent / "examples" / "store"
# Tries again at once, but waits for an answer as long as a busy machine may take.
QUICK = StoreTimeouts(first_pause=0.001)
# For a Store that stays silent: what this client waits for does not come.
HASTY = replace(QUICK, read=1.0, write=0.3)
CORRELATION = {"MS-CorrelationId": "9b0b3a1c-0000-4000-8000-000000000042"}

Step = Callable[[web.Request], Awaitable[web.StreamResponse]]


def example(name: str) -> bytes:
    """Return the bytes of one recorded or documented answer."""
    return (EXAMPLES / name).read_bytes()


@dataclass(frozen=True)
class Call:
    """One request as it came in; `path` is raw, with its query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class ScriptedStore:
    """Keeps what it is asked, and answers with one step after the other."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.address = ""
        self._steps: deque[Step] = deque()

    def will(self, *steps: Step) -> None:
        """Add steps; a call beyond the last one is answered with 418."""
        self._steps.extend(steps)

    def will_reply(
        self, status: int, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        """Add a plain answer."""
        self.will(reply(status, body, headers))

    @property
    def paths(self) -> list[str]:
        """The calls as `METHOD path`."""
        return [f"{call.method} {call.path}" for call in self.calls]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Note the call and take the next step."""
        body = await request.read()
        headers = dict(request.headers)
        self.calls.append(Call(request.method, request.raw_path, headers, body))
        step = self._steps.popleft() if self._steps else reply(418)
        response = await step(request)
        if request.secure:
            # Closing a kept TLS connection waits for a client that has long gone.
            response.force_close()
        return response


def reply(
    status: int, body: bytes = b"", headers: dict[str, str] | None = None
) -> Step:
    """Answer at once, with no Content-Type but one that is among the headers."""

    async def step(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=headers)

    return step


def reset() -> Step:
    """Take the request and cut the connection without a word."""

    async def step(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return step


def cut_off(body: bytes) -> Step:
    """Promise a whole body, send half of it and cut the connection."""

    async def step(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(body))})
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        assert request.transport is not None
        request.transport.close()
        return response

    return step


def slow(seconds: float = 60.0) -> Step:
    """Answer later than a hasty client waits, or go when the client has gone."""

    async def step(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.Response()

    return step


@dataclass
class Keys:
    """Tokens one can count; `renewals` holds the stale ones that came back."""

    renewals: list[str] = field(default_factory=list)

    async def token(self) -> str:
        return f"token-{len(self.renewals) + 1}"

    async def renew(self, stale: str) -> str:
        self.renewals.append(stale)
        return await self.token()


@asynccontextmanager
async def serving(
    store: ScriptedStore, context: ssl.SSLContext | None = None
) -> AsyncIterator[None]:
    """Serve on loopback while the block runs."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", store.serve)
    app.on_response_prepare.append(_forget_default_type)
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    scheme = "http" if context is None else "https"
    store.address = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield
    finally:
        await runner.cleanup()


async def _forget_default_type(_: web.Request, response: web.StreamResponse) -> None:
    # The Store leaves it out on some answers; aiohttp's server never does by itself.
    if response.content_type == "application/octet-stream":
        response.headers.pop("Content-Type", None)
