"""Port of the repository of locks: what the service stores and reads of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.locks import Lock
from bot.domain.requests import Place
from bot.domain.submissions import Target


class LockRepository(Protocol):
    """The locks of all workspaces. Every method raises StorageUnavailable."""

    async def locks_on(
        self, workspace: str, target: Target, now: datetime
    ) -> Sequence[Lock]:
        """Return the locks of a target, its app and all apps, the oldest first.

        They are neither lifted nor over; one that comes back may not hold now.
        """
        ...

    async def list_locks(self, workspace: str, now: datetime) -> Sequence[Lock]:
        """Return all locks that are neither lifted nor over, the oldest first."""
        ...

    async def add_lock(self, lock: Lock, place: Place) -> Lock:
        """Store a lock that was typed in a place, and return it with its number.

        Each channel that follows what is locked will be told, by the same write.
        """
        ...

    async def lift_lock(self, lock: Lock, place: Place) -> bool:
        """Store that a lock was lifted; return False where it was before.

        The channels are told of it as of the lock itself.
        """
        ...
