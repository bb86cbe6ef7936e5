"""What is known of a target after a look, and after one in vain."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.looks import after_failure, after_look
from bot.domain.rollout import IN_PROGRESS, STOPPED, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.watching import WatchedTarget

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TARGET = Target("main", "9NBLGGH4R315")
GOING = Rollout(True, 10.0, IN_PROGRESS)
SEEN = Snapshot(SubmissionRef(TARGET, "1"), "Mail", None, GOING)
NEW = WatchedTarget(TARGET, 7)
KNOWN = WatchedTarget(TARGET, 7, SEEN, NOON, NOON - HOUR, remind_at=NOON + HOUR)


def test_the_first_look_is_no_change() -> None:
    after = after_look(NEW, SEEN, NOON)

    assert (after.seen, after.looked_at, after.since) == (SEEN, NOON, NOON)
    assert after.version == NEW.version + 1
    assert after.changed_at is None
    assert after.remind_at == NOON


def test_what_is_seen_again_stays_as_it_is() -> None:
    after = after_look(KNOWN, SEEN, NOON + MINUTE)

    assert after == replace(KNOWN, looked_at=NOON + MINUTE)


def test_a_change_is_a_new_version_from_then_on() -> None:
    halted = replace(SEEN, rollout=replace(GOING, status=STOPPED))

    after = after_look(KNOWN, halted, NOON + MINUTE)

    assert after.version == KNOWN.version + 1
    assert after.since == after.changed_at == after.remind_at == NOON + MINUTE


def test_a_new_draft_is_no_change_and_may_have_to_be_told() -> None:
    after = after_look(KNOWN, replace(SEEN, pending_id="2"), NOON + MINUTE)

    assert after.version == KNOWN.version
    assert after.since == KNOWN.since
    assert after.remind_at == NOON + MINUTE


def test_nothing_published_is_the_same_the_second_time() -> None:
    first = after_look(NEW, None, NOON)

    assert after_look(first, None, NOON + MINUTE) == replace(
        first, looked_at=NOON + MINUTE
    )


def test_a_look_that_succeeds_ends_the_failures() -> None:
    failing = after_failure(after_failure(KNOWN, NOON), NOON + MINUTE)
    assert (failing.failures, failing.failing_since) == (2, NOON)

    after = after_look(failing, SEEN, NOON + HOUR)

    assert (after.failures, after.failing_since) == (0, None)
    assert after.remind_at == NOON + HOUR


def test_an_open_rollout_that_cannot_be_read_is_to_be_told_in_half_an_hour() -> None:
    assert after_failure(KNOWN, NOON).remind_at == NOON + 30 * MINUTE
    soon = replace(KNOWN, remind_at=NOON + MINUTE)
    assert after_failure(soon, NOON).remind_at == NOON + MINUTE
    assert after_failure(NEW, NOON).remind_at is None


def test_what_the_store_does_not_show_any_more_is_as_old_as_it_was() -> None:
    after = after_look(KNOWN, None, NOON + MINUTE)

    assert (after.seen, after.looked_at) == (KNOWN.seen, KNOWN.looked_at)
