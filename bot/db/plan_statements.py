"""The statements about plans."""

from typing import Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Update,
    and_,
    bindparam,
    or_,
    select,
    update,
)

from bot.db.events import EVENTS
from bot.db.models import table
from bot.db.operations import OPERATIONS
from bot.db.plan_models import IS_LIVE, IS_TO_COME, PlanRow
from bot.db.telling import remind_again, tell_asker, tell_followers, this_target
from bot.db.watch_statements import under_way
from bot.db.writes import Write
from bot.domain.plans import PlanState
from bot.domain.results import CODES, Unknown
from bot.domain.watching import Topics

PLANS: Final = table(PlanRow)
P: Final = PLANS.c
THIS: Final = P.id == bindparam("plan")

GET: Final = select(PLANS).where(THIS)
LIVE: Final = select(PLANS).where(IS_LIVE, this_target(P))
LIST_LIVE: Final = select(PLANS).where(IS_LIVE, P.workspace == bindparam("workspace"))
_STEP: Final = OPERATIONS.alias("step_operation")
_S: Final = _STEP.c
# A step that is under way is waited for, and what is in doubt until it is proved.
_SETTLED: Final = and_(
    _S.outcome.is_not(None),
    or_(P.state != PlanState.HELD.value, _S.outcome != CODES[Unknown]),
)
DUE: Final = (
    select(PLANS, _S.result.label("result"), _S.finished_at.label("finished_at"))
    .join_from(PLANS, _STEP, _S.id == P.operation_id, isouter=True)
    .where(
        IS_TO_COME,
        P.due_at <= bindparam("now", type_=P.due_at.type),
        or_(
            P.state == PlanState.ENDED.value,
            and_(P.operation_id.is_(None), ~under_way(P)),
            _SETTLED,
            # What is in doubt is not followed up for so long: a person is reminded.
            and_(
                P.state == PlanState.HELD.value,
                P.changed_at <= bindparam("held_before", type_=P.changed_at.type),
            ),
        ),
    )
    .order_by(P.due_at)
    .limit(bindparam("most", type_=Integer()))
)
CHANGED: Final = (
    "state",
    "reason",
    "changed_by",
    "changed_at",
    "step",
    "percentage",
    "tries",
    "operation_id",
    "gap_over_at",
    "due_at",
    "version",
)
_AS_READ: Final = (THIS, P.version == bindparam("seen", type_=P.version.type))
SAVE_PLAN: Final = (
    update(PLANS)
    .where(*_AS_READ)
    .values({name: bindparam(f"new_{name}", type_=P[name].type) for name in CHANGED})
    .returning(P.id)
)
SAVE: Final = Write(SAVE_PLAN)
# A rollout whose ramp has ended may need a person from now on.
SAVE_TOLD: Final = {
    topic: Write(
        SAVE_PLAN,
        EVENTS,
        companions=(tell_followers(topic), tell_asker(topic), remind_again),
    )
    for topic in (Topics.CHANGES, Topics.ATTENTION)
}


def wake_plans(condition: ColumnElement[bool]) -> Update:
    """Return the update of the plans that may have waited for a lock to be lifted.

    Their steps are judged again at once.
    """
    woken_at = bindparam("told_at", type_=P.due_at.type)
    return (
        update(PLANS)
        .where(
            P.state == PlanState.RUNNING.value,
            IS_LIVE,
            P.operation_id.is_(None),
            P.due_at > woken_at,
            condition,
        )
        .values(due_at=woken_at, version=P.version + 1)
    )


def end_plan(condition: ColumnElement[bool]) -> Update:
    """Return the update of a plan that a halt or a finalize of its target ends.

    It is due at once, so that its end is told; that costs the halt no more than this.
    """
    end = bindparam("plan_end", type_=P.reason.type)
    ended_at = bindparam("plan_ended_at", type_=P.changed_at.type)
    return (
        update(PLANS)
        .where(IS_LIVE, this_target(P), end.is_not(None), condition)
        .values(
            state=PlanState.ENDED.value,
            reason=end,
            changed_by=bindparam("plan_ended_by", type_=P.changed_by.type),
            changed_at=ended_at,
            due_at=ended_at,
            version=P.version + 1,
        )
    )
