"""The requests: each step that may happen only once is one statement."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row

from bot.db import request_statements as sql
from bot.db.rows import NO_FLIGHT, request_from, request_values, result_values
from bot.db.session import Repository
from bot.domain.requests import Place, Request, RequestPage, RequestState, Unreadable
from bot.domain.results import Result
from bot.domain.submissions import Target

_log = logging.getLogger("bot.db")


class SqlRequestRepository(Repository):
    """The requests of all channels. Every method raises MemoryUnavailable.

    Those that give one request raise Unreadable, too.
    """

    async def add_request(self, request: Request) -> None:
        """Store a new request."""
        await self._database.run(sql.ADD, request_values(request))

    async def get_request(self, request_id: str) -> Request | None:
        """Return the request as it stands, or None."""
        return await self._one(sql.GET, {"request": request_id})

    async def put_card(self, request_id: str, card: str) -> None:
        """Note the Slack timestamp of the request's card."""
        await self._database.run(sql.PUT_CARD, {"request": request_id, "clicked": card})

    async def confirm_request(
        self, request_id: str, user_id: str, card: str, now: datetime
    ) -> Request | None:
        """Claim a request that is pending and in time; None where it is not.

        `card` is kept where a crash had lost the card's own timestamp.
        """
        decision = _decision(request_id, RequestState.CONFIRMED, user_id, card, now)
        return await self._one(sql.DECIDE_IN_TIME, decision)

    async def cancel_request(
        self, request_id: str, user_id: str | None, card: str | None, now: datetime
    ) -> Request | None:
        """Cancel a request that is pending and in time; None where it is not."""
        decision = _decision(request_id, RequestState.CANCELLED, user_id, card, now)
        return await self._one(sql.DECIDE_IN_TIME, decision)

    async def expire_request(self, request_id: str, now: datetime) -> Request | None:
        """Expire one request that is pending and past its time; None where not.

        It counts as decided, by nobody: its card is still to be shown as expired.
        """
        decision = _decision(request_id, RequestState.EXPIRED, None, None, now)
        return await self._one(sql.DECIDE_TOO_LATE, decision)

    async def overdue_requests(self, now: datetime) -> Sequence[str]:
        """Return the ids of pending requests whose time is over, the oldest first."""
        return [row.id for row in await self._database.run(sql.OVERDUE, {"now": now})]

    async def begin_attempt(self, request_id: str, earlier: int) -> bool:
        """Note, before a write is sent, that it is; one statement.

        True only where exactly `earlier` attempts were noted until now and the
        request is confirmed.
        """
        attempt = {"request": request_id, "earlier": earlier}
        return bool(await self._database.run(sql.BEGIN_ATTEMPT, attempt))

    async def finish_request(
        self, request_id: str, result: Result, now: datetime
    ) -> Request:
        """Store the result of a confirmed request; a later truth replaces Unknown.

        Anything else leaves the request as it is; it is given as it stands. Raises
        LookupError where there is no such request.
        """
        finish = {
            "request": request_id,
            "now": now,
            **{f"new_{name}": value for name, value in result_values(result).items()},
        }
        request = await self._one(sql.FINISH, finish)
        if request is None:
            request = await self.get_request(request_id)
        if request is None:
            raise LookupError(f"no request {request_id}")
        return request

    async def close_request(self, request_id: str, now: datetime) -> None:
        """Note that Slack shows how the request ended: no work is left for it."""
        await self._database.run(sql.CLOSE, {"request": request_id, "now": now})

    async def stranded_requests(self, before: datetime) -> Sequence[str]:
        """Return the ids of requests decided before then and not closed yet."""
        return [
            row.id for row in await self._database.run(sql.STRANDED, {"now": before})
        ]

    async def list_requests(
        self, place: Place, target: Target | None, limit: int
    ) -> RequestPage:
        """Return the channel's last requests, newest first, of one target or of all.

        A target without a flight means the app's own submissions only.
        """
        asked: dict[str, object] = {
            "workspace": place.workspace,
            "channel": place.channel,
            "limit": limit,
        }
        statement = sql.HISTORY
        if target is not None:
            statement = sql.HISTORY_OF
            asked |= {"app": target.app_id, "flight": target.flight_id or NO_FLIGHT}
        rows = await self._database.run(statement, asked)
        read = [request for row in rows if (request := _readable(row)) is not None]
        return RequestPage(tuple(read), len(rows) - len(read))

    async def _one(
        self, statement: Executable, parameters: Mapping[str, object]
    ) -> Request | None:
        rows = await self._database.run(statement, parameters)
        return request_from(rows[0]) if rows else None


def _decision(
    request_id: str,
    state: RequestState,
    user_id: str | None,
    card: str | None,
    now: datetime,
) -> dict[str, object]:
    return {
        "request": request_id,
        "decision": state.value,
        "user": user_id,
        "clicked": card,
        "now": now,
    }


def _readable(row: Row[Any]) -> Request | None:
    """Read a row; None for one that a newer bot wrote, and this one cannot."""
    try:
        return request_from(row)
    except Unreadable as odd:
        _log.warning("request %s cannot be read: %s", row.id, odd)
        return None
