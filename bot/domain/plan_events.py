"""Events of a plan: its start, a step that is sent, how it changed, and its end."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from bot.domain.events import Event, EventKind
from bot.domain.operations import Operation
from bot.domain.plan_terms import terms_to_json
from bot.domain.plans import Plan, PlanState

_KINDS: Final[Mapping[PlanState, EventKind]] = MappingProxyType(
    {
        PlanState.RUNNING: EventKind.PLAN_RESUMED,
        PlanState.PAUSED: EventKind.PLAN_PAUSED,
        PlanState.HELD: EventKind.PLAN_HELD,
        PlanState.ENDED: EventKind.PLAN_ENDED,
    }
)


def plan_started(plan: Plan) -> Event:
    """Return the event of a ramp that was just approved."""
    details = {"terms": terms_to_json(plan.terms), "reason": plan.start_reason}
    event = _event(EventKind.PLAN_STARTED, plan, plan.started_at, details)
    return replace(event, actor=plan.started_by)


def step_sent(plan: Plan, operation: Operation, late: timedelta | None) -> Event:
    """Return the event of a step that is about to be sent; `late` is by how much."""
    details = {
        "verb": operation.change.verb.value,
        "late": None if late is None else late.total_seconds(),
    }
    event = _event(EventKind.PLAN_STEP, plan, operation.authorised_at, details)
    return replace(event, operation_id=operation.id, unique_key=None)


def plan_changed(plan: Plan, why: str = "") -> Event:
    """Return the event by which a plan has come into its state; `why` was typed."""
    details = {"reason": why} if why else {}
    event = _event(_KINDS[plan.state], plan, plan.changed_at, details)
    code = None if plan.reason is None else plan.reason.value
    return replace(event, actor=plan.changed_by, code=code)


def _event(
    kind: EventKind, plan: Plan, at: datetime, details: Mapping[str, Any]
) -> Event:
    change = plan.next_change
    stands = {
        "step": plan.step,
        "steps": len(plan.terms.changes),
        "percentage": plan.percentage,
        "next": None if change is None else change.percentage,
        "submission_id": plan.ref.submission_id,
    }
    return Event(
        kind,
        at,
        plan.place,
        plan.ref.target,
        request_id=plan.id,
        alias=plan.alias,
        details={**stands, **details},
        unique_key=f"plan/{plan.id}/{plan.version}",
    )
