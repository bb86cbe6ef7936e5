"""Observations: what the Store last showed of a target, when, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.results import Refused, Unavailable
from bot.domain.submissions import Snapshot, Target
from bot.domain.watching import WatchedTarget


@dataclass(frozen=True, slots=True)
class Observation:
    """What the Store last showed of a target, and when; `since` when it first did."""

    seen: Snapshot | Refused | Unavailable
    at: datetime
    since: datetime | None = None


class ObservationRepository(Protocol):
    """What the watching of all replicas has seen."""

    async def list_observed(self, targets: Sequence[Target]) -> Sequence[WatchedTarget]:
        """Return those of the targets that are watched. Raises StorageUnavailable."""
        ...


def observed(watched: WatchedTarget) -> Observation | None:
    """Return what watching has seen; None where nothing was seen yet."""
    if watched.seen is None or watched.looked_at is None:
        return None
    return Observation(watched.seen, watched.looked_at, watched.since)


def seen_since(
    before: Observation | None, seen: Snapshot | Refused, at: datetime
) -> datetime:
    """Return since when a target was seen as it is, reading after reading."""
    match before, seen:
        case Observation(seen=Snapshot() as old), Snapshot() as new:
            same = old.ref == new.ref and old.rollout.same_as(new.rollout)
            return (before.since or before.at) if same else at
        case _:
            return at
