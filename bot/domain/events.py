"""Events: the append-only log of what happened to a target."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from bot.domain.operations import Operation
from bot.domain.plan_terms import terms_to_json
from bot.domain.requests import Alias, Asker, Place, Request
from bot.domain.results import Done, Result, result_code, result_to_json
from bot.domain.rules import NO_RULE, rule_to_json
from bot.domain.submissions import Snapshot, Target


class EventKind(StrEnum):
    """What happened. The values are kept for good: they never change."""

    ASKED = "asked"
    APPROVED = "approved"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    STARTED = "started"
    ENDED = "ended"
    ALIAS_ADDED = "alias_added"
    ALIAS_REMOVED = "alias_removed"
    ALIAS_REPOINTED = "alias_repointed"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    REFUSED = "refused"
    ROLLOUT_OPENED = "rollout_opened"
    PERCENTAGE_CHANGED = "percentage_changed"
    ROLLOUT_HALTED = "rollout_halted"
    ROLLOUT_FINALIZED = "rollout_finalized"
    ROLLOUT_REPLACED = "rollout_replaced"
    ROLLOUT_STUCK = "rollout_stuck"
    ROLLOUT_NOT_FINALIZED = "rollout_not_finalized"
    DRAFT_BLOCKED = "draft_blocked"
    STORE_UNREADABLE = "store_unreadable"
    STORE_READABLE = "store_readable"
    CHANNEL_ADDED = "channel_added"
    CHANNEL_REMOVED = "channel_removed"
    PROPOSED = "proposed"
    PROPOSAL_AGREED = "proposal_agreed"
    PROPOSAL_DECLINED = "proposal_declined"
    PROPOSAL_EXPIRED = "proposal_expired"
    RULE_CHANGED = "rule_changed"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    LANGUAGE_SET = "language_set"
    PLAN_STARTED = "plan_started"
    PLAN_STEP = "plan_step"
    PLAN_PAUSED = "plan_paused"
    PLAN_RESUMED = "plan_resumed"
    PLAN_HELD = "plan_held"
    PLAN_ENDED = "plan_ended"
    PLAN_STILL_HELD = "plan_still_held"


ALIAS_KINDS: Final = frozenset(
    {EventKind.ALIAS_ADDED, EventKind.ALIAS_REMOVED, EventKind.ALIAS_REPOINTED}
)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log; what does not apply is None.

    `actor` is the Slack id of the person, None where nobody acted. `code` is the
    stable reason code of an outcome or a refusal. `details` are JSON values that
    depend on the kind. Of two events with the same `unique_key` only one is kept.
    """

    kind: EventKind
    at: datetime
    place: Place | None = None
    target: Target | None = None
    actor: str | None = None
    request_id: str | None = None
    operation_id: str | None = None
    alias: str | None = None
    code: str | None = None
    correlation_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    unique_key: str | None = None


@dataclass(frozen=True, slots=True)
class AliasChange:
    """An alias was added, removed or re-pointed; `before` is where it pointed."""

    kind: EventKind
    alias: Alias
    at: datetime
    actor: str | None
    before: str | None = None

    @property
    def target(self) -> Target:
        """What the alias names, or named."""
        return self.alias.target


def request_asked(request: Request) -> Event:
    """Return the event of a new request, with all that its card shows."""
    details: dict[str, Any] = {
        "change": asdict(request.change),
        "snapshot": _snapshot(request.snapshot),
        "reason": request.reason,
        "expires_at": request.expires_at.isoformat(),
        "approvals_required": request.approvals_required,
        "terms": None if request.terms is None else terms_to_json(request.terms),
    }
    if request.rule != NO_RULE:
        details["rule"] = rule_to_json(request.rule)
    return replace(
        _of_request(EventKind.ASKED, request, request.asked_at),
        actor=request.asked_by,
        details=details,
    )


def _snapshot(snapshot: Snapshot) -> dict[str, Any]:
    as_of = snapshot.as_of
    return {**asdict(snapshot), "as_of": None if as_of is None else as_of.isoformat()}


def request_approved(
    request: Request,
    actor: str,
    at: datetime,
    *,
    authorises: bool,
    alone_reason: str | None = None,
) -> Event:
    """Return the event of one person's approval; the last one needed authorises.

    `alone_reason` is why the asker did without another person.
    """
    event = _of_request(EventKind.APPROVED, request, at)
    details = {**event.details, "authorises": authorises}
    if alone_reason is not None:
        details |= {"alone": True, "reason": alone_reason}
    return replace(event, actor=actor, details=details)


def request_closed(request: Request) -> Event:
    """Return the event of a request that was cancelled, ended or expired.

    Raises ValueError for a request in another state.
    """
    if request.decided_at is None:
        raise ValueError(f"request {request.id} is not decided")
    kind = EventKind(request.state.value)
    event = _of_request(kind, request, request.decided_at)
    return replace(event, actor=request.decided_by, code=request.end_reason)


def operation_started(operation: Operation, at: datetime) -> Event:
    """Return the event of a write that is about to be sent."""
    event = _of_operation(EventKind.STARTED, operation, at)
    return replace(event, details={**event.details, "attempt": operation.attempts})


def operation_ended(operation: Operation, result: Result, at: datetime) -> Event:
    """Return the event of an outcome; a corrected Unknown brings a second one."""
    event = _of_operation(EventKind.ENDED, operation, at)
    return replace(
        event,
        unique_key=f"operation/{operation.id}" if isinstance(result, Done) else None,
        code=result_code(result),
        correlation_id=result.correlation_id,
        details={**event.details, "result": result_to_json(result)},
    )


def alias_changed(change: AliasChange, place: Place) -> Event:
    """Return the event of an alias that was added, removed or re-pointed."""
    alias = change.alias
    details: dict[str, Any] = {
        "app_name": alias.app_name,
        "flight_name": alias.flight_name,
        "added_by": alias.added_by,
    }
    if change.before is not None:
        details["before"] = change.before
    return Event(
        change.kind,
        change.at,
        place,
        alias.target,
        change.actor,
        alias=alias.name,
        details=details,
    )


def action_refused(  # noqa: PLR0913 - all that is known of a refusal
    action: str,
    code: str,
    asker: Asker,
    *,
    target: Target | None = None,
    request_id: str | None = None,
    details: Mapping[str, Any] = MappingProxyType({}),
) -> Event:
    """Return the event of something that a person may not do.

    `details` name what has refused it.
    """
    return Event(
        EventKind.REFUSED,
        asker.at,
        asker.place,
        target,
        asker.person.user_id,
        request_id,
        code=code,
        details={"action": action, "team": asker.person.team_id, **details},
    )


def _of_request(kind: EventKind, request: Request, at: datetime) -> Event:
    return Event(
        kind,
        at,
        request.place,
        request.snapshot.ref.target,
        request_id=request.id,
        alias=request.alias,
        details={"verb": request.change.verb.value},
    )


def _of_operation(kind: EventKind, operation: Operation, at: datetime) -> Event:
    return Event(
        kind,
        at,
        None,
        operation.ref.target,
        operation.authorised_by,
        operation.request_id or operation.plan_id,
        operation.id,
        details={"verb": operation.change.verb.value},
    )
