"""Changes of a plan: what it becomes when a step is sent or ends, or somebody decides.

Each returns the plan with its next version: it is stored where nobody has changed the
plan meanwhile. A plan that has ended is not changed any more.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot.domain.percentages import TOLERANCE
from bot.domain.plans import FOUND, HoldReason, Plan, PlanEnd, PlanState
from bot.domain.reminders import MOST_TIMES, working_days_later
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
    final_rollout,
)
from bot.domain.schedule import next_open

MOST_TRIES: Final = 3
TRY_AGAIN_AFTER: Final = timedelta(minutes=15)


def sent(plan: Plan) -> Plan:
    """Return the plan with the operation of its next step under way."""
    return replace(plan, operation_id=plan.next_operation_id, version=plan.version + 1)


def postponed(plan: Plan, until: datetime) -> Plan:
    """Return the plan as it waits for its window, or for a lock to end."""
    return replace(plan, due_at=until, tries=0, version=plan.version + 1)


def tried(
    plan: Plan, at: datetime, reason: HoldReason = HoldReason.UNAVAILABLE
) -> Plan:
    """Return the plan after a try that has changed nothing, for a passing reason."""
    if plan.tries + 1 >= MOST_TRIES:
        return held(plan, reason, at)
    again = replace(plan, tries=plan.tries + 1, operation_id=None)
    if plan.state is PlanState.PAUSED:
        return replace(again, due_at=None, version=plan.version + 1)
    again = _running(again, None, at, plan.gap_over_at)
    return replace(again, due_at=at + TRY_AGAIN_AFTER)


def held(plan: Plan, reason: HoldReason, at: datetime) -> Plan:
    """Return the plan as it waits for a person to decide.

    What is in doubt may be proved later: then it goes on by itself. All else is looked
    at again when the person is to be reminded.
    """
    in_doubt = reason is HoldReason.UNKNOWN
    return replace(
        plan,
        state=PlanState.HELD,
        reason=reason,
        changed_at=at,
        changed_by=None,
        tries=0,
        due_at=at if in_doubt else working_days_later(at, 1),
        operation_id=plan.operation_id if in_doubt else None,
        version=plan.version + 1,
    )


def reminded(plan: Plan, now: datetime) -> Plan | None:
    """Return a held plan after a reminder that is due; None where none is.

    There is one after each of the first working days, and no more than so many. What
    was missed while no bot ran is told once.
    """
    days = range(1, MOST_TIMES + 1)
    times = [working_days_later(plan.changed_at, day) for day in days]
    begin = plan.due_at or now
    if not any(begin <= at <= now for at in times):
        return None
    following = min((at for at in times if at > now), default=None)
    return replace(plan, due_at=following, version=plan.version + 1)


def ended(plan: Plan, end: PlanEnd, by: str | None, at: datetime) -> Plan:
    """Return the plan as it is over, for good."""
    return replace(
        plan,
        state=PlanState.ENDED,
        reason=end,
        changed_at=at,
        changed_by=by,
        due_at=None,
        version=plan.version + 1,
    )


def told(plan: Plan) -> Plan:
    """Return a plan that a halt has ended, once its end is told."""
    return replace(plan, due_at=None, version=plan.version + 1)


def paused(plan: Plan, by: str, at: datetime) -> Plan:
    """Return the plan as it stands still; a step that is under way comes to its end."""
    return replace(
        plan,
        state=PlanState.PAUSED,
        reason=None,
        changed_at=at,
        changed_by=by,
        due_at=None if plan.operation_id is None else at,
        version=plan.version + 1,
    )


def resumed(plan: Plan, by: str, at: datetime) -> Plan:
    """Return a paused plan as it goes on with what was left of the gap."""
    left = max(plan.gap_over_at - plan.changed_at, timedelta(0))
    return _running(plan, by, at, at + left)


def gone_on(plan: Plan, by: str, at: datetime, percentage: float) -> Plan:
    """Return a held plan as it goes on from what the Store shows now.

    The next step is the first one above that.
    """
    reached = sum(step <= percentage + TOLERANCE for step in plan.terms.steps)
    plan = replace(plan, percentage=percentage, step=reached, operation_id=None)
    if plan.next_change is None:
        return ended(plan, PlanEnd.DONE, by, at)
    return _running(plan, by, at, max(at, plan.gap_over_at))


def after_result(plan: Plan, result: Result, at: datetime) -> Plan:
    """Return the plan after the operation of its step has ended so."""
    over = final_rollout(result)
    match result:
        case Done(after=shown) | AlreadyDone(now=shown):
            return _after_step(plan, shown.percentage, at)
        case Refused() | Moved() if over is not None:
            return ended(plan, FOUND[over.phase], None, at)
        case Refused():
            return held(plan, HoldReason.REFUSED, at)
        case Moved():
            return held(plan, HoldReason.MOVED, at)
        case Unknown():
            return held(plan, HoldReason.UNKNOWN, at)
        case Unavailable():
            return tried(plan, at)
    assert_never(result)


def _after_step(plan: Plan, percentage: float, at: datetime) -> Plan:
    """Return the plan after the Store has shown a step: the gap counts from now."""
    behind = replace(
        plan, step=plan.step + 1, percentage=percentage, tries=0, operation_id=None
    )
    if behind.next_change is None:
        return ended(behind, PlanEnd.DONE, None, at)
    over_at = at + plan.terms.gap
    if plan.state is PlanState.PAUSED:
        # All of the gap is left, however long the step took.
        return replace(
            behind,
            gap_over_at=over_at,
            changed_at=at,
            due_at=None,
            version=plan.version + 1,
        )
    return _running(behind, None, at, over_at)


def _running(plan: Plan, by: str | None, at: datetime, gap_over_at: datetime) -> Plan:
    due_at = next_open(plan.terms.window, gap_over_at) or gap_over_at
    goes_on = plan.state is not PlanState.RUNNING
    return replace(
        plan,
        state=PlanState.RUNNING,
        reason=None,
        changed_at=at if goes_on else plan.changed_at,
        changed_by=by if goes_on else plan.changed_by,
        gap_over_at=gap_over_at,
        # The end of a step that is under way is looked for at once.
        due_at=due_at if plan.operation_id is None else at,
        version=plan.version + 1,
    )
