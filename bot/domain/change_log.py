"""The change log of a target: the last changes of its rollouts, whoever made them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.events import Event
from bot.domain.ramp_history import RampHistory
from bot.domain.rollout_changes import (
    Point,
    RolloutChange,
    changed_submission,
    percentages,
    rollout_change,
)
from bot.domain.submissions import Target


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """One change of a rollout, as the history of a channel shows it.

    `asked_here`: a request of the channel has brought it, and is an entry by itself.
    The submission and the names are None where they are not known any more. A step of
    a ramp has the id of that.
    """

    target: Target
    change: RolloutChange
    submission_id: str | None = None
    asked_here: bool = False
    app_name: str | None = None
    flight_name: str | None = None
    ramp_id: str | None = None

    @property
    def at(self) -> datetime:
        """When it was made, or was seen."""
        return self.change.at


@dataclass(frozen=True, slots=True)
class Logged:
    """An event of a rollout, with what other tables know of it.

    `of_operation` is the submission that its operation has changed; a step of a ramp
    has the id of that.
    """

    event: Event
    of_operation: str | None
    asked_here: bool
    app_name: str | None = None
    flight_name: str | None = None
    ramp_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """The last changes of a target, newest first; `unread` more are of a newer bot.

    `began` is when the rollout of `began_by` was first seen, and its percentage then.
    `ramps` are those that were started meanwhile, or have made one of the changes.
    """

    changes: tuple[LoggedChange, ...] = ()
    unread: int = 0
    began_by: str | None = None
    began: Point | None = None
    ramps: tuple[RampHistory, ...] = ()

    @property
    def elsewhere(self) -> tuple[LoggedChange, ...]:
        """What no request of the channel has brought, and no ramp that is known."""
        known = {ramp.request.id for ramp in self.ramps}
        return tuple(
            one
            for one in self.changes
            if not one.asked_here and one.ramp_id not in known
        )

    @property
    def points(self) -> tuple[Point, ...]:
        """The course of the percentage of the newest submission that has changed."""
        known = (one.submission_id for one in self.changes)
        newest = next((one for one in known if one is not None), None)
        changes = [
            one.change
            for one in reversed(self.changes)
            if newest is not None and one.submission_id == newest
        ]
        start = self.began if self.began_by == newest else None
        return tuple(percentages(start, changes)) if changes else ()


def read_changes(logged: Sequence[Logged]) -> tuple[tuple[LoggedChange, ...], int]:
    """Return the changes of these events, both newest first, and how many are unread.

    What a look has found of an operation may have been proved by it later, once more.
    """
    changes: list[LoggedChange] = []
    operations: set[str | None] = set()
    unread = 0
    for one in reversed(logged):
        if one.event.operation_id in operations:
            continue
        try:
            changes.append(_logged_change(one))
        except (KeyError, TypeError, ValueError):
            unread += 1
        operations |= {one.event.operation_id} - {None}
    return tuple(reversed(changes)), unread


def _logged_change(logged: Logged) -> LoggedChange:
    event = logged.event
    if event.target is None:
        raise ValueError(f"{event.kind} has no target")
    return LoggedChange(
        event.target,
        rollout_change(event),
        logged.of_operation or changed_submission(event),
        logged.asked_here,
        logged.app_name,
        logged.flight_name,
        logged.ramp_id,
    )
