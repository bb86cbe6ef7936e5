"""Load balancer for replicas in HTTP mode: round robin, without retries."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from http import HTTPStatus

import aiohttp
from aiohttp import web

from tests.durability.fork_server import BotProcess

_TIMEOUT = aiohttp.ClientTimeout(total=5)


class Balancer:
    """Sends each request to one replica, and to another where nobody listens.

    A request whose answer was lost is not sent again, as no balancer would.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.replicas: list[BotProcess] = []
        self.url = ""
        self._session = session
        self._turn = 0

    async def forward(self, request: web.Request) -> web.Response:
        """Pass one request on."""
        body = await request.read()
        for _ in range(2 * len(self.replicas)):
            self._turn += 1
            replica = self.replicas[self._turn % len(self.replicas)]
            if not replica.port:
                await asyncio.sleep(0.01)
                continue
            url = f"http://127.0.0.1:{replica.port}/slack/events"
            try:
                async with self._session.post(
                    url, data=body, headers=request.headers
                ) as answer:
                    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
                        continue
                    return web.Response(
                        status=answer.status,
                        body=await answer.read(),
                        content_type=answer.content_type,
                    )
            except aiohttp.ClientConnectorError:
                continue
            except (aiohttp.ClientError, TimeoutError):
                return web.Response(status=HTTPStatus.BAD_GATEWAY)
        return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)


@contextlib.asynccontextmanager
async def balancer() -> AsyncIterator[Balancer]:
    """Run a balancer for as long as the block lasts."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(
        timeout=_TIMEOUT, connector=connector, auto_decompress=False
    ) as session:
        one = Balancer(session)
        app = web.Application()
        app.add_routes([web.post("/slack/events", one.forward)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        try:
            yield one
        finally:
            await runner.cleanup()
