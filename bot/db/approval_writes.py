"""The write of an approval: what it adds, and what it starts."""

from datetime import datetime

from bot.db import request_statements as sql
from bot.db.events import event_values
from bot.db.plans import ending_values, plan_values, told_values
from bot.db.rows import Values, operation_values
from bot.db.writes import Write
from bot.domain.approval import Judgement
from bot.domain.events import request_approved
from bot.domain.plan_events import plan_started
from bot.domain.plans import begun
from bot.domain.requests import Person, Request, RequestState


def approval_write(
    approved: Request, person: Person, now: datetime, judged: Judgement
) -> tuple[Write, list[Values], Values]:
    """Return the write of an approval, the rows that it adds, and what of plans."""
    approval: Values = {
        "request_id": approved.id,
        "workspace": person.team_id,
        "user_id": person.user_id,
        "approved_at": now,
        "reason": judged.reason,
    }
    operation = approved.operation
    event = request_approved(
        approved,
        person.user_id,
        now,
        authorises=approved.state is RequestState.AUTHORISED,
        alone_reason=judged.reason,
    )
    rows = [approval, event_values(event)]
    at_once = judged.version is None
    if approved.state is not RequestState.AUTHORISED:
        return sql.APPROVE if at_once else sql.APPROVE_AS_JUDGED, rows, {}
    if operation is None:
        plan = begun(approved, person.user_id, now)
        started = plan_started(plan)
        rows += [plan_values(plan), event_values(started)]
        # The channel in which it was asked for has its card.
        told = told_values(plan, started) | {"of_request": approved.id}
        return sql.START_PLAN, rows, told
    rows.append(operation_values(operation))
    write = sql.AUTHORISE if at_once else sql.AUTHORISE_AS_JUDGED
    return write, rows, ending_values(operation)
