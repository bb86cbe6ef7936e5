"""What a notice tells, whom it concerns, and when it is posted again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.events import Event, EventKind, operation_ended
from bot.domain.notices import Notice, retry_pause, topic_of
from bot.domain.operations import Operation
from bot.domain.plan_changes import held
from bot.domain.plan_events import plan_changed
from bot.domain.plans import HoldReason
from bot.domain.reminders import Reminder, reminder_event
from bot.domain.requests import Place
from bot.domain.results import Done
from bot.domain.rollout import IN_PROGRESS, STOPPED, Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.domain.watching import Topics, WatchedTarget, change_event
from tests.fakes.plans import FRIDAY, started

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TARGET = Target("main", "9NBLGGH4R315")
REF = SubmissionRef(TARGET, "1")
GOING = Rollout(True, 10.0, IN_PROGRESS)
RAISED = Rollout(True, 40.0, IN_PROGRESS)
HALTED = Rollout(True, 0.0, STOPPED)
SEEN = Snapshot(REF, "Mail", None, GOING)
WATCHED = WatchedTarget(TARGET, 7, SEEN, NOON, NOON)
ATTENTION = {
    EventKind.ROLLOUT_STUCK,
    EventKind.ROLLOUT_NOT_FINALIZED,
    EventKind.DRAFT_BLOCKED,
    EventKind.STORE_UNREADABLE,
    EventKind.STORE_READABLE,
    EventKind.PLAN_HELD,
    EventKind.PLAN_STILL_HELD,
}


def notice(event: Event) -> Notice:
    return Notice(1, Place("T1", "C1"), event, "Mail")


def elsewhere(kind: EventKind, after: Rollout) -> Notice:
    """Return the notice of a change that a look has found."""
    seen = replace(SEEN, rollout=after)
    return notice(change_event(kind, WATCHED, seen, NOON))


def by_bot(after: Rollout) -> Notice:
    """Return the notice of a change that an operation has made."""
    operation = Operation("o1", REF, Change(Verb.HALT), GOING, "U1", NOON)
    return notice(operation_ended(operation, Done(GOING, after), NOON))


def reminder(kind: EventKind) -> Notice:
    return notice(reminder_event(Reminder(kind, NOON, "key"), WATCHED, NOON))


RAISED_ELSEWHERE = elsewhere(EventKind.PERCENTAGE_CHANGED, RAISED)


def test_a_notice_says_what_was_changed_from_what_to_what_and_by_whom() -> None:
    for one, kind, after, ours in (
        (RAISED_ELSEWHERE, EventKind.PERCENTAGE_CHANGED, RAISED, False),
        (by_bot(HALTED), EventKind.ROLLOUT_HALTED, HALTED, True),
        (by_bot(RAISED), EventKind.PERCENTAGE_CHANGED, RAISED, True),
    ):
        assert (one.kind, one.before, one.after) == (kind, GOING, after)
        assert one.by_bot is ours
        assert one.change.at == NOON


def test_a_reminder_shows_the_rollout_as_it_is_and_nothing_before() -> None:
    stuck = reminder(EventKind.ROLLOUT_STUCK)

    assert (stuck.kind, stuck.before, stuck.after) == (
        EventKind.ROLLOUT_STUCK,
        None,
        GOING,
    )


def test_a_notice_is_known_by_the_key_of_its_event() -> None:
    assert reminder(EventKind.ROLLOUT_STUCK).key == "key"
    assert notice(Event(EventKind.ROLLOUT_STUCK, NOON)).key == ""


def test_what_is_told_with_a_notice_comes_behind_it() -> None:
    halted = elsewhere(EventKind.ROLLOUT_HALTED, HALTED)
    both = replace(RAISED_ELSEWHERE, later=(halted,))

    assert RAISED_ELSEWHERE.all_told == (RAISED_ELSEWHERE,)
    assert both.all_told == (both, halted)


@pytest.mark.parametrize(
    ("told", "concerns"),
    [
        (RAISED_ELSEWHERE, True),
        (by_bot(RAISED), False),
        (by_bot(HALTED), True),
        (replace(by_bot(RAISED), later=(by_bot(RAISED),)), False),
        (replace(by_bot(RAISED), later=(by_bot(HALTED),)), True),
        (replace(by_bot(RAISED), later=(RAISED_ELSEWHERE,)), True),
        (reminder(EventKind.ROLLOUT_STUCK), True),
        (reminder(EventKind.STORE_UNREADABLE), False),
        (reminder(EventKind.STORE_READABLE), False),
    ],
)
def test_an_end_and_what_others_have_changed_concern_the_whole_channel(
    told: Notice, *, concerns: bool
) -> None:
    assert told.concerns_channel is concerns


def test_what_was_seen_last_is_shown_of_a_ramp_that_is_held() -> None:
    hold = held(started(), HoldReason.CHANGED_ELSEWHERE, FRIDAY)
    blind, seeing = (notice(plan_changed(hold, seen=it)) for it in (None, RAISED))
    day = timedelta(days=1)

    assert blind.shown is None
    assert seeing.shown == (RAISED, FRIDAY)
    for one in (blind, seeing):
        later = replace(one, seen=GOING, seen_at=FRIDAY + day)
        assert later.shown == (GOING, FRIDAY + day)
    before = FRIDAY - day
    assert replace(seeing, seen=GOING, seen_at=before).shown == (RAISED, FRIDAY)
    assert replace(blind, seen=GOING, seen_at=before).shown == (GOING, before)


def test_a_notice_is_direct_where_it_goes_to_whoever_started_the_ramp() -> None:
    plan = started()
    here = replace(notice(plan_changed(plan)), plan=plan)

    assert not notice(plan_changed(plan)).direct
    assert not here.direct
    assert replace(here, place=Place("T1", plan.started_by)).direct


@pytest.mark.parametrize("kind", EventKind)
def test_what_needs_a_person_is_one_topic_and_all_else_the_other(
    kind: EventKind,
) -> None:
    topic = Topics.ATTENTION if kind in ATTENTION else Topics.CHANGES

    assert topic_of(kind) is topic


@pytest.mark.parametrize(
    ("attempts", "asked", "seconds"),
    [
        (1, None, 1),
        (2, None, 2),
        (5, None, 16),
        (9, None, 256),
        (10, None, 300),
        (5000, None, 300),
        # Slack may ask for more, and not for less.
        (1, 30.0, 30),
        (9, 30.0, 256),
        (1, 3600.0, 3600),
        (1, 90_000.0, 3600),
    ],
)
def test_a_notice_is_posted_again_after_a_pause_that_grows_and_that_slack_may_lengthen(
    attempts: int, asked: float | None, seconds: int
) -> None:
    assert retry_pause(attempts, asked) == timedelta(seconds=seconds)
