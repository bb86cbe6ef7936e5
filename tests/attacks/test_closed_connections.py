"""Nothing is kept of a connection that was closed."""

import asyncio
import contextlib
import gc

from aiohttp import web

from bot.web import HttpServer
from bot.web.connections import Connection

UNFINISHED = b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 9\r\n\r\nx"


async def read(request: web.Request) -> web.Response:
    """Answer though the sender is gone."""
    with contextlib.suppress(ConnectionError):
        await request.read()
    return web.Response()


def kept() -> int:
    """Count the connections that something still refers to."""
    gc.collect()
    return sum(isinstance(thing, Connection) for thing in gc.get_objects())


async def test_a_connection_that_its_client_has_left_is_not_kept() -> None:
    """Weakness 3: what slow senders leave behind would fill the memory."""
    server = HttpServer([web.post("/", read)])
    await server.start("127.0.0.1", 0)
    before = kept()
    for _ in range(50):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(UNFINISHED)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with asyncio.timeout(3):
        while kept() > before:
            await asyncio.sleep(0.01)
    await server.stop()
