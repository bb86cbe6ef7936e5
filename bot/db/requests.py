"""The repository of requests: each decision about one is one transaction.

A decision reads the request, decides, and writes on condition that the request still
stands as it was read; where another was faster, it reads again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Executable, Row
from sqlalchemy.exc import IntegrityError

from bot.db import request_statements as sql
from bot.db.approval_writes import approval_write
from bot.db.events import event_values
from bot.db.plan_statements import LIVE
from bot.db.plans import plan_from
from bot.db.rows import (
    Values,
    read_result,
    request_from,
    request_values,
    target_values,
)
from bot.db.session import Repository
from bot.db.writes import Write, row_parameters
from bot.domain.approval import Approval, CancelCheck, D, Judge, Judgement
from bot.domain.events import request_asked, request_closed
from bot.domain.plan_outcomes import PlanLives
from bot.domain.plans import Plan
from bot.domain.requests import (
    EndReason,
    Person,
    Request,
    RequestState,
    UnreadableRecord,
)
from bot.domain.storage import StorageUnavailable
from bot.domain.submissions import Target

# A try fails where somebody else has changed the request, a rule or a lock meanwhile.
# One that fails so often is judged by another rule than it is stored by.
MOST_TRIES: Final = 100


class SqlRequestRepository(Repository):
    """The requests of all channels. Every method raises StorageUnavailable.

    Those that return a request raise UnreadableRecord, too.
    """

    async def add_request(self, request: Request) -> None:
        """Store a new request."""
        row = row_parameters(sql.REQUESTS, request_values(request))
        event = event_values(request_asked(request))
        await self._database.write(sql.ADD, row, event)

    async def get_request(self, request_id: str) -> Request | None:
        """Return the request as it stands, with its operation, or None."""
        return await self._one(sql.GET, {"request": request_id})

    async def get_request_of(self, operation_id: str) -> Request | None:
        """Return the request that authorised an operation, or None."""
        return await self._one(sql.GET_OF_OPERATION, {"operation": operation_id})

    async def put_card(self, request_id: str, card: str) -> None:
        """Store the Slack timestamp of the request's card, unless one is stored."""
        await self._database.run(sql.PUT_CARD, {"request": request_id, "clicked": card})

    async def approve_request(
        self,
        request_id: str,
        person: Person,
        card: str,
        now: datetime,
        *,
        judge: Judge[D],
    ) -> Request | D | PlanLives | None:
        """Add an approval to a request that is pending and in time; None elsewhere.

        The approval that completes the required number authorises the operation, or
        starts the plan. A person's second press changes nothing, and neither does one
        that would start a plan beside another, which is returned then.
        """
        for _ in range(MOST_TRIES):
            request = await self.get_request(request_id)
            if request is None or not request.is_pending(now):
                return None
            stored = await self._approvals(request)
            judged = await judge(request, stored)
            if not isinstance(judged, Judgement):
                return judged
            if any(one.person == person for one in stored):
                return request
            approved = request.approved(person.user_id, now, judged.counted)
            approved = replace(approved, alone_reason=judged.reason)
            values = _decision(request, approved, card, now)
            values["judged_version"] = judged.version
            values["judged_locks"] = list(judged.locks)
            write, rows, of_plan = approval_write(approved, person, now, judged)
            if done := await self._write(write, values | of_plan, rows):
                return replace(approved, card=done[0].card)
            if write is sql.START_PLAN and (live := await self._live_plan(of_plan)):
                return PlanLives(live)
        raise StorageUnavailable("a request has changed all the time")

    async def cancel_request(
        self,
        request_id: str,
        person: Person | None,
        card: str | None,
        now: datetime,
        *,
        check: CancelCheck[D] | None = None,
    ) -> Request | D | None:
        """Cancel a request that is pending and in time; None where it is not."""
        user = None if person is None else person.user_id
        while True:
            request = await self.get_request(request_id)
            if request is None or not request.is_pending(now):
                return None
            if check is not None and (denied := await check(request)) is not None:
                return denied
            cancelled = request.decided(RequestState.CANCELLED, user, now)
            event = event_values(request_closed(cancelled))
            values = _decision(request, cancelled, card, now)
            if done := await self._database.write(sql.CANCEL, values, event):
                return replace(cancelled, card=done[0].card)

    async def end_request(
        self, request_id: str, reason: EndReason, by: str | None, now: datetime
    ) -> Request | None:
        """End a request that is pending: nothing is left to confirm; None elsewhere."""
        while True:
            request = await self.get_request(request_id)
            if request is None or not request.is_pending(now):
                return None
            ended = request.ended(reason, by, now)
            event = event_values(request_closed(ended))
            values = _decision(request, ended, None, now)
            if await self._database.write(sql.CANCEL, values, event):
                return ended

    async def open_requests(
        self, workspace: str, target: Target, now: datetime
    ) -> Sequence[Request]:
        """Return the pending requests of a target in all channels, the oldest first."""
        asked = {"workspace": workspace, "now": now, **target_values(target)}
        rows = await self._database.run(sql.OPEN_OF_TARGET, asked)
        return [request for row in rows if (request := _readable(row)) is not None]

    async def open_under_rule(
        self, workspace: str, target: Target, now: datetime
    ) -> Sequence[str]:
        """Return the ids of what waits under a rule, of an app and all its flights."""
        asked = {"workspace": workspace, "now": now, **target_values(target)}
        rows = await self._database.run(sql.OPEN_UNDER_RULE, asked)
        return [row.id for row in rows]

    async def halted_by(self, request_id: str) -> str | None:
        """Return who has confirmed a halt of the app since this was asked for.

        None where nobody has, and once the halt has ended what it overtook.
        """
        rows = await self._database.run(sql.HALTED_BY, {"request": request_id})
        return str(rows[0].authorised_by) if rows else None

    async def expire_request(self, request_id: str, now: datetime) -> Request | None:
        """Expire one request that is pending and past its time; None where not.

        It counts as decided, by nobody: its card is still to be shown as expired.
        """
        while True:
            request = await self.get_request(request_id)
            if request is None or request.state is not RequestState.PENDING:
                return None
            if now < request.expires_at:
                return None
            expired = request.decided(RequestState.EXPIRED, None, now)
            event = event_values(request_closed(expired))
            values = _decision(request, expired, None, now)
            if await self._database.write(sql.EXPIRE, values, event):
                return expired

    async def overdue_requests(self, now: datetime) -> Sequence[str]:
        """Return the ids of pending requests whose time is over, the oldest first."""
        return [row.id for row in await self._database.run(sql.OVERDUE, {"now": now})]

    async def close_card(self, request_id: str, now: datetime) -> None:
        """Record that a card shows that its request has ended, or its ramp begun."""
        await self._database.run(sql.CLOSE_CARD, {"request": request_id, "now": now})

    async def unclosed_cards(self, before: datetime) -> Sequence[str]:
        """Return those whose cards do not show what was decided before then.

        They were cancelled or expired, or a ramp has begun.
        """
        rows = await self._database.run(sql.UNCLOSED, {"now": before})
        return [row.id for row in rows]

    async def _approvals(self, request: Request) -> Sequence[Approval]:
        """Return the approvals that are stored; most requests have none."""
        if not request.approvals_given:
            return ()
        rows = await self._database.run(sql.APPROVALS_OF, {"request": request.id})
        return [
            Approval(Person(row.user_id, row.workspace), row.approved_at, row.reason)
            for row in rows
        ]

    async def _write(
        self, write: Write, values: Values, rows: Sequence[Values]
    ) -> Sequence[Row[Any]]:
        try:
            return await self._database.write(write, values, *rows)
        except IntegrityError:
            if write is not sql.START_PLAN:
                raise
            # The target has a plan that has not ended.
            return ()

    async def _live_plan(self, of_target: Values) -> Plan | None:
        rows = await self._database.run(LIVE, of_target)
        return plan_from(rows[0]) if rows else None

    async def _one(
        self, statement: Executable, parameters: Mapping[str, object]
    ) -> Request | None:
        rows = await self._database.run(statement, parameters)
        return _with_operation(rows[0]) if rows else None


def _readable(row: Row[Any]) -> Request | None:
    """Return the request of a row; None where a newer version wrote it otherwise."""
    try:
        return request_from(row)
    except UnreadableRecord:
        return None


def _decision(
    request: Request, decided: Request, card: str | None, now: datetime
) -> Values:
    """Return the parameters that lead a request from what was read to what it is."""
    return {
        "request": request.id,
        "seen": request.approvals_given,
        "now": now,
        "clicked": card,
        "new_state": decided.state.value,
        "given": decided.approvals_given,
        "user": decided.decided_by,
        "decided": decided.decided_at,
        "reason_to_end": decided.end_reason,
    }


def _with_operation(row: Row[Any]) -> Request:
    request = replace(
        request_from(row),
        channel_has_app=bool(row.channel_has_app),
        overtakes=bool(row.overtakes),
    )
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
