"""Watching: what changed between two looks at a target, and when to look again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from bot.domain.events import Event, EventKind
from bot.domain.operations import Operation
from bot.domain.rollout import Rollout
from bot.domain.submissions import Snapshot, Target
from bot.domain.verbs import Phase

_MINUTE: Final = timedelta(minutes=1)
# After a change others follow, and people look.
_JUST_CHANGED: Final = timedelta(minutes=15)
_AT_REST: Final = timedelta(hours=48)
SOON: Final = _MINUTE
_OPEN: Final = 5 * _MINUTE
_SELDOM: Final = 15 * _MINUTE
_UNREADABLE: Final = timedelta(hours=1)
_LONGEST: Final = timedelta(days=1)
_JITTER: Final = 0.1
_MOST_DOUBLED: Final = 10


class Topics(StrEnum):
    """Of what a channel is told about a target that it follows; kept for good."""

    ALL = "all"
    CHANGES = "changes"
    ATTENTION = "attention"
    NONE = "none"


_FINAL: Final = (Phase.STOPPED, Phase.COMPLETE)
_KINDS: Final[Mapping[Phase, EventKind]] = MappingProxyType(
    {
        Phase.IN_PROGRESS: EventKind.ROLLOUT_OPENED,
        Phase.STOPPED: EventKind.ROLLOUT_HALTED,
        Phase.COMPLETE: EventKind.ROLLOUT_FINALIZED,
    }
)


@dataclass(frozen=True, slots=True)
class WatchedTarget:
    """A target that a channel follows, as it was last seen.

    `seen` is None where nothing is published, and before the first look, when
    `looked_at` is None too. `since` is when it was first seen as it is, `changed_at`
    when it was last seen to change. `failures` counts the looks in vain since then, the
    first of which was at `failing_since`; `unreadable_since` is the same once it was
    told. `remind_at` is when something may have to be told without a change. `ramped`
    is whether its rollout has a ramp that is neither paused nor over, where that was
    read.
    """

    target: Target
    version: int
    seen: Snapshot | None = None
    looked_at: datetime | None = None
    since: datetime | None = None
    changed_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    unreadable_since: datetime | None = None
    remind_at: datetime | None = None
    leased_until: datetime | None = None
    ramped: bool = False

    @property
    def open(self) -> bool:
        """Whether its rollout is in progress."""
        return self.seen is not None and self.seen.rollout.phase is Phase.IN_PROGRESS

    @property
    def over(self) -> bool:
        """Whether its rollout has ended: it never changes again."""
        return self.seen is not None and self.seen.rollout.phase in _FINAL


def newest(before: WatchedTarget, seen: Snapshot | None) -> Snapshot | None:
    """Return what is true after a look that has shown `seen`.

    An answer of the Store may be older than the one before it: a rollout that has ended
    does not go on, and a published submission does not vanish.
    """
    known = before.seen
    if known is None or seen is None:
        return seen or known
    if before.over and seen.ref == known.ref and seen.rollout.phase not in _FINAL:
        return known
    return seen


def difference(before: WatchedTarget, seen: Snapshot | None) -> EventKind | None:
    """Return what has happened since the last look; None where nothing is to be told.

    The first look finds what is so, and no change.
    """
    if before.looked_at is None or seen is None:
        return None
    known, now = before.seen, seen.rollout.phase
    if known is None or known.ref != seen.ref:
        if now is Phase.IN_PROGRESS:
            return EventKind.ROLLOUT_OPENED
        return EventKind.ROLLOUT_REPLACED if before.open else None
    if known.rollout.same_as(seen.rollout):
        return None
    if now is Phase.IN_PROGRESS and before.open:
        return EventKind.PERCENTAGE_CHANGED
    return _KINDS.get(now)


def change_event(
    kind: EventKind,
    before: WatchedTarget,
    seen: Snapshot,
    at: datetime,
    cause: Operation | None = None,
) -> Event:
    """Return the event of a change that a look has found.

    `cause` is an operation of ours that was in doubt, and wanted just this.
    """
    target, known = before.target, before.seen
    details: dict[str, Any] = {"after": state_details(seen)}
    if known is not None:
        details["before"] = state_details(known)
    key = [
        target.account,
        target.app_id,
        target.flight_id or "",
        seen.ref.submission_id,
    ]
    # A percentage can come back; all else happens once in a submission's life.
    if kind is EventKind.PERCENTAGE_CHANGED:
        key.append(str(before.version))
    return Event(
        kind,
        at,
        target=target,
        actor=cause.authorised_by if cause else None,
        operation_id=cause.id if cause else None,
        details=details,
        unique_key="/".join([kind.value, *key]),
    )


def base_interval(watched: WatchedTarget, now: datetime) -> timedelta:
    """Return how often a target should be looked at, whatever else there is to do."""
    changed = watched.changed_at
    if changed is not None and timedelta(0) <= now - changed < _JUST_CHANGED:
        return SOON
    if not watched.open:
        return _SELDOM
    since = watched.since or now
    return _SELDOM if now - since >= _AT_REST else _OPEN


def failure_interval(failures: int, *, transient: bool) -> timedelta:
    """Return the pause after so many looks in vain.

    An outage ends by itself; what the Store refuses, somebody has to mend.
    """
    doubled = 1 << min(failures - 1, _MOST_DOUBLED)
    if transient:
        return min(SOON * doubled, _SELDOM)
    return min(_UNREADABLE * doubled, _LONGEST)


def spread(interval: timedelta, load: float, jitter: float) -> timedelta:
    """Return the pause before the next look.

    `load` is how many times more requests are wanted than there are; `jitter`, from -1
    to 1, keeps targets that were followed at once from being looked at at once.
    """
    seconds = interval.total_seconds() * max(load, 1.0)
    longest = max(_LONGEST, interval).total_seconds()
    return timedelta(seconds=min(seconds, longest) * (1 + _JITTER * jitter))


def demand(watched: WatchedTarget, now: datetime) -> float:
    """Return how many requests a minute the looks at a target take.

    Where its rollout is over, the list of apps says enough, of a hundred at once.
    """
    requests = 0.01 if watched.over else 1.0
    return requests * (_MINUTE / base_interval(watched, now))


def state_details(seen: Snapshot) -> dict[str, Any]:
    """Return what was seen, for the details of an event."""
    return {
        "submission_id": seen.ref.submission_id,
        "rollout": asdict(seen.rollout),
    }


def rollout_from_json(data: Mapping[str, Any]) -> Rollout:
    """Return the rollout of a state in the details of a change."""
    return Rollout(**data["rollout"])
