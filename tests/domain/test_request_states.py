"""What a request still waits for, and what its card shows that is so no longer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.operations import Operation
from bot.domain.requests import EndReason, Place, Request, RequestState
from bot.domain.rollout import IN_PROGRESS, STOPPED, Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=15)
REF = SubmissionRef(Target("main", "9NMAIL000001"), "1152")
GOING = Rollout(True, 25.0, IN_PROGRESS, "7")
SEEN = Snapshot(REF, "Mail", None, GOING)
REQUEST = Request(
    id="r1",
    place=Place("T1", "C1"),
    change=Change(Verb.HALT),
    snapshot=SEEN,
    asked_by="U1",
    reason="crash",
    asked_at=NOON,
    expires_at=LATER,
)


def test_a_request_waits_until_its_time_is_over() -> None:
    assert REQUEST.is_pending(LATER - timedelta(seconds=1))
    assert not REQUEST.is_pending(LATER)


@pytest.mark.parametrize(
    "decided",
    [
        REQUEST.approved("U2", NOON),
        REQUEST.decided(RequestState.CANCELLED, "U2", NOON),
        REQUEST.decided(RequestState.EXPIRED, None, NOON),
        REQUEST.ended(EndReason.HALTED, "U2", NOON),
    ],
)
def test_a_request_that_is_decided_waits_for_nothing(decided: Request) -> None:
    assert not decided.is_pending(NOON)


def test_the_last_approval_that_is_needed_authorises_the_operation() -> None:
    asked = replace(REQUEST, approvals_required=2)

    once = asked.approved("U2", NOON)
    twice = once.approved("U3", LATER)

    assert once == replace(asked, approvals_given=1)
    assert (twice.state, twice.approvals_given) == (RequestState.AUTHORISED, 2)
    assert (twice.decided_by, twice.decided_at) == ("U3", LATER)
    assert twice.operation == Operation(
        *("r1", REF, REQUEST.change, GOING, "U3", LATER), request_id="r1"
    )


@pytest.mark.parametrize(
    ("verb", "seen", "outdated"),
    [
        (Verb.FINALIZE, SEEN, False),
        (Verb.FINALIZE, replace(SEEN, pending_id="1153"), False),
        (Verb.FINALIZE, replace(SEEN, rollout=replace(GOING, percentage=40.0)), True),
        (Verb.FINALIZE, replace(SEEN, rollout=Rollout(True, 25.0, STOPPED)), True),
        # Whatever the percentage is by now, a halt is a halt.
        (Verb.HALT, replace(SEEN, rollout=replace(GOING, percentage=40.0)), False),
        (Verb.HALT, replace(SEEN, ref=replace(REF, submission_id="1153")), True),
    ],
)
def test_a_card_is_outdated_by_what_would_make_its_press_another_one(
    verb: Verb, seen: Snapshot, *, outdated: bool
) -> None:
    request = replace(REQUEST, change=Change(verb))

    assert request.is_outdated_by(seen) is outdated


def test_customers_outside_the_rollout_get_the_submission_that_was_before_it() -> None:
    assert SEEN.fallback == replace(REF, submission_id="7")
    alone = replace(SEEN, rollout=replace(GOING, fallback_submission_id=None))
    assert alone.fallback is None
