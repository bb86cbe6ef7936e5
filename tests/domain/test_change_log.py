"""What the log says of the changes of a target, and of whose they are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.change_log import ChangeLog, Logged, LoggedChange, read_changes
from bot.domain.events import Event, EventKind, operation_ended
from bot.domain.operations import Operation
from bot.domain.results import Done
from bot.domain.rollout import IN_PROGRESS, STOPPED, Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.domain.watching import WatchedTarget, change_event

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REF = SubmissionRef(Target("main", "9NBLGGH4R315"), "1")
NEWER = SubmissionRef(REF.target, "2")
GOING = Rollout(True, 10.0, IN_PROGRESS)
HALTED = Rollout(True, 0.0, STOPPED)
HALT = Operation("o1", REF, Change(Verb.HALT), GOING, "U1", NOON)


def going(percentage: float) -> Rollout:
    return replace(GOING, percentage=percentage)


def seen(
    kind: EventKind,
    minutes: float,
    before: Rollout,
    after: Rollout,
    *,
    ref: SubmissionRef = REF,
    cause: Operation | None = None,
) -> Event:
    """Return the event of a look that has found a change."""
    was = Snapshot(ref, "Mail", None, before)
    watched = WatchedTarget(REF.target, int(minutes), was, NOON)
    now = replace(was, rollout=after)
    return change_event(kind, watched, now, NOON + minutes * MINUTE, cause)


RAISED = seen(EventKind.PERCENTAGE_CHANGED, 1, GOING, going(40))
STOP = operation_ended(HALT, Done(going(40), HALTED), NOON + 2 * MINUTE)


def logged(event: Event, *, here: bool = False) -> Logged:
    """Return an event as it is read, of the operation if it has one."""
    of_operation = REF.submission_id if event.operation_id else None
    return Logged(event, of_operation, here, "Mail")


def log_of(*newest_first: Logged) -> ChangeLog:
    return ChangeLog(*read_changes(newest_first))


def test_a_change_is_read_with_its_submission_and_whose_it_is() -> None:
    log = log_of(logged(STOP, here=True), logged(RAISED))

    stop, raised = log.changes
    assert (stop.change.kind, stop.change.by_bot) == (EventKind.ROLLOUT_HALTED, True)
    assert (stop.submission_id, stop.asked_here) == ("1", True)
    assert (raised.change.before, raised.change.after) == (GOING, going(40))
    assert (raised.submission_id, raised.app_name) == ("1", "Mail")
    assert raised.target == REF.target
    assert raised.at == NOON + MINUTE
    assert log.elsewhere == (raised,)
    assert log.unread == 0


def test_an_operation_that_a_look_has_found_and_proof_came_later_is_one_change() -> (
    None
):
    found = seen(EventKind.ROLLOUT_HALTED, 1, GOING, HALTED, cause=HALT)

    log = log_of(logged(STOP), logged(found))

    [change] = log.changes
    assert change.at == NOON + MINUTE
    assert change.change.actor == "U1"


def test_looks_that_found_no_operation_are_changes_each() -> None:
    again = seen(EventKind.PERCENTAGE_CHANGED, 2, going(40), going(50))

    assert len(log_of(logged(again), logged(RAISED)).elsewhere) == 2


def test_what_a_newer_bot_wrote_is_counted_and_hides_nothing() -> None:
    other = {"after": {"submission": {"id": "1"}}}
    newer = [
        replace(RAISED, details=other),
        replace(RAISED, target=None),
        replace(STOP, operation_id="o2", details={"result": {"code": "ramped"}}),
    ]

    log = log_of(logged(STOP), *map(logged, newer), logged(RAISED))

    assert len(log.changes) == 2
    assert log.unread == 3


def test_the_course_is_that_of_the_newest_submission_whoever_changed_it() -> None:
    older = seen(EventKind.PERCENTAGE_CHANGED, 0, GOING, going(99), ref=NEWER)
    log = log_of(logged(STOP, here=True), logged(RAISED), logged(older))

    assert log.points == ((NOON + MINUTE, 40.0), (NOON + 2 * MINUTE, 40.0))


def test_the_course_begins_where_the_rollout_was_first_seen() -> None:
    log = replace(log_of(logged(RAISED)), began_by="1", began=(NOON, 10.0))

    assert log.points == ((NOON, 10.0), (NOON + MINUTE, 40.0))
    assert replace(log, began_by="2").points == ((NOON + MINUTE, 40.0),)


def test_an_operation_whose_submission_is_forgotten_is_no_part_of_a_course() -> None:
    forgotten = LoggedChange(REF.target, log_of(logged(STOP)).changes[0].change)

    assert ChangeLog((forgotten,)).points == ()
    assert ChangeLog(began_by="1", began=(NOON, 10.0)).points == ()
    with_change = ChangeLog((forgotten, *log_of(logged(RAISED)).changes))
    assert with_change.points == ((NOON + MINUTE, 40.0),)
