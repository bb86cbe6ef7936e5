"""HTTP server: listens with limits, and stops without waiting for its clients."""

import asyncio
import errno
import resource
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from bot.web.connections import Connection, Connections, follow_request

# Slack's own payloads stay far below; a click carries the whole message pressed.
MOST_BODY_BYTES: Final = 1024 * 1024
# Far more than Slack and a proxy need; the files left are for the database and for
# the connections that the bot opens itself.
MOST_CONNECTIONS: Final = 256
SHARE_OF_FILES: Final = 4
# How many are accepted in one turn of the event loop. Far fewer than may be open: a
# request that came with its connection is read before so many others have come.
_ACCEPTED_AT_ONCE: Final = 16
# How many may wait in the system to be accepted; a further one has to try again after
# a second.
_BACKLOG: Final = 1024
# Answers under way at the stop are sent; this is how long that may take, twice.
_STOP_SECONDS: Final = 0.5

_NOT_OURS: Final = (
    "HOST names no address of this machine: {host}. Leave it empty, or set 127.0.0.1"
    " (this machine alone) or 0.0.0.0 (all its networks)."
)
_TAKEN: Final = (
    "Port {port} on {host} is taken by another program. Stop that one, or set PORT to"
    " another number."
)
_FORBIDDEN: Final = (
    "This account may not use port {port}. Set PORT to a number above 1023."
)


class AddressError(OSError):
    """The bot cannot listen at HOST and PORT; the message says what to change."""


async def check_host(host: str) -> None:
    """Raise AddressError where nothing can listen on this host."""
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(asyncio.Protocol, host, 0)
    except (OSError, UnicodeError) as error:
        raise _address_error(error, host, 0) from error
    server.close()


class HttpServer:
    """The server of the given routes."""

    def __init__(self, routes: Sequence[web.RouteDef]) -> None:
        app = web.Application(
            client_max_size=MOST_BODY_BYTES, middlewares=[follow_request]
        )
        app.add_routes(routes)
        self._runner = web.AppRunner(app, shutdown_timeout=_STOP_SECONDS)
        self._connections = Connections(_most_connections())
        self._listener: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that the started server listens on."""
        assert self._listener is not None  # noqa: S101 - documented above
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises AddressError where that cannot be done."""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        server = self._runner.server
        assert server is not None  # noqa: S101 - setup has made it
        try:
            self._listener = await loop.create_server(
                lambda: Connection(server, self._connections, loop),
                host,
                port,
                backlog=_ACCEPTED_AT_ONCE,
            )
        except (OSError, UnicodeError) as error:
            raise _address_error(error, host, port) from error
        for listening in self._listener.sockets:
            # asyncio has one number for both: the system gets its own afterwards.
            with listening.dup() as same:
                same.listen(_BACKLOG)

    async def stop(self) -> None:
        """Stop listening; send the answers that are ready, and close everything."""
        if self._listener is not None:
            self._listener.close()
        self._connections.close_waiting()
        await self._runner.cleanup()


def _address_error(error: Exception, host: str, port: int) -> AddressError:
    texts = {errno.EADDRINUSE: _TAKEN, errno.EACCES: _FORBIDDEN}
    text = texts.get(getattr(error, "errno", None) or 0, _NOT_OURS)
    return AddressError(text.format(host=host, port=port))


def _most_connections() -> int:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(1, min(MOST_CONNECTIONS, files // SHARE_OF_FILES))
