"""App Home: what one person is shown of the rollouts in the channels they are in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.events import Event, EventKind
from bot.domain.locks import HeldLock
from bot.domain.percentages import FULL, same_percentage
from bot.domain.plans import Plan, PlanState
from bot.domain.proposals import Proposal
from bot.domain.reminders import STUCK_AFTER
from bot.domain.requests import Request
from bot.domain.rollout import Rollout
from bot.domain.rollout_changes import rollout_change
from bot.domain.submissions import Target
from bot.domain.watching import WatchedTarget

# How long the end of a rollout is shown.
FINISHED_FOR: Final = timedelta(days=7)


class NextStep(StrEnum):
    """What is left to do for a rollout. All but the last three need attention."""

    READ = "read"
    GO_ON = "go_on"
    FINALIZE = "finalize"
    FREE_DRAFT = "free_draft"
    DECIDE = "decide"
    RAISE = "raise"
    RAMP = "ramp"
    WAIT = "wait"


_BY_THEMSELVES: Final = frozenset({NextStep.RAISE, NextStep.RAMP, NextStep.WAIT})


@dataclass(frozen=True, slots=True)
class FollowedTarget:
    """A target that one channel follows, as it was last seen.

    `named` is whether the channel has an alias for it.
    """

    channel: str
    named: bool
    watched: WatchedTarget


@dataclass(frozen=True, slots=True)
class OpenRollout:
    """A rollout in progress, or a target that could not be read, for all channels.

    `plan` is its ramp, where it has one that has not ended.
    """

    watched: WatchedTarget
    channels: tuple[str, ...]
    plan: Plan | None = None

    def next_step(self, now: datetime) -> NextStep:
        """Return what is left to do; what keeps from seeing the rollout comes first."""
        seen, since = self.watched.seen, self.watched.since
        if self.watched.failing_since is not None:
            return NextStep.READ
        if seen is None:
            return NextStep.WAIT
        if self.plan is not None:
            held = self.plan.state is PlanState.HELD
            return NextStep.GO_ON if held else NextStep.RAMP
        if same_percentage(seen.rollout.percentage, FULL):
            return NextStep.FINALIZE
        if seen.pending_id is not None:
            return NextStep.FREE_DRAFT
        stuck = since is not None and now - since >= STUCK_AFTER
        return NextStep.DECIDE if stuck else NextStep.RAISE

    def needs_attention(self, now: datetime) -> bool:
        """Return whether a person has to do something about it."""
        return self.next_step(now) not in _BY_THEMSELVES


@dataclass(frozen=True, slots=True)
class FinishedRollout:
    """A rollout that has ended; `kind` is one of halted, finalized and replaced.

    `actor` is whose operation it was, None where it was none of the bot's. `before` is
    what the Store showed before, as far as that is known.
    """

    kind: EventKind
    at: datetime
    target: Target
    app_name: str | None
    flight_name: str | None
    before: Rollout | None
    actor: str | None = None
    operation_id: str | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What two events have in common that tell of the same end.

        An operation may be seen to have ended a rollout before its result is known.
        """
        return self.target, self.kind, self.operation_id or self.at


@dataclass(frozen=True, slots=True)
class FinishedIn:
    """A rollout that has ended, and one channel that follows its target."""

    channel: str
    named: bool
    rollout: FinishedRollout


@dataclass(frozen=True, slots=True)
class HomeContent:
    """What a person is shown; `follows` is whether their channels follow anything.

    `locks` hold what is shown, or were set in these channels. `proposals` are those
    that the person may decide, and `held` the ramps that they may let go on.
    """

    waiting: tuple[Request, ...] = ()
    open: tuple[OpenRollout, ...] = ()
    finished: tuple[FinishedRollout, ...] = ()
    follows: bool = False
    locks: tuple[HeldLock, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    held: tuple[Plan, ...] = ()


def finished_rollout(
    event: Event, app_name: str | None, flight_name: str | None
) -> FinishedRollout | None:
    """Return the end of a rollout that an event tells of; None where it is no end.

    Raises KeyError, TypeError or ValueError for what a newer version has written.
    """
    if event.target is None:
        return None
    change = rollout_change(event)
    if not change.ends:
        return None
    return FinishedRollout(
        change.kind,
        event.at,
        event.target,
        app_name,
        flight_name,
        change.before,
        change.actor if change.by_bot else None,
        event.operation_id,
    )
