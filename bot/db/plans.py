"""The repository of plans: each change is made of what was read, and only once."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, bindparam

from bot.db import plan_statements as sql
from bot.db.events import EVENTS, event_values
from bot.db.locks import unjudged_lock
from bot.db.operations import OPERATIONS
from bot.db.plan_statements import P
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
from bot.db.telling import of_target
from bot.db.watch_statements import under_way
from bot.db.watching import FOLLOWED_UP
from bot.db.writes import Write
from bot.domain.due_steps import ClaimedStep, DuePlan
from bot.domain.events import Event
from bot.domain.notices import topic_of
from bot.domain.operations import Operation
from bot.domain.plans import HoldReason, Plan, PlanEnd, PlanState
from bot.domain.requests import Place, UnreadableRecord
from bot.domain.submissions import SubmissionRef, Target
from bot.domain.verbs import Verb

# Nothing is sent where a halt has ended the plan, where another change is under way, or
# where a lock is there that was not judged.
CLAIM: Final = Write(
    sql.SAVE_PLAN.where(
        P.state == PlanState.RUNNING.value,
        ~under_way(P),
        ~unjudged_lock(P, bindparam("now", type_=P.changed_at.type)),
    ),
    OPERATIONS,
    EVENTS,
)
# What a card does to the plan of its target.
_ENDED_BY: Final = {Verb.HALT: PlanEnd.HALTED, Verb.FINALIZE: PlanEnd.FINALIZED}

_log = logging.getLogger("bot.db")


class SqlPlanRepository(Repository):
    """The plans of all workspaces. Every method raises StorageUnavailable.

    Those that return one plan raise UnreadableRecord, too.
    """

    async def get_plan(self, plan_id: str) -> Plan | None:
        """Return the plan as it stands, or None."""
        rows = await self._database.run(sql.GET, {"plan": plan_id})
        return plan_from(rows[0]) if rows else None

    async def live_plan(self, target: Target) -> Plan | None:
        """Return the plan of a target that has not ended; None where there is none."""
        rows = await self._database.run(sql.LIVE, of_target(target))
        return plan_from(rows[0]) if rows else None

    async def list_live(self, workspace: str) -> Sequence[Plan]:
        """Return the plans of a workspace that have not ended, the oldest first."""
        rows = await self._database.run(sql.LIST_LIVE, {"workspace": workspace})
        plans = [plan for row in rows if (plan := readable_plan(row)) is not None]
        return sorted(plans, key=lambda plan: plan.started_at)

    async def due_plans(self, now: datetime, most: int) -> Sequence[DuePlan]:
        """Return the plans of which something is to be done by now, the oldest first.

        Left out are those whose step is under way, and those whose target is changed by
        another operation.
        """
        asked = {
            "now": now,
            "followed_since": now - FOLLOWED_UP,
            "held_before": now - timedelta(days=1),
            "most": most,
        }
        due = []
        for row in await self._database.run(sql.DUE, asked):
            try:
                result = read_result(row.result)
                due.append(DuePlan(plan_from(row), result, row.finished_at))
            except (KeyError, TypeError, ValueError, UnreadableRecord) as odd:
                _log.error("plan %s is skipped, it is unreadable: %s", row.id, odd)
        return due

    async def claim_step(self, before: Plan, step: ClaimedStep, event: Event) -> bool:
        """Store the operation of a step, and that it is under way.

        Return False, and store nothing, where the plan is not any more as it was
        `before`, where another operation may be changing its target, or where a lock
        is in force that was not judged.
        """
        operation = step.operation
        values = _values(before, step.plan) | {
            "followed_since": operation.authorised_at - FOLLOWED_UP,
            "judged_locks": list(step.judged_locks),
            "now": operation.authorised_at,
        }
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
            return bool(await self._database.write(sql.SAVE, values))
        values |= told_values(after, event)
        write = sql.SAVE_TOLD[topic_of(event.kind)]
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
        "start_reason": plan.start_reason,
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
        "of_plan": plan.id,
        "key_of_event": event.unique_key,
        "told_at": event.at,
    }


def ending_values(operation: Operation) -> Values:
    """Return the parameters of `end_plan`; of a set they say that no plan ends."""
    end = _ENDED_BY.get(operation.change.verb)
    return {
        **of_target(operation.ref.target),
        "plan_end": end,
        "plan_ended_by": operation.authorised_by,
        "plan_ended_at": operation.authorised_at,
    }


def plan_from(row: Row[Any]) -> Plan:
    """Return the plan of a row. Raises UnreadableRecord."""
    try:
        return _plan(row)
    except (KeyError, TypeError, ValueError) as odd:
        raise UnreadableRecord(repr(odd)) from odd


def _plan(row: Row[Any]) -> Plan:
    state = PlanState(row.state)
    reason: HoldReason | PlanEnd | None = None
    if state is PlanState.HELD:
        reason = HoldReason(row.reason)
    elif state is PlanState.ENDED:
        reason = PlanEnd(row.reason)
    return Plan(
        id=row.id,
        place=Place(row.workspace, row.channel, row.thread),
        ref=SubmissionRef(target_from(row), row.submission_id),
        app_name=row.app_name,
        flight_name=row.flight_name,
        alias=row.alias,
        terms=terms_from(row.terms),
        start_reason=row.start_reason,
        started_by=row.started_by,
        started_at=row.started_at,
        started_from=row.started_from,
        percentage=row.percentage,
        gap_over_at=row.gap_over_at,
        due_at=row.due_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        state=state,
        reason=reason,
        step=row.step,
        tries=row.tries,
        operation_id=row.operation_id,
        version=row.version,
    )


def readable_plan(row: Row[Any]) -> Plan | None:
    """Return the plan of a row; None where a newer version wrote it otherwise."""
    try:
        return plan_from(row)
    except UnreadableRecord:
        return None


def _values(before: Plan, after: Plan) -> Values:
    new = plan_values(after)
    changed = {f"new_{name}": new[name] for name in sql.CHANGED}
    return {"plan": before.id, "seen": before.version, **changed}
