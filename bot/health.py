"""Health: what `/healthz` and `/readyz` answer."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from aiohttp import web

from bot.domain.storage import StorageUnavailable
from bot.slack.client.identity import Identity
from bot.slack.inbound.socket_mode import SocketConnection
from bot.store import AccessCheck

HEALTH_PATH: Final = "/healthz"
READY_PATH: Final = "/readyz"


class Health:
    """Whether the bot is alive, and whether it can accept work.

    `socket` is None where Slack reaches the bot by HTTP.
    """

    def __init__(
        self,
        identity: Identity,
        socket: SocketConnection | None,
        check_database: Callable[[], Awaitable[None]],
        store_access: AccessCheck,
    ) -> None:
        self._identity = identity
        self._socket = socket
        self._check_database = check_database
        self._store_access = store_access
        self._draining = False

    def drain(self) -> None:
        """Answer from now on that the bot is shutting down."""
        self._draining = True

    def routes(self) -> list[web.RouteDef]:
        """Return the routes that a load balancer or a supervisor asks."""
        return [web.get(HEALTH_PATH, _alive), web.get(READY_PATH, self._ready)]

    async def _ready(self, _: web.Request) -> web.Response:
        """Answer 200 when the bot can accept work; else 503 and what is missing.

        The Store is shown and does not count: a bot without it can say so in Slack, and
        a restart would not help.
        """
        missing = []
        if self._draining:
            missing.append("the bot is shutting down")
        if not self._identity.known:
            missing.append("the identity of the bot in Slack is not known yet")
        elif self._socket is not None and not await self._socket.connected():
            missing.append("Slack is not connected")
        try:
            await self._check_database()
        except StorageUnavailable as reason:
            missing.append(f"the database cannot be used: {type(reason).__name__}")
        status = HTTPStatus.SERVICE_UNAVAILABLE if missing else HTTPStatus.OK
        return web.json_response(
            {
                "ready": not missing,
                "missing": missing,
                "store": self._store_access.found,
            },
            status=status,
        )


async def _alive(_: web.Request) -> web.Response:
    """Answer that the process is alive, during the shutdown too."""
    return web.json_response({"alive": True})
