"""The repository of plans: each change is made of what was read, and only once."""

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, Row, and_, bindparam, or_, select, update

from bot.db.events import EVENTS, event_values
from bot.db.models import table
from bot.db.operations import OPERATIONS, O
from bot.db.plan_models import IS_LIVE, IS_TO_COME, PlanRow
from bot.db.rows import (
    Values,
    operation_values,
    read_result,
    target_from,
    target_values,
    terms_from,
    terms_text,
)
from bot.db.session import Repository
from bot.db.telling import of_target, tell_followers, this_target
from bot.db.watch_statements import under_way
from bot.db.watching import FOLLOWED_UP
from bot.db.writes import Write
from bot.domain.due_steps import DuePlan
from bot.domain.events import Event
from bot.domain.operations import Operation
from bot.domain.plans import HoldReason, Plan, PlanEnd, PlanState
from bot.domain.requests import Place, UnreadableRecord
from bot.domain.results import CODES, Unknown
from bot.domain.submissions import SubmissionRef, Target
from bot.domain.watching import Topics

PLANS: Final = table(PlanRow)
P: Final = PLANS.c
THIS: Final = P.id == bindparam("plan")

GET: Final = select(PLANS).where(THIS)
LIVE: Final = select(PLANS).where(IS_LIVE, this_target(P))
LIST_LIVE: Final = (
    select(PLANS)
    .where(IS_LIVE, P.workspace == bindparam("workspace"))
    .order_by(P.started_at)
)
# A step that is under way is waited for, and what is in doubt until it is proved.
_SETTLED: Final = and_(
    O.outcome.is_not(None),
    or_(P.state != PlanState.HELD.value, O.outcome != CODES[Unknown]),
)
DUE: Final = (
    select(PLANS, O.result.label("result"), O.finished_at.label("finished_at"))
    .join_from(PLANS, OPERATIONS, O.id == P.operation_id, isouter=True)
    .where(
        IS_TO_COME,
        P.due_at <= bindparam("now", type_=P.due_at.type),
        or_(
            P.state == PlanState.ENDED.value,
            and_(P.operation_id.is_(None), ~under_way(P)),
            _SETTLED,
        ),
    )
    .order_by(P.due_at)
    .limit(bindparam("most", type_=Integer()))
)
_CHANGED: Final = (
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
_SAVE: Final = (
    update(PLANS)
    .where(*_AS_READ)
    .values({name: bindparam(f"new_{name}", type_=P[name].type) for name in _CHANGED})
    .returning(P.id)
)
SAVE: Final = Write(_SAVE)
SAVE_TOLD: Final = {
    topic: Write(_SAVE, EVENTS, companions=(tell_followers(topic),))
    for topic in (Topics.CHANGES, Topics.ATTENTION)
}
# Nothing is sent where a halt has ended the plan, or another change is under way.
CLAIM: Final = Write(
    _SAVE.where(P.state == PlanState.RUNNING.value, ~under_way(P)), OPERATIONS, EVENTS
)

_log = logging.getLogger("bot.db")


class SqlPlanRepository(Repository):
    """The plans of all workspaces. Every method raises StorageUnavailable.

    Those that return one plan raise UnreadableRecord, too.
    """

    async def get_plan(self, plan_id: str) -> Plan | None:
        """Return the plan as it stands, or None."""
        rows = await self._database.run(GET, {"plan": plan_id})
        return plan_from(rows[0]) if rows else None

    async def live_plan(self, target: Target) -> Plan | None:
        """Return the plan of a target that has not ended; None where there is none."""
        rows = await self._database.run(LIVE, of_target(target))
        return plan_from(rows[0]) if rows else None

    async def list_live(self, workspace: str) -> Sequence[Plan]:
        """Return the plans of a workspace that have not ended, the oldest first."""
        rows = await self._database.run(LIST_LIVE, {"workspace": workspace})
        return [plan for row in rows if (plan := _readable(row)) is not None]

    async def due_plans(self, now: datetime, most: int) -> Sequence[DuePlan]:
        """Return the plans of which something is to be done by now, the oldest first.

        Left out are those whose step is under way, and those whose target is changed by
        another operation.
        """
        asked = {"now": now, "followed_since": now - FOLLOWED_UP, "most": most}
        due = []
        for row in await self._database.run(DUE, asked):
            try:
                result = read_result(row.result)
                due.append(DuePlan(plan_from(row), result, row.finished_at))
            except (KeyError, TypeError, ValueError, UnreadableRecord) as odd:
                _log.error("plan %s is skipped, it is unreadable: %s", row.id, odd)
        return due

    async def claim_step(
        self, before: Plan, after: Plan, operation: Operation, event: Event
    ) -> bool:
        """Store the operation of a step, and that it is under way.

        Return False, and store nothing, where the plan is not any more as it was
        `before`, or where another operation may be changing its target.
        """
        values = _values(before, after)
        values["followed_since"] = operation.authorised_at - FOLLOWED_UP
        rows = operation_values(operation), event_values(event)
        return bool(await self._database.write(CLAIM, values, *rows))

    async def save_plan(
        self, before: Plan, after: Plan, event: Event | None = None
    ) -> bool:
        """Store what has become of a plan, and with an event the notices of it.

        Return False, and store nothing, where the plan is not any more as it was.
        """
        values = _values(before, after)
        if event is None:
            return bool(await self._database.write(SAVE, values))
        held = after.state is PlanState.HELD
        topic = Topics.ATTENTION if held else Topics.CHANGES
        values |= told_values(after, event)
        write = SAVE_TOLD[topic]
        return bool(await self._database.write(write, values, event_values(event)))


def plan_values(plan: Plan) -> Values:
    """Return the columns of a plan."""
    return {
        "id": plan.id,
        "workspace": plan.place.workspace,
        "channel": plan.place.channel,
        "thread": plan.place.thread,
        "alias": plan.alias,
        **target_values(plan.ref.target),
        "submission_id": plan.ref.submission_id,
        "app_name": plan.app_name,
        "flight_name": plan.flight_name,
        "terms": terms_text(plan.terms),
        "why": plan.why,
        "started_by": plan.started_by,
        "started_at": plan.started_at,
        "started_from": plan.started_from,
        "state": plan.state.value,
        "reason": None if plan.reason is None else plan.reason.value,
        "changed_by": plan.changed_by,
        "changed_at": plan.changed_at,
        "step": plan.step,
        "percentage": plan.percentage,
        "tries": plan.tries,
        "operation_id": plan.operation_id,
        "gap_over_at": plan.gap_over_at,
        "due_at": plan.due_at,
        "version": plan.version,
    }


def told_values(plan: Plan, event: Event) -> Values:
    """Return the parameters of the notices of a plan's event."""
    return {
        **of_target(plan.ref.target),
        "of_submission": plan.ref.submission_id,
        "of_request": None,
        "key_of_event": event.unique_key,
        "told_at": event.at,
    }


def plan_from(row: Row[Any]) -> Plan:
    """Return the plan of a row. Raises UnreadableRecord."""
    try:
        return _plan(row)
    except (KeyError, TypeError, ValueError) as odd:
        raise UnreadableRecord(repr(odd)) from odd


def _plan(row: Row[Any]) -> Plan:
    state = PlanState(row.state)
    reasons = {PlanState.HELD: HoldReason, PlanState.ENDED: PlanEnd}
    return Plan(
        id=row.id,
        place=Place(row.workspace, row.channel, row.thread),
        ref=SubmissionRef(target_from(row), row.submission_id),
        app_name=row.app_name,
        flight_name=row.flight_name,
        alias=row.alias,
        terms=terms_from(row.terms),
        why=row.why,
        started_by=row.started_by,
        started_at=row.started_at,
        started_from=row.started_from,
        percentage=row.percentage,
        gap_over_at=row.gap_over_at,
        due_at=row.due_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        state=state,
        reason=reasons[state](row.reason) if state in reasons else None,
        step=row.step,
        tries=row.tries,
        operation_id=row.operation_id,
        version=row.version,
    )


def _readable(row: Row[Any]) -> Plan | None:
    try:
        return plan_from(row)
    except UnreadableRecord:
        return None


def _values(before: Plan, after: Plan) -> Values:
    new = plan_values(after)
    changed = {f"new_{name}": new[name] for name in _CHANGED}
    return {"plan": before.id, "seen": before.version, **changed}
