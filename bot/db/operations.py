"""The repository of operations: at most one runner sends each write."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import and_, bindparam, exists, func, or_, select, update

from bot.db.events import EVENTS, E, event_values
from bot.db.models import IS_OPEN, OperationRow, table
from bot.db.rows import Values, operation_from, result_values
from bot.db.session import Repository
from bot.db.telling import (
    of_target,
    prove_observation,
    tell_asker,
    tell_followers,
    this_target,
)
from bot.db.watch_models import IS_CHANGE
from bot.db.writes import Write
from bot.domain.events import Event, operation_ended, operation_started
from bot.domain.operations import Operation
from bot.domain.results import CODES, Done, Result, Unknown
from bot.domain.watching import SOON, Topics

OPERATIONS: Final = table(OperationRow)
O: Final = OPERATIONS.c  # noqa: E741 - short as the names of the other tables
THIS: Final = O.id == bindparam("operation")
NOW: Final = bindparam("now", type_=O.authorised_at.type)

GET: Final = select(OPERATIONS).where(THIS)

# Of two runners at the same point only one may send.
BEGIN_ATTEMPT: Final = Write(
    update(OPERATIONS)
    .where(
        THIS,
        O.result.is_(None),
        O.attempts == bindparam("earlier", type_=O.attempts.type),
    )
    .values(attempts=O.attempts + 1)
    .returning(O.id),
    EVENTS,
)

# A truth that came later must be shown too, so the operation is open again.
_FINISH: Final = (
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
FINISH: Final = Write(_FINISH, EVENTS)
# A look may have found what an Unknown has done, and named it.
_IS_TOLD: Final = exists(
    select(E.id).where(
        IS_CHANGE,
        this_target(E),
        E.operation_id == bindparam("operation"),
        E.unique_key != bindparam("key_of_event", type_=E.unique_key.type),
    )
)
# What the Store has shown after our own change needs no look, and is told at once.
FINISH_DONE: Final = Write(
    _FINISH,
    EVENTS,
    companions=(
        prove_observation,
        tell_followers(Topics.CHANGES, ~_IS_TOLD),
        tell_asker(Topics.CHANGES, ~_IS_TOLD),
    ),
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

    async def begin_attempt(self, operation: Operation, now: datetime) -> bool:
        """Record, before a write is sent, that it is.

        True only where the operation still stands as it is given: as many attempts,
        and no result.
        """
        begun = replace(operation, attempts=operation.attempts + 1)
        attempt = {"operation": operation.id, "earlier": operation.attempts}
        event = event_values(operation_started(begun, now))
        return bool(await self._database.write(BEGIN_ATTEMPT, attempt, event))

    async def finish_operation(
        self, operation: Operation, result: Result, now: datetime
    ) -> Operation:
        """Store the result; a later truth replaces Unknown.

        Anything else leaves the operation as it is; it is returned as it stands.
        Raises LookupError where there is no such operation.
        """
        finish: Values = {
            "operation": operation.id,
            "now": now,
            **{f"new_{name}": value for name, value in result_values(result).items()},
        }
        event = operation_ended(operation, result, now)
        write = FINISH
        if isinstance(result, Done):
            write, finish = FINISH_DONE, finish | _proof(operation, result, event)
        rows = await self._database.write(write, finish, event_values(event))
        if not rows:
            rows = await self._database.run(GET, {"operation": operation.id})
        if not rows:
            raise LookupError(f"no operation {operation.id}")
        return operation_from(rows[0])

    async def close_operation(self, operation_id: str, now: datetime) -> None:
        """Record that Slack shows the result: no work is left for the operation."""
        await self._database.run(CLOSE, {"operation": operation_id, "now": now})

    async def open_operations(self, before: datetime) -> Sequence[str]:
        """Return the ids of operations authorised before then and not closed yet."""
        return [row.id for row in await self._database.run(OPEN, {"now": before})]


def _proof(operation: Operation, done: Done, event: Event) -> Values:
    """Return the parameters of what the Store has shown after our change."""
    shown = done.after
    return {
        **of_target(operation.ref.target),
        "of_submission": operation.ref.submission_id,
        "of_request": operation.request_id,
        "of_plan": operation.plan_id,
        "key_of_event": event.unique_key,
        "told_at": event.at,
        "look_at": event.at + SOON,
        "shown_rollout_enabled": shown.enabled,
        "shown_rollout_percentage": shown.percentage,
        "shown_rollout_status": shown.status,
    }
