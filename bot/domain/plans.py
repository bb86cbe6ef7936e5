"""A plan: a ramp that was started, where it stands, and what becomes of it.

RUNNING ── a step is due, is judged and sent ──► RUNNING, or ENDED after the last one
   │ ▲ └─ a person has to decide ─► HELD ── Go on ──► RUNNING
   ▼ │
PAUSED                     each of them ── a halt, a new submission, Stop ──► ENDED

An operation of a step may be under way in any of them.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.plan_terms import PlanTerms, planned_times
from bot.domain.requests import Place, Request
from bot.domain.rollout import Change
from bot.domain.submissions import SubmissionRef
from bot.domain.verbs import Phase


class PlanState(StrEnum):
    """Where a plan stands; ENDED is never left. The values are stored."""

    RUNNING = "running"
    PAUSED = "paused"
    HELD = "held"
    ENDED = "ended"


class HoldReason(StrEnum):
    """Why a person has to decide how a plan goes on. The values are stored."""

    CHANGED_ELSEWHERE = "changed_elsewhere"
    NOT_IN_PROGRESS = "not_in_progress"
    LATE = "late"
    REFUSED = "refused"
    MOVED = "moved"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"
    WRONG_CLOCK = "wrong_clock"


class PlanEnd(StrEnum):
    """How a plan ended. The values are stored."""

    DONE = "done"
    STOPPED = "stopped"
    HALTED = "halted"
    FINALIZED = "finalized"
    FOUND_HALTED = "found_halted"
    FOUND_FINALIZED = "found_finalized"
    REPLACED = "replaced"


# What a submission that is over has come to without us.
FOUND: Final = {
    Phase.STOPPED: PlanEnd.FOUND_HALTED,
    Phase.COMPLETE: PlanEnd.FOUND_FINALIZED,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A ramp of one submission, with the id of the request that asked for it.

    `step` counts the steps that are behind it. `percentage` is what the last of them
    left, and what the Store must still show before the next. The gap is over at
    `gap_over_at`; at `due_at` the plan is looked at, None where nothing comes by
    itself. `tries` counts those of this step that changed nothing, and `operation_id`
    is the one that is under way, or in doubt. It is as it is since `changed_at`, by
    `changed_by` (None: by itself), for a `reason`. Times are UTC and aware.
    """

    id: str
    place: Place
    ref: SubmissionRef
    app_name: str
    flight_name: str | None
    alias: str | None
    terms: PlanTerms
    start_reason: str
    started_by: str
    started_at: datetime
    started_from: float
    percentage: float
    gap_over_at: datetime
    due_at: datetime | None
    changed_at: datetime
    changed_by: str | None = None
    state: PlanState = PlanState.RUNNING
    reason: HoldReason | PlanEnd | None = None
    step: int = 0
    tries: int = 0
    operation_id: str | None = None
    version: int = 1

    @property
    def next_change(self) -> Change | None:
        """What the next step changes; None behind the last one."""
        changes = self.terms.changes
        return changes[self.step] if self.step < len(changes) else None

    @property
    def has_just_begun(self) -> bool:
        """Whether nobody has looked yet if the Store shows what its card did."""
        return self.version == 1

    @property
    def next_operation_id(self) -> str:
        """The id of the operation of the next step: a second one has the same."""
        return f"{self.id}-{self.step + 1}-{self.version}"


def expected_times(
    plan: Plan, locked_until: datetime | None = None
) -> tuple[datetime, ...]:
    """Return the earliest time of each step that is left, if all goes on as it stands.

    There is none where nothing comes by itself.
    """
    if plan.state is not PlanState.RUNNING or plan.due_at is None:
        return ()
    left = replace(plan.terms, steps=plan.terms.steps[plan.step :])
    return planned_times(left, max(plan.due_at, locked_until or plan.due_at))


def begun(request: Request, by: str, at: datetime) -> Plan:
    """Return the plan of a ramp that was approved: it is looked at at once.

    It has the request's id, so that the database refuses a second one. Raises
    ValueError for a request without terms.
    """
    snapshot = request.snapshot
    if request.terms is None:
        raise ValueError(f"request {request.id} asks for no ramp")
    # The card shows which steps are reached already.
    terms = request.terms.above(snapshot.rollout.percentage)
    return Plan(
        id=request.id,
        place=request.place,
        ref=snapshot.ref,
        app_name=snapshot.app_name,
        flight_name=snapshot.flight_name,
        alias=request.alias,
        terms=terms,
        start_reason=request.reason,
        started_by=by,
        started_at=at,
        started_from=snapshot.rollout.percentage,
        percentage=snapshot.rollout.percentage,
        gap_over_at=at,
        due_at=at,
        changed_at=at,
        changed_by=by,
    )
