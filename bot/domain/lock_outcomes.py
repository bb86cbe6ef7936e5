"""What a command about locks is answered with, and what a lock does to a change."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.app_names import ResolvedTarget
from bot.domain.locks import HeldLock, Lock
from bot.domain.requests import Alias
from bot.domain.verbs import Verb


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
    """Changes of the `apps` are held by locks, the one that ends last first."""

    verb: Verb
    apps: tuple[ResolvedTarget, ...]
    locks: tuple[HeldLock, ...]
