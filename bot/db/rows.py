"""Turns requests and aliases into rows, and rows into what they were."""

import json
from typing import Any

from sqlalchemy import Row

from bot.domain.requests import Alias, Place, Request, RequestState, Unreadable
from bot.domain.results import (
    Result,
    result_code,
    result_from_json,
    result_to_json,
)
from bot.domain.rollout import Change, Rollout, Verb
from bot.domain.submissions import Snapshot, SubmissionRef, Target

Values = dict[str, object]

# How the flight column of a request says "the app itself".
NO_FLIGHT = ""


def request_values(request: Request) -> Values:
    """Return the columns of a request; `closed_at` belongs to the table alone."""
    target = request.snapshot.ref.target
    rollout = request.snapshot.rollout
    return {
        "id": request.id,
        "workspace": request.place.workspace,
        "channel": request.place.channel,
        "thread": request.place.thread,
        "verb": request.change.verb.value,
        "percentage": request.change.percentage,
        "app_id": target.app_id,
        "flight_id": target.flight_id or NO_FLIGHT,
        "alias": request.alias,
        "submission_id": request.snapshot.ref.submission_id,
        "app_name": request.snapshot.app_name,
        "flight_name": request.snapshot.flight_name,
        "rollout_enabled": rollout.enabled,
        "rollout_percentage": rollout.percentage,
        "rollout_status": rollout.status,
        "fallback_submission_id": rollout.fallback_submission_id,
        "submission_status": request.snapshot.status,
        "versions": json.dumps(request.snapshot.versions),
        "pending_submission_id": request.snapshot.pending_id,
        "asked_by": request.asked_by,
        "reason": request.reason,
        "asked_at": request.asked_at,
        "expires_at": request.expires_at,
        "state": request.state.value,
        "card": request.card,
        "decided_by": request.decided_by,
        "decided_at": request.decided_at,
        "attempts": request.attempts,
        "finished_at": request.finished_at,
        **result_values(request.result),
    }


def result_values(result: Result | None) -> Values:
    """Return the columns of a result: itself, its stable code, and the Store's id."""
    return {
        "result": None if result is None else json.dumps(result_to_json(result)),
        "outcome": None if result is None else result_code(result),
        "correlation_id": None if result is None else result.correlation_id,
    }


def request_from(row: Row[Any]) -> Request:
    """Read a request from a row with all columns of its table. Raises Unreadable."""
    try:
        return _request(row)
    except (KeyError, TypeError, ValueError) as odd:
        raise Unreadable(repr(odd)) from odd


def _request(row: Row[Any]) -> Request:
    target = Target(row.app_id, row.flight_id or None)
    return Request(
        id=row.id,
        place=Place(row.workspace, row.channel, row.thread),
        change=Change(Verb(row.verb), row.percentage),
        snapshot=Snapshot(
            ref=SubmissionRef(target, row.submission_id),
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
        ),
        asked_by=row.asked_by,
        reason=row.reason,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        alias=row.alias,
        state=RequestState(row.state),
        card=row.card,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        attempts=row.attempts,
        result=None if row.result is None else result_from_json(json.loads(row.result)),
        finished_at=row.finished_at,
    )


def alias_values(place: Place, alias: Alias) -> Values:
    """Return the columns of a channel's alias, but for the time."""
    return {
        "workspace": place.workspace,
        "channel": place.channel,
        "name": alias.name,
        "app_id": alias.target.app_id,
        "flight_id": alias.target.flight_id,
        "app_name": alias.app_name,
        "flight_name": alias.flight_name,
        "added_by": alias.added_by,
    }


def alias_from(row: Row[Any]) -> Alias:
    """Read an alias from a row with all columns of its table."""
    return Alias(
        name=row.name,
        target=Target(row.app_id, row.flight_id),
        app_name=row.app_name,
        flight_name=row.flight_name,
        added_by=row.added_by,
    )
