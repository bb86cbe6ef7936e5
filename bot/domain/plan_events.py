"""Events of a plan: its start, a step that is sent, how it changed, and its end."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from bot.domain.events import Event, EventKind
from bot.domain.operations import Operation
from bot.domain.plan_terms import terms_to_json
from bot.domain.plans import Plan, PlanState
from bot.domain.results import Result, result_to_json
from bot.domain.rollout import Rollout

_KINDS: Final[Mapping[PlanState, EventKind]] = MappingProxyType(
    {
        PlanState.RUNNING: EventKind.PLAN_RESUMED,
        PlanState.PAUSED: EventKind.PLAN_PAUSED,
        PlanState.HELD: EventKind.PLAN_HELD,
        PlanState.ENDED: EventKind.PLAN_ENDED,
    }
)

# What only says how a ramp goes on; what needs a person is not among them.
PLAN_CHANGES: Final = frozenset(
    {
        EventKind.PLAN_STARTED,
        EventKind.PLAN_PAUSED,
        EventKind.PLAN_RESUMED,
        EventKind.PLAN_ENDED,
    }
)
# A person has to decide how a ramp goes on.
PLAN_DECISIONS: Final = frozenset({EventKind.PLAN_HELD, EventKind.PLAN_STILL_HELD})


@dataclass(frozen=True, slots=True)
class SentStep:
    """Which step was sent, the first is 1, of how many; `late` is by how much."""

    number: int
    count: int
    late: timedelta | None = None


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


def read_step(details: Mapping[str, Any]) -> SentStep:
    """Return the step of a PLAN_STEP event. Raises KeyError or TypeError."""
    late = details["late"]
    return SentStep(
        details["step"] + 1,
        details["steps"],
        None if late is None else timedelta(seconds=late),
    )


def plan_changed(
    plan: Plan, why: str = "", *, seen: Rollout | None = None, by: Result | None = None
) -> Event:
    """Return the event by which a plan has come into its state; `why` was typed.

    The Store has shown `seen`, and the operation of a step has ended `by` this result.
    """
    details: dict[str, Any] = {"reason": why} if why else {}
    if plan.state is PlanState.HELD:
        details["since"] = plan.changed_at.isoformat()
        if seen is not None:
            state = {"submission_id": plan.ref.submission_id, "rollout": asdict(seen)}
            details["after"] = state
        if by is not None:
            details["step_result"] = result_to_json(by)
    event = _event(_KINDS[plan.state], plan, plan.changed_at, details)
    return replace(event, actor=plan.changed_by, code=_code(plan))


def plan_still_held(plan: Plan, at: datetime) -> Event:
    """Return the event of a reminder that a plan is held since it is."""
    details = {"since": plan.changed_at.isoformat()}
    event = _event(EventKind.PLAN_STILL_HELD, plan, at, details)
    return replace(event, code=_code(plan))


def is_held_since(plan: Plan | None, event: Event) -> bool:
    """Return whether what an event says of a plan that is held is so by now."""
    if plan is None or plan.state is not PlanState.HELD:
        return False
    return bool(event.details.get("since") == plan.changed_at.isoformat())


def _code(plan: Plan) -> str | None:
    return None if plan.reason is None else plan.reason.value


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
