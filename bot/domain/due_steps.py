"""Judgement of a step that is due: whether it is sent now, and if not, what instead.

The time is judged before the Store is read, so that what has to wait costs no request.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.operations import Operation
from bot.domain.percentages import same_percentage
from bot.domain.plan_terms import DEFAULT_GAP
from bot.domain.plans import FOUND, HoldReason, Plan, PlanEnd, PlanState
from bot.domain.results import Result
from bot.domain.rollout import Change
from bot.domain.schedule import HORIZON, is_open, next_open
from bot.domain.submissions import Snapshot
from bot.domain.verbs import Phase

# What comes later than so is said to be late: the bot was away.
LATE_AFTER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Send:
    """The step is sent now; `late` is by how much, where the bot was away."""

    change: Change
    late: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """The step is judged again at `until`: the window is closed, or a lock holds."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing is sent before a person decides."""

    reason: HoldReason


@dataclass(frozen=True, slots=True)
class End:
    """Nothing is left to be raised."""

    end: PlanEnd


@dataclass(frozen=True, slots=True)
class DuePlan:
    """A plan of which something is to be done.

    `result` is how the operation of its step has ended, at `finished_at`; None where
    none is under way, and the next step is due.
    """

    plan: Plan
    result: Result | None = None
    finished_at: datetime | None = None

    @property
    def is_step(self) -> bool:
        """Whether the next step is due, for which the Store is asked."""
        return self.plan.state is PlanState.RUNNING and self.result is None


@dataclass(frozen=True, slots=True)
class ClaimedStep:
    """A step that is about to be sent: its operation, and the plan with it under way.

    `judged_locks` are the ids of the locks that were found not to hold.
    """

    plan: Plan
    operation: Operation
    judged_locks: tuple[int, ...] = ()


StepVerdict = Send | Wait | Hold | End


def judge_time(
    plan: Plan, now: datetime, locked_until: datetime | None = None
) -> Wait | Hold | None:
    """Return why the step that is due cannot be sent at this time; None where it can.

    A lock that holds the target ends at `locked_until`. A wait is no delay: only what
    nobody has judged for longer than a gap, and than a day, is too late.
    """
    if now - (plan.due_at or now) > max(DEFAULT_GAP, plan.terms.gap):
        return Hold(HoldReason.LATE)
    # A lock may hold until it is lifted; a step that waits so long is judged again.
    lock_over = min(locked_until or now, now + HORIZON)
    earliest = max(now, plan.gap_over_at, lock_over)
    if earliest == now and is_open(plan.terms.window, now):
        return None
    return Wait(next_open(plan.terms.window, earliest) or earliest)


def judge_rollout(plan: Plan, seen: Snapshot, now: datetime) -> Send | Hold | End:
    """Return what becomes of the step, by what the Store has just shown."""
    if seen.ref != plan.ref:
        return End(PlanEnd.REPLACED)
    if seen.rollout.phase in FOUND:
        return End(FOUND[seen.rollout.phase])
    if seen.rollout.phase is not Phase.IN_PROGRESS:
        return Hold(HoldReason.NOT_IN_PROGRESS)
    if not same_percentage(seen.rollout.percentage, plan.percentage):
        return Hold(HoldReason.CHANGED_ELSEWHERE)
    if plan.next_change is None:
        return End(PlanEnd.DONE)
    late = now - (plan.due_at or now)
    return Send(plan.next_change, late if late > LATE_AFTER else None)
