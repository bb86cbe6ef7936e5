"""Conversion of requests, operations and aliases to table rows and back."""

import json
from typing import Any, Final

from sqlalchemy import Row

from bot.db.columns import storable
from bot.domain.operations import Operation
from bot.domain.plan_terms import PlanTerms, terms_from_json, terms_to_json
from bot.domain.requests import (
    Alias,
    EndReason,
    Place,
    Request,
    RequestState,
    UnreadableRecord,
)
from bot.domain.results import Result, result_code, result_from_json, result_to_json
from bot.domain.rollout import Change, Rollout
from bot.domain.rules import NO_RULE, Rule, rule_from_json, rule_to_json
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb

Values = dict[str, object]

# How a flight column says "the app itself".
NO_FLIGHT: Final = ""
# The verb of a request for a ramp. A version that knows no ramps cannot read it: it
# would take the request for that of the first step alone.
RAMP: Final = "ramp"


def target_values(target: Target) -> Values:
    """Return the columns that every table has for a target."""
    return {
        "account": target.account,
        "app_id": target.app_id,
        "flight_id": target.flight_id or NO_FLIGHT,
    }


def target_from(row: Row[Any]) -> Target:
    """Return the target of a row with those columns."""
    return Target(row.account, row.app_id, row.flight_id or None)


def request_values(request: Request) -> Values:
    """Return the columns of a request; `card_closed_at` belongs to the table alone."""
    snapshot, rollout = request.snapshot, request.snapshot.rollout
    return {
        "id": request.id,
        "workspace": request.place.workspace,
        "channel": request.place.channel,
        "thread": request.place.thread,
        "alias": request.alias,
        **_change_values(snapshot.ref, request.change),
        **_terms_values(request.terms),
        "app_name": snapshot.app_name,
        "flight_name": snapshot.flight_name,
        "rollout_enabled": rollout.enabled,
        "rollout_percentage": rollout.percentage,
        "rollout_status": rollout.status,
        "fallback_submission_id": rollout.fallback_submission_id,
        "submission_status": snapshot.status,
        "versions": json.dumps(storable(snapshot.versions)),
        "pending_submission_id": snapshot.pending_id,
        "as_of": snapshot.as_of,
        "asked_by": request.asked_by,
        "reason": request.reason,
        "asked_at": request.asked_at,
        "expires_at": request.expires_at,
        "approvals_required": request.approvals_required,
        "approvals_given": request.approvals_given,
        "state": request.state.value,
        "card": request.card,
        "decided_by": request.decided_by,
        "decided_at": request.decided_at,
        "end_reason": request.end_reason,
        "rule": rule_text(request.rule),
        "reminders": request.reminders,
    }


def operation_values(operation: Operation) -> Values:
    """Return the columns of an operation; `closed_at` belongs to the table alone."""
    before = operation.before
    return {
        "id": operation.id,
        "request_id": operation.request_id,
        "plan_id": operation.plan_id,
        **_change_values(operation.ref, operation.change),
        "before_enabled": before.enabled,
        "before_percentage": before.percentage,
        "before_status": before.status,
        "before_fallback_id": before.fallback_submission_id,
        "authorised_by": operation.authorised_by,
        "authorised_at": operation.authorised_at,
        "attempts": operation.attempts,
        "finished_at": operation.finished_at,
        **result_values(operation.result),
    }


def result_values(result: Result | None) -> Values:
    """Return the columns of a result: itself, its stable code, the correlation id."""
    return {
        "result": None if result is None else json.dumps(result_to_json(result)),
        "outcome": None if result is None else result_code(result),
        "correlation_id": None if result is None else result.correlation_id,
    }


def request_from(row: Row[Any]) -> Request:
    """Return the request of a row with all columns of its table.

    A row that was joined with its operation brings that too. Raises UnreadableRecord.
    """
    try:
        return _request(row)
    except (KeyError, TypeError, ValueError) as odd:
        raise UnreadableRecord(repr(odd)) from odd


