"""How an armed fault looks from outside."""

import asyncio
from http import HTTPStatus

from aiohttp import web

from bot.sandbox.slack.faults import Fault


async def meet(fault: Fault | None) -> web.Response | None:
    """Give the answer of a call that does not get through, None when it does."""
    if fault is None:
        return None
    if fault.kind == "ratelimited":
        retry_after = {"Retry-After": str(round(fault.seconds))}
        return _refusal(HTTPStatus.TOO_MANY_REQUESTS, "ratelimited", retry_after)
    if fault.kind == "internal_error":
        return _refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error")
    if fault.kind == "downtime":
        return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "service_unavailable")
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    return None


def lose(fault: Fault | None, request: web.Request) -> None:
    """Break the connection, so that the answer of a call that was done is lost."""
    if fault is not None and fault.kind == "lost_answer" and request.transport:
        request.transport.abort()


def _refusal(
    status: HTTPStatus, error: str, headers: dict[str, str] | None = None
) -> web.Response:
    body = {"ok": False, "error": error}
    return web.json_response(body, status=status, headers=headers)
