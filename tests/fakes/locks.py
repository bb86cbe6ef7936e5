"""The locks in memory, proved by the tests of the SQL ones in tests/db."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.lock_events import lock_lifted, lock_set
from bot.domain.locks import Lock
from bot.domain.requests import Place
from bot.domain.submissions import Target
from tests.fakes.memory import Repository


class FakeLocks(Repository):
    """The locks of all workspaces; nobody is told of them."""

    async def locks_on(
        self, workspace: str, target: Target, now: datetime
    ) -> Sequence[Lock]:
        """Return the locks of a target, its app and all apps, the oldest first."""
        locks = await self.list_locks(workspace, now)
        return [lock for lock in locks if lock.covers(target)]

    async def list_locks(self, workspace: str, now: datetime) -> Sequence[Lock]:
        """Return all locks that are neither lifted nor over, the oldest first."""
        return [
            lock
            for lock in self.reach().locks
            if lock.workspace == workspace
            and lock.lifted_at is None
            and (lock.ends_at is None or lock.ends_at > now)
        ]

    async def add_lock(self, lock: Lock, place: Place) -> Lock:
        """Store a lock, and return it with its number."""
        memory = self.reach()
        stored = replace(lock, id=len(memory.locks) + 1)
        memory.locks.append(stored)
        memory.append(lock_set(lock, place, str(stored.id)))
        return stored

    async def lift_lock(self, lock: Lock, place: Place) -> bool:
        """Store that a lock was lifted; return False where it was before."""
        memory = self.reach()
        number = lock.id - 1
        if memory.locks[number].lifted_at is not None:
            return False
        memory.locks[number] = lock
        memory.append(lock_lifted(lock, place))
        return True
