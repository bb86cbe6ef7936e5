"""The requests: each step that may happen only once is one statement."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import (
    Executable,
    Integer,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.db.models import IS_OPEN, IS_PENDING, RequestRow, table
from bot.db.rows import NO_FLIGHT, request_from, request_values, result_values
from bot.db.session import Database
from bot.domain.requests import Place, Request, RequestState
from bot.domain.results import CODES, Result, Unknown
from bot.domain.submissions import Target

# The statements are built once: building one costs more than running it. Names of
# parameters must differ from those of the columns that an UPDATE sets.
REQUESTS: Final = table(RequestRow)
R: Final = REQUESTS.c
THIS: Final = R.id == bindparam("request")
NOW: Final = bindparam("now", type_=R.expires_at.type)
USER: Final = bindparam("user", type_=R.decided_by.type)
CARD: Final = bindparam("clicked", type_=R.card.type)

ADD: Final = insert(REQUESTS)
GET: Final = select(REQUESTS).where(THIS)
PUT_CARD: Final = update(REQUESTS).where(THIS).values(card=CARD)

DECIDE: Final = (
    update(REQUESTS)
    .where(THIS, IS_PENDING)
    .values(
        state=bindparam("decision", type_=R.state.type),
        decided_by=USER,
        decided_at=NOW,
        card=func.coalesce(R.card, CARD),
    )
    .returning(REQUESTS)
)
DECIDE_IN_TIME: Final = DECIDE.where(R.expires_at > NOW)
DECIDE_TOO_LATE: Final = DECIDE.where(R.expires_at <= NOW)

OVERDUE: Final = (
    select(R.id).where(IS_PENDING, R.expires_at <= NOW).order_by(R.expires_at)
)
STRANDED: Final = select(R.id).where(IS_OPEN, R.decided_at < NOW).order_by(R.decided_at)

# That nothing is written to the Store without a confirmation is kept here too, and
# that of two runners at the same point only one may send.
BEGIN_ATTEMPT: Final = (
    update(REQUESTS)
    .where(
        THIS,
        R.state == RequestState.CONFIRMED.value,
        R.attempts == bindparam("earlier", type_=R.attempts.type),
    )
    .values(attempts=R.attempts + 1)
    .returning(R.id)
)

# A truth that came later must be shown too, so the request is open again.
FINISH: Final = (
    update(REQUESTS)
    .where(
        THIS,
        or_(
            R.state == RequestState.CONFIRMED.value,
            and_(
                R.state == RequestState.FINISHED.value,
                R.outcome == CODES[Unknown],
                bindparam("new_outcome", type_=R.outcome.type) != CODES[Unknown],
            ),
        ),
    )
    .values(
        state=RequestState.FINISHED.value,
        outcome=bindparam("new_outcome", type_=R.outcome.type),
        result=bindparam("new_result", type_=R.result.type),
        correlation_id=bindparam("new_correlation_id", type_=R.correlation_id.type),
        finished_at=NOW,
        closed_at=None,
    )
    .returning(REQUESTS)
)
CLOSE: Final = (
    update(REQUESTS).where(THIS).values(closed_at=func.coalesce(R.closed_at, NOW))
)

HISTORY: Final = (
    select(REQUESTS)
    .where(R.workspace == bindparam("workspace"), R.channel == bindparam("channel"))
    .order_by(R.asked_at.desc(), R.id.desc())
    .limit(bindparam("limit", type_=Integer()))
)
HISTORY_OF: Final = HISTORY.where(
    R.app_id == bindparam("app"), R.flight_id == bindparam("flight")
)


class RequestRecords:
    """The requests of all channels. Every method raises MemoryUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_request(self, request: Request) -> None:
        """Store a new request."""
        await self._database.run(ADD, request_values(request))

    async def get_request(self, request_id: str) -> Request | None:
        """Give the request as it stands, or None."""
        return await self._one(GET, {"request": request_id})

    async def put_card(self, request_id: str, card: str) -> None:
        """Note the Slack timestamp of the request's card."""
        await self._database.run(PUT_CARD, {"request": request_id, "clicked": card})

    async def confirm_request(
        self, request_id: str, user_id: str, card: str, now: datetime
    ) -> Request | None:
        """Claim a request that is pending and in time; None where it is not.

        `card` is kept where a crash had lost the card's own timestamp.
        """
        decision = _decision(request_id, RequestState.CONFIRMED, user_id, card, now)
        return await self._one(DECIDE_IN_TIME, decision)

    async def cancel_request(
        self, request_id: str, user_id: str | None, card: str | None, now: datetime
    ) -> Request | None:
        """Cancel a request that is pending and in time; None where it is not."""
        decision = _decision(request_id, RequestState.CANCELLED, user_id, card, now)
        return await self._one(DECIDE_IN_TIME, decision)

    async def expire_request(self, request_id: str, now: datetime) -> Request | None:
        """Expire one request that is pending and past its time; None where not.

        It counts as decided, by nobody: its card is still to be shown as expired.
        """
        decision = _decision(request_id, RequestState.EXPIRED, None, None, now)
        return await self._one(DECIDE_TOO_LATE, decision)

    async def overdue_requests(self, now: datetime) -> Sequence[str]:
        """Give the ids of pending requests whose time is over, the oldest first."""
        return [row.id for row in await self._database.run(OVERDUE, {"now": now})]

    async def begin_attempt(self, request_id: str, earlier: int) -> bool:
        """Note, before a write is sent, that it is; one statement.

        True only where exactly `earlier` attempts were noted until now and the
        request is confirmed.
        """
        attempt = {"request": request_id, "earlier": earlier}
        return bool(await self._database.run(BEGIN_ATTEMPT, attempt))

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
        request = await self._one(FINISH, finish)
        if request is None:
            request = await self.get_request(request_id)
        if request is None:
            raise LookupError(f"no request {request_id}")
        return request

    async def close_request(self, request_id: str, now: datetime) -> None:
        """Note that Slack shows how the request ended: no work is left for it."""
        await self._database.run(CLOSE, {"request": request_id, "now": now})

    async def stranded_requests(self, before: datetime) -> Sequence[str]:
        """Give the ids of requests decided before then and not closed yet."""
        return [row.id for row in await self._database.run(STRANDED, {"now": before})]

    async def list_requests(
        self, place: Place, target: Target | None, limit: int
    ) -> Sequence[Request]:
        """Give the channel's last requests, newest first, of one target or of all.

        A target without a flight means the app's own submissions only.
        """
        asked: dict[str, object] = {
            "workspace": place.workspace,
            "channel": place.channel,
            "limit": limit,
        }
        statement = HISTORY
        if target is not None:
            statement = HISTORY_OF
            asked |= {"app": target.app_id, "flight": target.flight_id or NO_FLIGHT}
        rows = await self._database.run(statement, asked)
        return [request_from(row) for row in rows]

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
