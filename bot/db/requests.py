"""The repository of requests: each decision about one is one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row

from bot.db import request_statements as sql
from bot.db.events import append
from bot.db.operations import ADD as ADD_OPERATION
from bot.db.rows import operation_values, read_result, request_from, request_values
from bot.db.session import Repository, Transaction
from bot.domain.events import request_approved, request_asked, request_closed
from bot.domain.outcomes import NotAllowed
from bot.domain.requests import Person, Request, RequestState, UnreadableRecord

Check = Callable[[Request], NotAllowed | None]


class SqlRequestRepository(Repository):
    """The requests of all channels. Every method raises StorageUnavailable.

    Those that return a request raise UnreadableRecord, too.
    """

    async def add_request(self, request: Request) -> None:
        """Store a new request."""
        async with self._database.transaction() as transaction:
            rows = await transaction.run(sql.ADD, request_values(request))
            # The event shows the text as it is stored, with what had to be replaced.
            await append(transaction, request_asked(request_from(rows[0])))

    async def get_request(self, request_id: str) -> Request | None:
        """Return the request as it stands, with its operation, or None."""
        return await self._one(sql.GET, {"request": request_id})

    async def get_request_of(self, operation_id: str) -> Request | None:
        """Return the request that authorised an operation, or None."""
        return await self._one(sql.GET_OF_OPERATION, {"operation": operation_id})

    async def put_card(self, request_id: str, card: str) -> None:
        """Store the Slack timestamp of the request's card."""
        await self._database.run(sql.PUT_CARD, {"request": request_id, "clicked": card})

    async def approve_request(
        self,
        request_id: str,
        person: Person,
        card: str,
        now: datetime,
        *,
        check: Check,
    ) -> Request | NotAllowed | None:
        """Add an approval to a request that is pending and in time; None elsewhere.

        The approval that completes the required number authorises the operation. A
        person's second press changes nothing.
        """
        async with self._database.transaction() as transaction:
            request = await _lock(transaction, sql.LOCK_IN_TIME, request_id, card, now)
            if request is None or (denied := check(request)) is not None:
                return None if request is None else denied
            if not await _add_approval(transaction, request, person, now):
                return request
            enough = await _is_enough(transaction, request)
            if enough:
                request = await _decide(
                    transaction, request, RequestState.AUTHORISED, person.user_id, now
                )
                operation = request.authorised()
                request = replace(request, operation=operation)
                await transaction.run(ADD_OPERATION, operation_values(operation))
            event = request_approved(request, person.user_id, now, authorises=enough)
            await append(transaction, event)
            return request

    async def cancel_request(
        self,
        request_id: str,
        person: Person | None,
        card: str | None,
        now: datetime,
        *,
        check: Check | None = None,
    ) -> Request | NotAllowed | None:
        """Cancel a request that is pending and in time; None where it is not."""
        async with self._database.transaction() as transaction:
            request = await _lock(transaction, sql.LOCK_IN_TIME, request_id, card, now)
            if request is None:
                return None
            if check is not None and (denied := check(request)) is not None:
                return denied
            user = None if person is None else person.user_id
            return await _close(transaction, request, RequestState.CANCELLED, user, now)

    async def expire_request(self, request_id: str, now: datetime) -> Request | None:
        """Expire one request that is pending and past its time; None where not.

        It counts as decided, by nobody: its card is still to be shown as expired.
        """
        async with self._database.transaction() as transaction:
            request = await _lock(transaction, sql.LOCK_TOO_LATE, request_id, None, now)
            if request is None:
                return None
            return await _close(transaction, request, RequestState.EXPIRED, None, now)

    async def overdue_requests(self, now: datetime) -> Sequence[str]:
        """Return the ids of pending requests whose time is over, the oldest first."""
        return [row.id for row in await self._database.run(sql.OVERDUE, {"now": now})]

    async def close_card(self, request_id: str, now: datetime) -> None:
        """Record that the card of a cancelled or expired request shows its end."""
        await self._database.run(sql.CLOSE_CARD, {"request": request_id, "now": now})

    async def unclosed_cards(self, before: datetime) -> Sequence[str]:
        """Return the requests cancelled or expired before then, cards not closed."""
        rows = await self._database.run(sql.UNCLOSED, {"now": before})
        return [row.id for row in rows]

    async def _one(
        self, statement: Executable, parameters: Mapping[str, object]
    ) -> Request | None:
        rows = await self._database.run(statement, parameters)
        return _with_operation(rows[0]) if rows else None


async def _lock(
    transaction: Transaction,
    statement: Executable,
    request_id: str,
    card: str | None,
    now: datetime,
) -> Request | None:
    """Lock a pending request and return it; None where nothing can be decided."""
    parameters = {"request": request_id, "clicked": card, "now": now}
    rows = await transaction.run(statement, parameters)
    return request_from(rows[0]) if rows else None


async def _add_approval(
    transaction: Transaction, request: Request, person: Person, now: datetime
) -> bool:
    """Add the approval; return False where the person has approved before."""
    approval = {
        "request_id": request.id,
        "workspace": person.team_id,
        "user_id": person.user_id,
        "approved_at": now,
    }
    return bool(await transaction.run(sql.ADD_APPROVAL[transaction.dialect], approval))


async def _is_enough(transaction: Transaction, request: Request) -> bool:
    if request.approvals_required == 1:
        return True
    rows = await transaction.run(sql.COUNT_APPROVALS, {"request": request.id})
    return bool(rows[0][0] >= request.approvals_required)


async def _decide(
    transaction: Transaction,
    request: Request,
    state: RequestState,
    user: str | None,
    now: datetime,
) -> Request:
    decision = {"request": request.id, "decision": state.value, "user": user}
    await transaction.run(sql.DECIDE, {**decision, "now": now})
    return replace(request, state=state, decided_by=user, decided_at=now)


async def _close(
    transaction: Transaction,
    request: Request,
    state: RequestState,
    user: str | None,
    now: datetime,
) -> Request:
    closed = await _decide(transaction, request, state, user, now)
    await append(transaction, request_closed(closed))
    return closed


def _with_operation(row: Row[Any]) -> Request:
    request = request_from(row)
    if row.operation_id is None:
        return request
    try:
        operation = replace(
            request.authorised(),
            id=row.operation_id,
            attempts=row.operation_attempts,
            result=read_result(row.operation_result),
            finished_at=row.operation_finished_at,
        )
    except (KeyError, TypeError, ValueError) as odd:
        raise UnreadableRecord(repr(odd)) from odd
    return replace(request, operation=operation)
