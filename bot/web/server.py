"""HTTP server: listens with limits, and stops without waiting for its clients."""

import asyncio
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
        """Listen. Raises OSError where the port cannot be used."""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        server = self._runner.server
        assert server is not None  # noqa: S101 - setup has made it
        self._listener = await loop.create_server(
            lambda: Connection(server, self._connections, loop),
            host,
            port,
            backlog=_ACCEPTED_AT_ONCE,
        )
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


def _most_connections() -> int:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(1, min(MOST_CONNECTIONS, files // SHARE_OF_FILES))
