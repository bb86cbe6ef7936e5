"""The repository of operations: at most one runner sends each write."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import and_, bindparam, func, insert, or_, select, update

from bot.db.events import append
from bot.db.models import IS_OPEN, OperationRow, table
from bot.db.rows import operation_from, result_values
from bot.db.session import Repository
from bot.domain.events import operation_ended, operation_started
from bot.domain.operations import Operation
from bot.domain.results import CODES, Result, Unknown

OPERATIONS: Final = table(OperationRow)
O: Final = OPERATIONS.c  # noqa: E741 - short as the names of the other tables
THIS: Final = O.id == bindparam("operation")
NOW: Final = bindparam("now", type_=O.authorised_at.type)

ADD: Final = insert(OPERATIONS)
GET: Final = select(OPERATIONS).where(THIS)

# Of two runners at the same point only one may send.
BEGIN_ATTEMPT: Final = (
    update(OPERATIONS)
    .where(
        THIS,
        O.result.is_(None),
        O.attempts == bindparam("earlier", type_=O.attempts.type),
    )
    .values(attempts=O.attempts + 1)
    .returning(OPERATIONS)
)

# A truth that came later must be shown too, so the operation is open again.
FINISH: Final = (
    update(OPERATIONS)
    .where(
        THIS,
        or_(
            O.outcome.is_(None),
            and_(
                O.outcome == CODES[Unknown],
                bindparam("new_outcome", type_=O.outcome.type) != CODES[Unknown],
            ),
        ),
    )
    .values(
        outcome=bindparam("new_outcome", type_=O.outcome.type),
        result=bindparam("new_result", type_=O.result.type),
        correlation_id=bindparam("new_correlation_id", type_=O.correlation_id.type),
        finished_at=NOW,
        closed_at=None,
    )
    .returning(OPERATIONS)
)
CLOSE: Final = (
    update(OPERATIONS).where(THIS).values(closed_at=func.coalesce(O.closed_at, NOW))
)
OPEN: Final = (
    select(O.id).where(IS_OPEN, O.authorised_at < NOW).order_by(O.authorised_at)
)


class SqlOperationRepository(Repository):
    """The operations of all accounts. Every method raises StorageUnavailable.

    Those that return an operation raise UnreadableRecord, too.
    """

    async def get_operation(self, operation_id: str) -> Operation | None:
        """Return the operation as it stands, or None."""
        rows = await self._database.run(GET, {"operation": operation_id})
        return operation_from(rows[0]) if rows else None

    async def begin_attempt(
        self, operation_id: str, earlier: int, now: datetime
    ) -> bool:
        """Record, before a write is sent, that it is.

        True only where exactly `earlier` attempts were recorded until now and the
        operation has no result.
        """
        attempt = {"operation": operation_id, "earlier": earlier}
        async with self._database.transaction() as transaction:
            rows = await transaction.run(BEGIN_ATTEMPT, attempt)
            if not rows:
                return False
            event = operation_started(operation_from(rows[0]), now)
            await append(transaction, event)
            return True

    async def finish_operation(
        self, operation_id: str, result: Result, now: datetime
    ) -> Operation:
        """Store the result; a later truth replaces Unknown.

        Anything else leaves the operation as it is; it is returned as it stands.
        Raises LookupError where there is no such operation.
        """
        finish = {
            "operation": operation_id,
            "now": now,
            **{f"new_{name}": value for name, value in result_values(result).items()},
        }
        async with self._database.transaction() as transaction:
            rows = await transaction.run(FINISH, finish)
            if rows:
                operation = operation_from(rows[0])
                await append(transaction, operation_ended(operation, result, now))
                return operation
            rows = await transaction.run(GET, {"operation": operation_id})
        if not rows:
            raise LookupError(f"no operation {operation_id}")
        return operation_from(rows[0])

    async def close_operation(self, operation_id: str, now: datetime) -> None:
        """Record that Slack shows the result: no work is left for the operation."""
        await self._database.run(CLOSE, {"operation": operation_id, "now": now})

    async def open_operations(self, before: datetime) -> Sequence[str]:
        """Return the ids of operations authorised before then and not closed yet."""
        return [row.id for row in await self._database.run(OPEN, {"now": before})]
