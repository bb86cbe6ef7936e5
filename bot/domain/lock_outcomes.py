"""What a command about locks is answered with, and what a lock does to a change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.domain.app_names import ResolvedTarget
from bot.domain.locks import HeldLock, Lock
from bot.domain.requests import Alias, Request
from bot.domain.verbs import Verb

# The reason code of a refusal, in the log of events.
LOCKED: Final = "locked"


@dataclass(frozen=True, slots=True)
class LockSet:
    """A lock was stored; `app` are the words that name what is locked.

    `zone` is where its times were read, None where they name none; `zone_known` is
    whether it is the asker's own.
    """

    lock: Lock
    app: str
    zone: str | None = None
    zone_known: bool = True


@dataclass(frozen=True, slots=True)
class LockLifted:
    """Locks were lifted; `left` are those that still hold the same, or will."""

    app: str
    lifted: tuple[Lock, ...]
    left: tuple[Lock, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class NotLocked:
    """What was named has no lock of its own; `others` are about it all the same."""

    app: str
    others: tuple[Lock, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Locks:
    """The locks of what this channel follows, and of all apps; `names` are its own.

    They hold at this moment, or come back.
    """

    locks: tuple[Lock, ...]
    names: tuple[Alias, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Locked:
    """Changes of the `apps` are held by locks, the one that ends last first.

    `request` is the one whose card was pressed; None where there is no card.
    """

    verb: Verb
    apps: tuple[ResolvedTarget, ...]
    locks: tuple[HeldLock, ...]
    request: Request | None = None


LockOutcome = LockSet | LockLifted | NotLocked | Locks | Locked

# As the codes of other answers these stand in logs, and never change.
LOCK_CODES: Final[dict[type[object], str]] = {
    LockSet: "lock_set",
    LockLifted: "lock_lifted",
    NotLocked: "not_locked",
    Locks: "locks",
    Locked: LOCKED,
}


def lock_details(locks: Sequence[HeldLock]) -> dict[str, Any]:
    """Return what the event of a refusal says of the locks that have refused."""
    each = [
        {"id": one.lock.id, "locked_by": one.lock.locked_by, "reason": one.lock.reason}
        for one in locks
    ]
    return {"locks": each}
