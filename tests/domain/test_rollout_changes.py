"""What the events of a rollout say of its course, and how its board ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.boards import Board, board_end
from bot.domain.events import EventKind, operation_ended
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.operations import Operation
from bot.domain.requests import Place
from bot.domain.results import Done, Unknown
from bot.domain.rollout import COMPLETE, IN_PROGRESS, STOPPED, Change, Rollout
from bot.domain.rollout_changes import (
    RolloutChange,
    changed_submission,
    percentages,
    rollout_change,
)
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.domain.watching import WatchedTarget, change_event

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REF = SubmissionRef(Target("main", "9NBLGGH4R315"), "1")
NEWER = SubmissionRef(REF.target, "2")
GOING = Rollout(True, 10.0, IN_PROGRESS)
SEEN = Snapshot(REF, "Mail", None, GOING)
HALTED = Rollout(True, 0.0, STOPPED)
FINALIZED = Rollout(True, 0.0, COMPLETE)
WATCHED = WatchedTarget(REF.target, 7, SEEN, NOON, NOON, NOON)
BOARD = Board(
    id=1,
    place=Place("T1", "C1"),
    ref=REF,
    app_name="Mail",
    flight_name=None,
    began=(NOON, 10.0),
    ts="1.0",
    followed=True,
    watched=WATCHED,
    leased_until=NOON,
)


def at(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def going(percentage: float) -> Rollout:
    return replace(GOING, percentage=percentage)


def changed(
    kind: EventKind, minutes: float, before: Rollout | None, after: Rollout
) -> RolloutChange:
    return RolloutChange(kind, at(minutes), before, after, None, by_bot=False)


RAISED = changed(EventKind.PERCENTAGE_CHANGED, 1, GOING, going(25))
STOP = changed(EventKind.ROLLOUT_HALTED, 2, going(25), HALTED)
OPERATION = Operation("o1", REF, Change(Verb.HALT), GOING, "U1", NOON)
LOST = FailureDetail(FailureCode.TIMEOUT)


@pytest.mark.parametrize(
    ("after", "kind", "ends"),
    [
        (going(25), EventKind.PERCENTAGE_CHANGED, False),
        (HALTED, EventKind.ROLLOUT_HALTED, True),
        (FINALIZED, EventKind.ROLLOUT_FINALIZED, True),
    ],
)
def test_an_operation_s_end_is_the_change_that_it_has_made(
    after: Rollout, kind: EventKind, *, ends: bool
) -> None:
    event = operation_ended(OPERATION, Done(GOING, after), NOON)

    change = rollout_change(event)

    assert (change.kind, change.ends) == (kind, ends)
    assert (change.before, change.after) == (GOING, after)
    assert (change.actor, change.by_bot) == ("U1", True)
    assert changed_submission(event) is None


@pytest.mark.parametrize(
    ("kind", "submission"),
    [
        (EventKind.ROLLOUT_OPENED, "2"),
        (EventKind.ROLLOUT_REPLACED, "1"),
    ],
)
def test_an_event_names_the_submission_whose_rollout_has_changed(
    kind: EventKind, submission: str
) -> None:
    event = change_event(kind, WATCHED, replace(SEEN, ref=NEWER), NOON)

    assert changed_submission(event) == submission
    assert not rollout_change(event).by_bot


@pytest.mark.parametrize(
    ("end", "after", "last"),
    [
        (EventKind.ROLLOUT_HALTED, HALTED, 25.0),
        (EventKind.ROLLOUT_FINALIZED, FINALIZED, 100.0),
        (EventKind.ROLLOUT_REPLACED, going(5), 25.0),
    ],
)
def test_a_rollout_ends_at_the_percentage_that_it_had(
    end: EventKind, after: Rollout, last: float
) -> None:
    course = percentages((NOON, 10.0), [RAISED, changed(end, 2, going(25), after)])

    assert course == [(NOON, 10.0), (at(1), 25.0), (at(2), last)]


def test_a_course_begins_with_the_first_event_where_it_was_seen_later() -> None:
    opened = changed(EventKind.ROLLOUT_OPENED, 0, None, GOING)

    assert percentages((NOON, 10.0), [opened, RAISED]) == [
        (NOON, 10.0),
        (at(1), 25.0),
    ]
    assert percentages((at(5), 25.0), [RAISED]) == [(at(1), 25.0)]
    assert percentages((NOON, 10.0), []) == [(NOON, 10.0)]
    assert percentages(None, []) == []


def test_an_end_of_which_nothing_else_is_known_has_what_it_had_before() -> None:
    assert percentages(None, [STOP]) == [(at(2), 25.0)]
    assert percentages(None, [replace(STOP, before=None)]) == []


def test_an_operation_that_has_shown_nothing_is_no_point_of_the_course() -> None:
    lost = rollout_change(operation_ended(OPERATION, Unknown(None, LOST), at(0.5)))

    assert (lost.before, lost.after, lost.ends) == (None, None, False)
    assert percentages((NOON, 10.0), [lost, RAISED]) == [
        (NOON, 10.0),
        (at(1), 25.0),
    ]


def test_an_open_board_offers_every_verb() -> None:
    assert not BOARD.over
    assert BOARD.verbs == set(Verb)


@pytest.mark.parametrize(
    "board",
    [
        replace(BOARD, followed=False),
        replace(BOARD, watched=None),
        replace(BOARD, watched=replace(WATCHED, seen=None)),
        replace(BOARD, ref=NEWER),
        replace(BOARD, watched=replace(WATCHED, seen=replace(SEEN, rollout=HALTED))),
    ],
)
def test_a_board_that_is_over_offers_nothing(board: Board) -> None:
    assert board.over
    assert board.verbs == set()


def test_a_state_that_is_new_to_the_bot_keeps_the_board_and_offers_nothing() -> None:
    odd = replace(SEEN, rollout=Rollout(True, 10.0, "PackageRolloutPaused"))
    board = replace(BOARD, watched=replace(WATCHED, seen=odd))

    assert not board.over
    assert board.verbs == set()


def test_a_closed_board_shows_the_end_that_the_log_has() -> None:
    seen = replace(SEEN, rollout=FINALIZED)
    board = replace(BOARD, watched=replace(WATCHED, seen=seen, since=at(3)))

    end = board_end(board, [RAISED, STOP])

    assert end.change == STOP
    assert end.percentage == 25.0
    assert end.points == ((NOON, 10.0), (at(1), 25.0), (at(2), 25.0))


def test_of_two_ends_in_the_log_a_closed_board_shows_the_last() -> None:
    replaced = changed(EventKind.ROLLOUT_REPLACED, 4, HALTED, going(5))

    assert board_end(BOARD, [STOP, replaced]).change == replaced


@pytest.mark.parametrize(("since", "ended"), [(at(3), at(3)), (None, NOON)])
def test_a_board_ends_where_another_submission_is_the_published_one(
    since: datetime | None, ended: datetime
) -> None:
    seen = replace(SEEN, ref=NEWER, rollout=going(5))
    board = replace(BOARD, watched=replace(WATCHED, seen=seen, since=since))

    end = board_end(board, [RAISED])

    replaced = RolloutChange(
        EventKind.ROLLOUT_REPLACED, ended, None, going(5), None, by_bot=False
    )
    assert end.change == replaced
    assert end.percentage == 25.0


@pytest.mark.parametrize("watched", [None, replace(WATCHED, seen=None)])
def test_a_board_of_which_nothing_is_known_has_its_course_and_no_end(
    watched: WatchedTarget | None,
) -> None:
    end = board_end(replace(BOARD, watched=watched), [RAISED])

    assert end.change is None
    assert end.points == ((NOON, 10.0), (at(1), 25.0))
    # Without an end the last point is the last that it had.
    assert end.percentage == 25.0


def test_a_rollout_that_ended_as_it_was_first_seen_has_what_it_had_before() -> None:
    halted = replace(STOP, at=NOON)

    end = board_end(BOARD, [halted])

    assert (end.change, end.percentage) == (halted, 25.0)


def test_an_end_that_only_the_observation_shows_is_one_from_elsewhere() -> None:
    seen = replace(SEEN, rollout=HALTED)
    board = replace(BOARD, watched=replace(WATCHED, seen=seen, since=at(3)))

    end = board_end(board, [RAISED])

    assert end.change == changed(EventKind.ROLLOUT_HALTED, 3, None, HALTED)
    assert end.percentage == 25.0
    assert end.points[-1] == (at(3), 25.0)


def test_a_board_that_nobody_follows_has_its_course_and_no_end() -> None:
    board = replace(BOARD, followed=False, watched=None)

    end = board_end(board, [RAISED, STOP])

    assert end.change is None
    assert end.points == ((NOON, 10.0), (at(1), 25.0), (at(2), 25.0))
    assert board_end(board, []).percentage == 10.0
