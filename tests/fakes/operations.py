"""The operation repository in memory, with the semantics of the SQL one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.events import operation_ended, operation_started
from bot.domain.operations import Operation
from bot.domain.results import Result, Unknown
from tests.fakes.memory import Repository


@dataclass
class FakeOperations(Repository):
    """The operations; `after_attempt` runs once an attempt has been recorded."""

    after_attempt: Callable[[], None] | None = None

    @property
    def kept(self) -> dict[str, Operation]:
        """The operations as they stand; a test may put its own there."""
        return self.memory.operations

    async def get_operation(self, operation_id: str) -> Operation | None:
        """Return the operation as it stands, or None."""
        return self.reach().operations.get(operation_id)

    async def begin_attempt(self, operation: Operation, now: datetime) -> bool:
        """Record, before a write is sent, that it is."""
        memory = self.reach()
        stored = memory.operations.get(operation.id)
        if stored is None or stored.result is not None:
            return False
        if stored.attempts != operation.attempts:
            return False
        attempts = stored.attempts + 1
        memory.operations[operation.id] = replace(stored, attempts=attempts)
        begun = replace(operation, attempts=attempts)
        memory.append(operation_started(begun, now))
        if self.after_attempt is not None:
            self.after_attempt()
        return True

    async def finish_operation(
        self, operation: Operation, result: Result, now: datetime
    ) -> Operation:
        """Store the result and return the operation; a later truth replaces Unknown.

        Raises LookupError where there is no such operation.
        """
        memory = self.reach()
        stored = memory.operations.get(operation.id)
        if stored is None:
            raise LookupError(f"no operation {operation.id}")
        corrects = isinstance(stored.result, Unknown) and not isinstance(
            result, Unknown
        )
        if stored.result is not None and not corrects:
            return stored
        finished = replace(stored, result=result, finished_at=now)
        memory.operations[operation.id] = finished
        memory.closed_operations.pop(operation.id, None)
        memory.append(operation_ended(operation, result, now))
        return finished

    async def close_operation(self, operation_id: str, now: datetime) -> None:
        """Record that Slack shows the result: no work is left for the operation."""
        memory = self.reach()
        if operation_id in memory.operations:
            memory.closed_operations.setdefault(operation_id, now)

    async def open_operations(self, before: datetime) -> Sequence[str]:
        """Return the ids of operations authorised before then and not closed yet."""
        memory = self.reach()
        found = [
            (operation.authorised_at, operation.id)
            for operation in memory.operations.values()
            if operation.authorised_at < before
            and operation.id not in memory.closed_operations
        ]
        return [operation_id for _, operation_id in sorted(found)]
