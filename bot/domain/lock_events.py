"""The events of locks: one was set, or lifted, by whom and why."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.events import Event, EventKind
from bot.domain.locks import Lock, window_from_json, window_to_json
from bot.domain.requests import Place
from bot.domain.submissions import Target

LOCK_KINDS = frozenset({EventKind.LOCKED, EventKind.UNLOCKED})


@dataclass(frozen=True, slots=True)
class LockChange:
    """Somebody has set or lifted a lock; `reason` is that of lifting it, or empty."""

    kind: EventKind
    lock: Lock
    at: datetime
    actor: str | None
    reason: str = ""
    app_name: str | None = None
    flight_name: str | None = None

    @property
    def target(self) -> Target | None:
        """What is locked; None for all apps."""
        return self.lock.target

    @property
    def by_another(self) -> bool:
        """Whether it was lifted by another person than the one who had locked."""
        return self.kind is EventKind.UNLOCKED and self.actor != self.lock.locked_by


def lock_set(lock: Lock, place: Place, key: str) -> Event:
    """Return the event of a new lock; `key` is its own, for it has no number yet."""
    return Event(
        EventKind.LOCKED,
        lock.locked_at,
        place,
        lock.target,
        lock.locked_by,
        details=_details(lock),
        unique_key=f"{EventKind.LOCKED}/{key}",
    )


def lock_lifted(lock: Lock, place: Place) -> Event:
    """Return the event of a lock that somebody has lifted. Raises ValueError else."""
    if lock.lifted_at is None:
        raise ValueError(f"lock {lock.id} is not lifted")
    return Event(
        EventKind.UNLOCKED,
        lock.lifted_at,
        place,
        lock.target,
        lock.lifted_by,
        details={**_details(lock), "lock": lock.id, "lift_reason": lock.lift_reason},
        unique_key=f"{EventKind.UNLOCKED}/{lock.id}",
    )


def read_lock_change(event: Event) -> LockChange:
    """Return what has become of a lock. Raises KeyError, TypeError or ValueError."""
    if event.kind not in LOCK_KINDS or event.place is None:
        raise ValueError(f"{event.kind} is no change of a lock")
    details = event.details
    ends_at, weekly = details["ends_at"], details["weekly"]
    lock = Lock(
        id=details.get("lock", 0),
        workspace=event.place.workspace,
        channel=event.place.channel,
        target=event.target,
        reason=details["reason"],
        locked_by=details["locked_by"],
        locked_at=datetime.fromisoformat(details["locked_at"]),
        ends_at=None if ends_at is None else datetime.fromisoformat(ends_at),
        weekly=None if weekly is None else window_from_json(weekly),
    )
    reason = details.get("lift_reason") or ""
    return LockChange(event.kind, lock, event.at, event.actor, reason)


def _details(lock: Lock) -> dict[str, object]:
    return {
        "reason": lock.reason,
        "locked_by": lock.locked_by,
        "locked_at": lock.locked_at.isoformat(),
        "ends_at": None if lock.ends_at is None else lock.ends_at.isoformat(),
        "weekly": None if lock.weekly is None else window_to_json(lock.weekly),
    }
