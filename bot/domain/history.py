"""History: what happened in a channel and to what it follows, read from the events."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.change_log import LoggedChange
from bot.domain.events import ALIAS_KINDS, AliasChange, Event, EventKind
from bot.domain.languages import LanguageChange, read_language_change
from bot.domain.plan_terms import terms_from_json
from bot.domain.policy_history import (
    POLICY_KINDS,
    PolicyChange,
    read_policy_change,
)
from bot.domain.ramp_history import RampHistory, read_course
from bot.domain.requests import Alias, EndReason, Request, RequestState
from bot.domain.results import result_from_json
from bot.domain.rollout import Change, Rollout
from bot.domain.rules import NO_RULE, rule_from_json
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.subscriptions import (
    SUBSCRIPTION_KINDS,
    SubscriptionChange,
    read_subscription_change,
)
from bot.domain.verbs import Verb

Entry = (
    Request
    | RampHistory
    | AliasChange
    | SubscriptionChange
    | LoggedChange
    | PolicyChange
    | LanguageChange
)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """What happened in a channel, newest first; `unread` more are of a newer bot."""

    entries: tuple[Entry, ...]
    unread: int = 0


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
    """Return the entries of `heads`, each request with all its `events`.

    What ended last comes first: a card may be pressed long after it was asked for.
    """
    entries: list[Entry] = []
    unread = 0
    for head in heads:
        try:
            if head.kind in SUBSCRIPTION_KINDS:
                entries.append(read_subscription_change(head))
            elif head.kind in POLICY_KINDS:
                entries.append(read_policy_change(head))
            elif head.kind is EventKind.LANGUAGE_SET:
                entries.append(read_language_change(head))
            elif head.request_id is None:
                entries.append(read_alias_change(head))
            else:
                entries.append(_read_entry(events[head.request_id]))
        except (KeyError, TypeError, ValueError):
            unread += 1
    return HistoryPage(newest_first(entries), unread)


def _read_entry(events: Sequence[Event]) -> Request | RampHistory:
    request = read_request(events)
    if request.terms is None or request.state is not RequestState.AUTHORISED:
        return request
    return RampHistory(request, read_course(events))


def read_ramps(events: Mapping[str, Sequence[Event]]) -> tuple[RampHistory, ...]:
    """Return the ramps of which all events are known, and this version can read."""
    ramps: list[RampHistory] = []
    for of_ramp in events.values():
        with suppress(KeyError, TypeError, ValueError):
            entry = _read_entry(of_ramp)
            ramps += [entry] if isinstance(entry, RampHistory) else []
    return tuple(ramps)


def newest_first(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries in the order in which they came to stand as they do."""
    return tuple(sorted(entries, key=_since, reverse=True))


def _since(entry: Entry) -> datetime:
    """Return when an entry came to stand as it does."""
    if not isinstance(entry, Request):
        return entry.at
    finished = entry.operation.finished_at if entry.operation else None
    return finished or entry.decided_at or entry.asked_at


def _asked(event: Event) -> Request:
    if event.kind is not EventKind.ASKED or event.place is None:
        raise ValueError(f"a request does not begin with {event.kind}")
    details, snapshot = event.details, dict(event.details["snapshot"])
    ref, as_of = snapshot.pop("ref"), snapshot.pop("as_of", None)
    return Request(
        id=event.request_id or "",
        place=event.place,
        change=Change(Verb(details["change"]["verb"]), details["change"]["percentage"]),
        snapshot=Snapshot(
            ref=SubmissionRef(Target(**ref["target"]), ref["submission_id"]),
            rollout=Rollout(**snapshot.pop("rollout")),
            versions=tuple(snapshot.pop("versions")),
            as_of=None if as_of is None else datetime.fromisoformat(as_of),
            **snapshot,
        ),
        asked_by=event.actor or "",
        reason=details["reason"],
        asked_at=event.at,
        expires_at=datetime.fromisoformat(details["expires_at"]),
        alias=event.alias,
        approvals_required=details["approvals_required"],
        rule=rule_from_json(details["rule"]) if "rule" in details else NO_RULE,
        terms=terms_from_json(details["terms"]) if details.get("terms") else None,
    )


def _after(request: Request, event: Event) -> Request:
    match event.kind:
        case EventKind.APPROVED:
            approved = replace(request, approvals_given=request.approvals_given + 1)
            if not event.details["authorises"]:
                return approved
            decided = approved.decided(RequestState.AUTHORISED, event.actor, event.at)
            reason = event.details.get("reason")
            decided = replace(decided, alone_reason=reason)
            if request.terms is not None:
                return decided
            return replace(decided, operation=decided.authorised())
        case EventKind.CANCELLED if event.code is not None:
            return request.ended(EndReason(event.code), event.actor, event.at)
        case EventKind.CANCELLED | EventKind.EXPIRED:
            return request.decided(RequestState(event.kind), event.actor, event.at)
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
