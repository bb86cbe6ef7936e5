"""The front of the submission API: who is let in, and what an HTTP request asks for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.sandbox.store import answers
from bot.sandbox.store.api import Call, World, perform
from bot.sandbox.store.damage import instead
from bot.sandbox.store.faults import WRITES, Armed, Fault
from bot.sandbox.store.limit import RateLimit
from bot.sandbox.store.paths import Place, locate

if TYPE_CHECKING:
    from aiohttp import web

    from bot.sandbox.store.answers import Answer
    from bot.sandbox.store.local import LocalStore


class Front:
    """Takes the requests for one local Store."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store
        self._limit = RateLimit()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer any request below /store/."""
        store, carry = self._store, self._store.exchange.carry
        place = locate(request.method, request.path)
        if isinstance(place, int):
            return await carry(request, "none", lambda: _missing(place))
        header = request.headers.get("Authorization")
        call = _call(request, place)

        def effect() -> Answer:
            answer = perform(World(store.catalogue, store.switches), call)
            if place.operation in WRITES:
                store.keep()
            return answer

        def replacement(armed: Armed) -> Answer | None:
            if armed.fault is Fault.TOKEN_REFUSED:
                # The same token must not work again: only a new one helps.
                store.tokens.revoke(header)
                return answers.unauthorized(store.switches.expired_token_body)
            return instead(armed)

        operation = place.operation
        return await carry(
            request, operation, effect, lambda: self._gate(header), replacement
        )

    def _gate(self, header: str | None) -> Answer | None:
        switches = self._store.switches
        if not self._store.tokens.accepts(header):
            return answers.unauthorized(switches.expired_token_body)
        if switches.rate_limit == "off":
            return None
        seconds = self._limit.wait(int(switches.rate_limit), time.monotonic())
        say_when = switches.retry_after == "present"
        return answers.too_many(seconds, say_when=say_when) if seconds else None


def _call(request: web.Request, place: Place) -> Call:
    query = {name.lower(): value for name, value in request.query.items()}
    length = request.content_length or 0
    return Call(place, query, length, request.headers.get("Content-Type"))


def _missing(status: int) -> Answer:
    if status == 405:  # noqa: PLR2004  # Method not allowed.
        return answers.error(405, "InvalidOperation", answers.WRONG_METHOD, None)
    return answers.error(404, "ResourceNotFound", answers.NO_SUCH_RESOURCE, None)