def operation_from(row: Row[Any]) -> Operation:
    """Return the operation of a row. Raises UnreadableRecord."""
    try:
        return _operation(row)
    except (KeyError, TypeError, ValueError) as odd:
        raise UnreadableRecord(repr(odd)) from odd


def alias_values(place: Place, alias: Alias) -> Values:
    """Return the columns of a channel's alias, but for the time."""
    return {
        "workspace": place.workspace,
        "channel": place.channel,
        "name": alias.name,
        **target_values(alias.target),
        "app_name": alias.app_name,
        "flight_name": alias.flight_name,
        "added_by": alias.added_by,
    }


def alias_from(row: Row[Any]) -> Alias:
    """Return the alias of a row with all columns of its table."""
    return Alias(
        name=row.name,
        target=target_from(row),
        app_name=row.app_name,
        flight_name=row.flight_name,
        added_by=row.added_by,
    )


def _change_values(ref: SubmissionRef, change: Change) -> Values:
    return {
        **target_values(ref.target),
        "submission_id": ref.submission_id,
        "verb": change.verb.value,
        "percentage": change.percentage,
    }


def _terms_values(terms: PlanTerms | None) -> Values:
    return {"verb": RAMP, "terms": terms_text(terms)} if terms else {}


def _request(row: Row[Any]) -> Request:
    return Request(
        id=row.id,
        place=Place(row.workspace, row.channel, row.thread),
        change=Change(Verb.SET if row.verb == RAMP else Verb(row.verb), row.percentage),
        terms=terms_from(row.terms) if row.verb == RAMP else None,
        snapshot=Snapshot(
            ref=SubmissionRef(target_from(row), row.submission_id),
            app_name=row.app_name,
            flight_name=row.flight_name,
            rollout=Rollout(
                enabled=row.rollout_enabled,
                percentage=row.rollout_percentage,
                status=row.rollout_status,
                fallback_submission_id=row.fallback_submission_id,
            ),
            status=row.submission_status,
            versions=tuple(json.loads(row.versions)),
            pending_id=row.pending_submission_id,
            as_of=row.as_of,
        ),
        asked_by=row.asked_by,
        reason=row.reason,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        alias=row.alias,
        approvals_required=row.approvals_required,
        approvals_given=row.approvals_given,
        state=RequestState(row.state),
        card=row.card,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        end_reason=None if row.end_reason is None else EndReason(row.end_reason),
        rule=rule_from(row.rule),
        reminders=row.reminders,
        alone_reason=getattr(row, "alone_reason", None),
    )


def _operation(row: Row[Any]) -> Operation:
    return Operation(
        id=row.id,
        ref=SubmissionRef(target_from(row), row.submission_id),
        change=Change(Verb(row.verb), row.percentage),
        before=Rollout(
            enabled=row.before_enabled,
            percentage=row.before_percentage,
            status=row.before_status,
            fallback_submission_id=row.before_fallback_id,
        ),
        authorised_by=row.authorised_by,
        authorised_at=row.authorised_at,
        request_id=row.request_id,
        plan_id=row.plan_id,
        attempts=row.attempts,
        result=read_result(row.result),
        finished_at=row.finished_at,
    )


def rule_text(rule: Rule) -> str | None:
    """Return the column of a rule; NULL where it asks for nothing."""
    return None if rule == NO_RULE else own_rule_text(rule)


def own_rule_text(rule: Rule) -> str:
    """Return the column of a rule that somebody has agreed on."""
    return json.dumps(storable(rule_to_json(rule)))


def rule_from(text: str | None) -> Rule:
    """Return the rule that a column holds. Raises KeyError, TypeError, ValueError."""
    return NO_RULE if text is None else rule_from_json(json.loads(text))


def terms_text(terms: PlanTerms) -> str:
    """Return the column of a ramp's terms."""
    return json.dumps(terms_to_json(terms))


def terms_from(text: str) -> PlanTerms:
    """Return the terms that a column holds. Raises KeyError, TypeError, ValueError."""
    return terms_from_json(json.loads(text))


def read_result(text: str | None) -> Result | None:
    """Return the result that a column holds. Raises KeyError, TypeError, ValueError."""
    return None if text is None else result_from_json(json.loads(text))
