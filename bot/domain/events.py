"""Events: the append-only log of what happened to a target."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from bot.domain.operations import Operation
from bot.domain.requests import Alias, Asker, Place, Request, RequestState
from bot.domain.results import Result, result_code, result_from_json, result_to_json
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb


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
    REFUSED = "refused"


ALIAS_KINDS: Final = frozenset(
    {EventKind.ALIAS_ADDED, EventKind.ALIAS_REMOVED, EventKind.ALIAS_REPOINTED}
)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log; what does not apply is None.

    `actor` is the Slack id of the person, None where nobody acted. `code` is the
    stable reason code of an outcome or a refusal. `details` are JSON values that
    depend on the kind.
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


@dataclass(frozen=True, slots=True)
class AliasChange:
    """An alias was added, removed or re-pointed; `before` is where it pointed."""

    kind: EventKind
    alias: Alias
    at: datetime
    actor: str | None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """What happened in a channel, newest first; `unread` more are of a newer bot."""

    entries: tuple[Request | AliasChange, ...]
    unread: int = 0


def request_asked(request: Request) -> Event:
    """Return the event of a new request, with all that its card shows."""
    details = {
        "change": asdict(request.change),
        "snapshot": asdict(request.snapshot),
        "reason": request.reason,
        "expires_at": request.expires_at.isoformat(),
        "approvals_required": request.approvals_required,
    }
    return replace(
        _of_request(EventKind.ASKED, request, request.asked_at),
        actor=request.asked_by,
        details=details,
    )


def request_approved(
    request: Request, actor: str, at: datetime, *, authorises: bool
) -> Event:
    """Return the event of one person's approval; the last one needed authorises."""
    event = _of_request(EventKind.APPROVED, request, at)
    return replace(event, actor=actor, details={"authorises": authorises})


def request_closed(request: Request) -> Event:
    """Return the event of a request that was cancelled or expired.

    Raises ValueError for a request in another state.
    """
    if request.decided_at is None:
        raise ValueError(f"request {request.id} is not decided")
    kind = EventKind(request.state.value)
    event = _of_request(kind, request, request.decided_at)
    return replace(event, actor=request.decided_by)


def operation_started(operation: Operation, at: datetime) -> Event:
    """Return the event of a write that is about to be sent."""
    event = _of_operation(EventKind.STARTED, operation, at)
    return replace(event, details={"attempt": operation.attempts})


def operation_ended(operation: Operation, result: Result, at: datetime) -> Event:
    """Return the event of an outcome; a corrected Unknown brings a second one."""
    return replace(
        _of_operation(EventKind.ENDED, operation, at),
        code=result_code(result),
        correlation_id=result.correlation_id,
        details={"result": result_to_json(result)},
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


def action_refused(
    action: str,
    code: str,
    asker: Asker,
    *,
    target: Target | None = None,
    request_id: str | None = None,
) -> Event:
    """Return the event of something that a person may not do."""
    return Event(
        EventKind.REFUSED,
        asker.at,
        asker.place,
        target,
        asker.person.user_id,
        request_id,
        code=code,
        details={"action": action, "team": asker.person.team_id},
    )


def read_alias_change(event: Event) -> AliasChange:
    """Return the alias change of an event. Raises ValueError or KeyError."""
    if event.kind not in ALIAS_KINDS or event.target is None or event.alias is None:
        raise ValueError(f"{event.kind} is no change of an alias")
    alias = Alias(
        event.alias,
        event.target,
        event.details["app_name"],
        event.details["flight_name"],
        event.details["added_by"],
    )
    before = event.details.get("before")
    return AliasChange(event.kind, alias, event.at, event.actor, before)


def read_request(events: Sequence[Event]) -> Request:
    """Return the request that its events tell of, in the order in which they came.

    The first event must be the asking. The card's timestamp is in no event: it says
    nothing about what happened. Raises KeyError, TypeError or ValueError for
    what a newer version has written in another way.
    """
    request = _asked(events[0])
    for event in events[1:]:
        request = _after(request, event)
    return request


def read_history(
    heads: Iterable[Event], events: Mapping[str, Sequence[Event]]
) -> HistoryPage:
    """Return the entries of `heads`, each request with all its `events`."""
    entries: list[Request | AliasChange] = []
    unread = 0
    for head in heads:
        try:
            if head.request_id is None:
                entries.append(read_alias_change(head))
            else:
                entries.append(read_request(events[head.request_id]))
        except (KeyError, TypeError, ValueError):
            unread += 1
    return HistoryPage(tuple(entries), unread)


def _of_request(kind: EventKind, request: Request, at: datetime) -> Event:
    return Event(
        kind,
        at,
        request.place,
        request.snapshot.ref.target,
        request_id=request.id,
        alias=request.alias,
    )


def _of_operation(kind: EventKind, operation: Operation, at: datetime) -> Event:
    return Event(
        kind,
        at,
        None,
        operation.ref.target,
        operation.authorised_by,
        operation.request_id,
        operation.id,
    )


def _asked(event: Event) -> Request:
    if event.kind is not EventKind.ASKED or event.place is None:
        raise ValueError(f"a request does not begin with {event.kind}")
    details, snapshot = event.details, dict(event.details["snapshot"])
    ref = snapshot.pop("ref")
    return Request(
        id=event.request_id or "",
        place=event.place,
        change=Change(Verb(details["change"]["verb"]), details["change"]["percentage"]),
        snapshot=Snapshot(
            ref=SubmissionRef(Target(**ref["target"]), ref["submission_id"]),
            rollout=Rollout(**snapshot.pop("rollout")),
            versions=tuple(snapshot.pop("versions")),
            **snapshot,
        ),
        asked_by=event.actor or "",
        reason=details["reason"],
        asked_at=event.at,
        expires_at=datetime.fromisoformat(details["expires_at"]),
        alias=event.alias,
        approvals_required=details["approvals_required"],
    )


def _after(request: Request, event: Event) -> Request:
    match event.kind:
        case EventKind.APPROVED if event.details["authorises"]:
            decided = _decided(request, RequestState.AUTHORISED, event)
            return replace(decided, operation=decided.authorised())
        case EventKind.CANCELLED | EventKind.EXPIRED:
            return _decided(request, RequestState(event.kind), event)
        case EventKind.STARTED if request.operation is not None:
            attempts = event.details["attempt"]
            return replace(
                request, operation=replace(request.operation, attempts=attempts)
            )
        case EventKind.ENDED if request.operation is not None:
            result = result_from_json(event.details["result"])
            return replace(
                request,
                operation=replace(
                    request.operation, result=result, finished_at=event.at
                ),
            )
        case _:
            return request


def _decided(request: Request, state: RequestState, event: Event) -> Request:
    return replace(request, state=state, decided_by=event.actor, decided_at=event.at)
