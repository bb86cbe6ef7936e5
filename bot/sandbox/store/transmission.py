"""Transmission of a response: whole, without a type, cut in half, or not at all."""

import asyncio
import socket
import struct
from http import HTTPStatus

from aiohttp import web

from bot.sandbox.store.responses import ApiResponse, Transmission


async def send_response(
    request: web.Request, response: ApiResponse, correlation_id: str | None
) -> web.StreamResponse:
    """Send the response as its `transmission` asks, with an MS-CorrelationId if any.

    What aiohttp cannot send (no Content-Type, half a body) is written to the
    connection itself, which is closed after it.
    """
    headers = dict(response.headers)
    if correlation_id is not None:
        headers["MS-CorrelationId"] = correlation_id
    if response.body:
        headers["Content-Type"] = response.content_type
    transport = request.transport
    if transport is None or response.transmission is Transmission.WHOLE:
        return web.Response(status=response.status, body=response.body, headers=headers)
    if response.transmission is Transmission.DROPPED:
        _reset(transport)
    else:
        transport.write(_raw(response, headers))
        transport.close()
    # aiohttp finds the connection closed and discards this.
    return web.Response()


def _reset(transport: asyncio.Transport) -> None:
    # Without lingering the kernel sends a RST; otherwise it would send a FIN, which a
    # client takes for an orderly end.
    connection = transport.get_extra_info("socket")
    if connection is not None:
        no_linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
    transport.abort()


def _raw(response: ApiResponse, headers: dict[str, str]) -> bytes:
    phrase = HTTPStatus(response.status).phrase
    body = response.body
    rest = {"Content-Length": str(len(body)), "Connection": "close"}
    if response.transmission is Transmission.UNTYPED:
        headers.pop("Content-Type", None)
    else:
        body = body[: len(body) // 2]
    lines = [f"HTTP/1.1 {response.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in (headers | rest).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
