"""HTTP responses of calls that meet an armed fault."""

import asyncio
from http import HTTPStatus

from aiohttp import web

from bot.sandbox.slack.faults import ArmedFault


async def error_response(fault: ArmedFault | None) -> web.Response | None:
    """Return the response to a call that the fault fails; None lets it happen.

    A "slow" fault delays the call.
    """
    if fault is None:
        return None
    if fault.kind == "ratelimited":
        retry_after = {"Retry-After": str(round(fault.seconds))}
        return _error(HTTPStatus.TOO_MANY_REQUESTS, "ratelimited", retry_after)
    if fault.kind == "internal_error":
        return _error(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error")
    if fault.kind == "downtime":
        return _error(HTTPStatus.SERVICE_UNAVAILABLE, "service_unavailable")
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    return None


def drop_connection(fault: ArmedFault | None, request: web.Request) -> None:
    """Abort the connection if the fault is a lost answer; the call itself is done."""
    if fault is not None and fault.kind == "lost_answer" and request.transport:
        request.transport.abort()


def _error(
    status: HTTPStatus, error: str, headers: dict[str, str] | None = None
) -> web.Response:
    body = {"ok": False, "error": error}
    return web.json_response(body, status=status, headers=headers)
