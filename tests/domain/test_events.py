"""Events, and how requests and changes of aliases are read back from them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.events import (
    ALIAS_KINDS,
    AliasChange,
    Event,
    EventKind,
    action_refused,
    alias_changed,
    operation_ended,
    operation_started,
    request_approved,
    request_asked,
    request_closed,
)
from bot.domain.history import read_alias_change, read_history, read_request
from bot.domain.requests import (
    Alias,
    Asker,
    EndReason,
    Person,
    Place,
    Request,
    RequestState,
)
from bot.domain.results import Done
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
HERE = Place("T1", "C1", "1700.1")
FLIGHT = Target("main", "9NMAIL000001", "f-1")
GOING = Rollout(True, 25.0, "PackageRolloutInProgress", "7")
REQUEST = Request(
    id="r1",
    place=HERE,
    change=Change(Verb.SET, 40.0),
    snapshot=Snapshot(
        ref=SubmissionRef(FLIGHT, "1152"),
        app_name="Mail",
        flight_name="Beta",
        rollout=GOING,
        status="Published",
        versions=("1.2.3.0", "1.2.4.0"),
        pending_id="1153",
    ),
    asked_by="U1",
    reason="slowly",
    asked_at=NOON,
    expires_at=LATER,
    alias="mail",
    approvals_required=2,
)
ALIAS = Alias("beta", FLIGHT, "Mail", "Beta", "U1")
ASKED = request_asked(REQUEST)


def stored(event: Event) -> Event:
    """Return the event as it comes back from a database: its details are JSON."""
    return replace(event, details=json.loads(json.dumps(dict(event.details))))


def test_the_kinds_that_are_kept_for_good_stay() -> None:
    assert [kind.value for kind in EventKind] == [
        "asked",
        "approved",
        "cancelled",
        "expired",
        "started",
        "ended",
        "alias_added",
        "alias_removed",
        "alias_repointed",
        "subscribed",
        "unsubscribed",
        "refused",
        "rollout_opened",
        "percentage_changed",
        "rollout_halted",
        "rollout_finalized",
        "rollout_replaced",
        "rollout_stuck",
        "rollout_not_finalized",
        "draft_blocked",
        "store_unreadable",
        "store_readable",
        "channel_added",
        "channel_removed",
        "proposed",
        "proposal_agreed",
        "proposal_declined",
        "proposal_expired",
        "rule_changed",
        "locked",
        "unlocked",
        "language_set",
        "plan_started",
        "plan_step",
        "plan_paused",
        "plan_resumed",
        "plan_held",
        "plan_ended",
        "plan_still_held",
    ]


def test_a_request_comes_back_from_its_events_with_all_that_its_card_showed() -> None:
    assert read_request([stored(ASKED)]) == REQUEST


def test_every_step_of_a_request_is_read_in_turn() -> None:
    decided = replace(
        REQUEST,
        state=RequestState.AUTHORISED,
        approvals_given=2,
        decided_by="U2",
        decided_at=LATER,
    )
    operation = replace(decided.authorised(), attempts=1)
    done = Done(GOING, replace(GOING, percentage=40.0), "corr-1")
    events = [
        ASKED,
        request_approved(REQUEST, "U1", NOON, authorises=False),
        request_approved(decided, "U2", LATER, authorises=True),
        operation_started(operation, LATER),
        operation_ended(operation, done, LATER),
    ]

    read = read_request([stored(event) for event in events])

    finished = replace(operation, result=done, finished_at=LATER)
    assert read == replace(decided, operation=finished)


@pytest.mark.parametrize("state", [RequestState.CANCELLED, RequestState.EXPIRED])
def test_a_request_that_was_closed_says_by_whom(state: RequestState) -> None:
    closed = replace(REQUEST, state=state, decided_by="U2", decided_at=LATER)

    event = request_closed(closed)

    assert (event.kind.value, event.actor, event.at) == (state.value, "U2", LATER)
    assert read_request([ASKED, event]) == closed


@pytest.mark.parametrize("reason", EndReason)
@pytest.mark.parametrize("by", [None, "U2"])
def test_a_request_that_was_ended_without_a_press_says_why(
    reason: EndReason, by: str | None
) -> None:
    ended = REQUEST.ended(reason, by, LATER)

    event = stored(request_closed(ended))

    assert (event.kind, event.code) == (EventKind.CANCELLED, reason.value)
    assert read_request([stored(ASKED), event]) == ended


@pytest.mark.parametrize(
    "request_",
    [
        REQUEST,
        replace(REQUEST, state=RequestState.AUTHORISED, decided_at=LATER),
        replace(REQUEST, state=RequestState.PENDING, decided_at=LATER),
    ],
)
def test_what_is_not_closed_has_no_closing_event(request_: Request) -> None:
    with pytest.raises(ValueError, match=r"is not decided|is not a valid EventKind"):
        request_closed(request_)


def test_an_undecided_request_authorises_nothing() -> None:
    for odd in (REQUEST, replace(REQUEST, decided_by="U1")):
        with pytest.raises(ValueError, match="r1 is not decided"):
            odd.authorised()


def test_the_result_of_a_request_is_that_of_its_operation() -> None:
    decided = replace(REQUEST, decided_by="U2", decided_at=LATER)
    operation = decided.authorised()
    done = Done(GOING, GOING)

    assert REQUEST.result is None
    assert replace(decided, operation=operation).result is None
    finished = replace(operation, result=done)
    assert replace(decided, operation=finished).result == done


def test_events_of_an_operation_that_was_never_authorised_change_nothing() -> None:
    decided = replace(REQUEST, decided_by="U2", decided_at=LATER)
    operation = decided.authorised()
    refused = Event(EventKind.REFUSED, LATER, HERE, request_id="r1")

    for event in (
        operation_started(operation, LATER),
        operation_ended(operation, Done(GOING, GOING), LATER),
        refused,
    ):
        assert read_request([ASKED, event]) == REQUEST


def test_a_request_begins_with_the_asking() -> None:
    approved = request_approved(REQUEST, "U1", NOON, authorises=False)

    for first in (approved, replace(ASKED, place=None)):
        with pytest.raises(ValueError, match="does not begin with"):
            read_request([first])


def test_a_refusal_says_who_wanted_what_where_and_from_which_workspace() -> None:
    asker = Asker(Person("U9", "T9"), HERE, NOON)

    event = action_refused(
        "ask", "refused.guest", asker, target=FLIGHT, request_id="r1"
    )

    assert event == Event(
        *(EventKind.REFUSED, NOON, HERE, FLIGHT, "U9", "r1"),
        code="refused.guest",
        details={"action": "ask", "team": "T9"},
    )


@pytest.mark.parametrize("kind", sorted(ALIAS_KINDS))
@pytest.mark.parametrize("before", [None, "9NMAIL000001"])
def test_a_change_of_an_alias_comes_back_from_its_event(
    kind: EventKind, before: str | None
) -> None:
    change = AliasChange(kind, ALIAS, NOON, "U2", before)

    read = read_alias_change(stored(alias_changed(change, HERE)))

    assert read == change
    assert read.target == FLIGHT


@pytest.mark.parametrize(
    "other", [{"kind": EventKind.ASKED}, {"target": None}, {"alias": None}]
)
def test_what_is_no_change_of_an_alias_is_not_read_as_one(
    other: dict[str, Any],
) -> None:
    added = alias_changed(AliasChange(EventKind.ALIAS_ADDED, ALIAS, NOON, "U1"), HERE)

    with pytest.raises(ValueError, match="is no change of an alias"):
        read_alias_change(replace(added, **other))


NEWER: list[dict[str, Any]] = [
    {},
    {"change": {"verb": "ramp", "percentage": None}},
    {"change": {"verb": "halt", "percentage": 40}},
    {"change": "halt"},
    {"snapshot": {**ASKED.details["snapshot"], "channel": "beta"}},
    {"snapshot": None},
    {"expires_at": "soon"},
    {"expires_at": None},
]


@pytest.mark.parametrize("newer", NEWER, ids=str)
def test_what_a_newer_bot_wrote_is_counted_and_hides_nothing(
    newer: dict[str, Any],
) -> None:
    details = {**ASKED.details, **newer} if newer else {}
    odd = replace(ASKED, request_id="r2", details=details)
    added = alias_changed(AliasChange(EventKind.ALIAS_ADDED, ALIAS, NOON, "U1"), HERE)
    strange = replace(added, details={"target": "elsewhere"})

    page = read_history(
        [added, odd, strange, ASKED], {"r1": [stored(ASKED)], "r2": [stored(odd)]}
    )

    assert page.entries == (read_alias_change(added), REQUEST)
    assert page.unread == 2


def test_a_result_that_only_a_newer_bot_knows_hides_its_request_alone() -> None:
    decided = replace(REQUEST, decided_by="U2", decided_at=LATER)
    ended = operation_ended(decided.authorised(), Done(GOING, GOING), LATER)
    ramped = replace(ended, details={"result": {"code": "ramped"}})
    approved = request_approved(decided, "U2", LATER, authorises=True)

    page = read_history([ASKED], {"r1": [ASKED, approved, ramped]})

    assert (page.entries, page.unread) == ((), 1)
