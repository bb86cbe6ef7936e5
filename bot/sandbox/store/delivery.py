"""Bring an answer to the client: whole, untyped, cut in half, or not at all."""

from http import HTTPStatus

from aiohttp import web

from bot.sandbox.store.answers import Answer, Delivery


async def deliver(
    request: web.Request, answer: Answer, correlation_id: str
) -> web.StreamResponse:
    """Send the answer with its MS-CorrelationId in the way it asks for.

    What aiohttp cannot send (no Content-Type, half a body) is written to the
    connection itself, which is closed after it.
    """
    headers = {"MS-CorrelationId": correlation_id, **answer.headers}
    if answer.body:
        headers["Content-Type"] = answer.content_type
    transport = request.transport
    if transport is None or answer.delivery is Delivery.WHOLE:
        return web.Response(status=answer.status, body=answer.body, headers=headers)
    if answer.delivery is Delivery.DROPPED:
        transport.abort()
    else:
        transport.write(_raw(answer, headers))
        transport.close()
    # aiohttp meets the closed connection and drops this.
    return web.Response()


def _raw(answer: Answer, headers: dict[str, str]) -> bytes:
    phrase = HTTPStatus(answer.status).phrase
    body = answer.body
    rest = {"Content-Length": str(len(body)), "Connection": "close"}
    if answer.delivery is Delivery.UNTYPED:
        headers.pop("Content-Type", None)
    else:
        body = body[: len(body) // 2]
    lines = [f"HTTP/1.1 {answer.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in (headers | rest).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
