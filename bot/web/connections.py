"""Connections of the HTTP server: how many are open, and what each may take.

Whoever reaches the port needs no signature to open a connection and to send slowly.
When there are too many, the oldest unfinished request is closed, so that a new client
is served: one that sends its request at once is answered long before its turn comes.
Connections between two requests, such as a proxy's, are spared while they are few.
"""

import asyncio
import logging
from http import HTTPStatus
from itertools import chain
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

# Slack waits three seconds for an answer, so no request of its takes longer to arrive.
# Headers have as long, and then the body has as long again.
READ_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 20.0
# Longer than proxies keep a connection, mostly a minute: one that the bot closes while
# the proxy sends a click on it would lose that click.
IDLE_SECONDS: Final = 75.0
# What all clients together may have sent of requests that are not answered yet.
MOST_BUFFERED: Final = 8 * 1024 * 1024

# How long the rest of a refused body is read, so that its sender sees the answer.
_LINGERING_SECONDS: Final = 1.0
_SERVER_NAME: Final = "rollout-bot"
_MALFORMED: Final = "This is not a valid HTTP request.\n"

_log = logging.getLogger("bot.web")


class Connection(web.RequestHandler):
    """One connection; it is closed where its client takes too long."""

    __slots__ = ("_line", "_open", "_timer", "received")

    def __init__(
        self,
        server: web.Server,
        connections: "Connections",
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(
            server,
            loop=loop,
            # aiohttp's documentation names None as the way to write no such log.
            access_log=None,  # type: ignore[arg-type]
            logger=_log,
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=_LINGERING_SECONDS,
            # Slack compresses nothing, and its signature is that of the body as sent.
            auto_decompress=False,
        )
        self._open = connections
        self._line: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.received = 0

    @property
    def peer(self) -> str:
        """The address of the other side, which is a proxy's where there is one."""
        return str(self.peername[0]) if self.peername else "an unknown address"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._line = self.transport
        self._open.add(self)
        self.expect()

    def data_received(self, data: bytes) -> None:
        """Count what arrives."""
        if data:
            if not self.received:
                self.expect()
            self._open.count(self, len(data))
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the connection."""
        self._forget()
        super().connection_lost(exc)

    def expect(self) -> None:
        """Wait for what the client has to send next: a request, or its body."""
        self._set_timer(READ_SECONDS)
        self._open.read(self)

    def answer(self) -> None:
        """Note that the request has arrived: now the client waits for the bot."""
        self._set_timer(ANSWER_SECONDS)
        self._open.answer(self)

    def abort(self) -> None:
        """Close the connection at once, whatever is still to be sent."""
        line = self._line
        self._forget()
        if line is not None:
            line.abort()

    async def finish_response(
        self,
        request: web.BaseRequest,
        resp: web.StreamResponse,
        start_time: float | None,
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer that names no version; then wait for the next request."""
        resp.headers[hdrs.SERVER] = _SERVER_NAME
        finished = await super().finish_response(request, resp, start_time)
        self._open.uncount(self)
        self._set_timer(IDLE_SECONDS)
        self._open.rest(self)
        return finished

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is not HTTP without a log line; errors of ours are logged."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return super().handle_error(request, status, exc, message)
        response = web.Response(status=status, text=_MALFORMED)
        response.force_close()
        return response

    def _set_timer(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        # The answer to a request whose connection is gone is finished all the same.
        if self._line is not None:
            self._timer = self._loop.call_later(seconds, self._time_out)

    def _time_out(self) -> None:
        if self.received:
            _log.warning("an unfinished request of %s took too long", self.peer)
        self.abort()

    def _forget(self) -> None:
        self._line = None
        if self._timer is not None:
            self._timer.cancel()
        self._open.remove(self)


class Connections:
    """The open connections, at most `most`; build an `HttpServer` instead of this."""

    def __init__(self, most: int) -> None:
        self._most = most
        # Each dict has the order in which its connections came to this state.
        self._reading: dict[Connection, None] = {}
        self._idle: dict[Connection, None] = {}
        self._answering: dict[Connection, None] = {}
        self._states = (self._reading, self._idle, self._answering)
        self._buffered = 0

    def __len__(self) -> int:
        """Return how many are open."""
        return sum(map(len, self._states))

    def add(self, connection: Connection) -> None:
        """Add one; close another where there are too many, or this one."""
        self._reading[connection] = None
        if len(self) > self._most:
            _log.warning(
                "more than %d connections: closed the oldest unfinished one, while"
                " %s connected",
                self._most,
                connection.peer,
            )
            many_idle = len(self._idle) > self._most // 2
            next(iter(self._idle if many_idle else self._reading)).abort()

    def remove(self, connection: Connection) -> None:
        """Remove one, if it is still there."""
        self.uncount(connection)
        for state in self._states:
            state.pop(connection, None)

    def read(self, connection: Connection) -> None:
        """Note that one waits for a request, or for the rest of it."""
        self._move(connection, self._reading)

    def rest(self, connection: Connection) -> None:
        """Note that one has had its answer, and may be used again."""
        self._move(connection, self._idle)

    def answer(self, connection: Connection) -> None:
        """Note that one works on a request: it is not closed in favour of another."""
        self._move(connection, self._answering)

    def count(self, connection: Connection, size: int) -> None:
        """Count received bytes; where all together are too many, close the largest."""
        if not self._is_open(connection):
            return
        connection.received += size
        self._buffered += size
        while self._buffered > MOST_BUFFERED:
            largest = max(chain(*self._states), key=_received)
            _log.warning("too much unfinished: closed a request of %s", largest.peer)
            largest.abort()

    def uncount(self, connection: Connection) -> None:
        """Forget the bytes of a request that was answered."""
        self._buffered -= connection.received
        connection.received = 0

    def close_waiting(self) -> None:
        """Close the connections that wait for their clients."""
        for connection in (*self._reading, *self._idle):
            connection.abort()

    def _move(self, connection: Connection, state: dict[Connection, None]) -> None:
        if self._is_open(connection):
            for other in self._states:
                other.pop(connection, None)
            state[connection] = None

    def _is_open(self, connection: Connection) -> bool:
        return any(connection in state for state in self._states)


def _received(connection: Connection) -> int:
    return connection.received


@web.middleware
async def follow_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Notify the connection of a request when its headers, and its body, are there."""
    connection = request.protocol
    if isinstance(connection, Connection):
        if not request.content.is_eof():
            connection.expect()
        request.content.on_eof(connection.answer)
    return await handler(request)
