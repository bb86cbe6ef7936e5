"""What was planned of a ramp, and its actual course, each at the same moments."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.due_steps import LATE_AFTER
from bot.domain.events import EventKind
from bot.domain.plan_changes import ended
from bot.domain.plan_terms import PlanTerms
from bot.domain.plans import Plan, PlanEnd
from bot.domain.ramp_course import CoursePoint, RampCourse
from bot.domain.rollout import STOPPED, Rollout
from bot.domain.rollout_changes import RolloutChange
from tests.fakes.plans import ALWAYS, BERLIN, DAY, FRIDAY, STEPS, TERMS, shown, started

HOUR = timedelta(hours=1)
SOON = timedelta(seconds=20)


def raised(at: datetime, percentage: float) -> RolloutChange:
    kind = EventKind.PERCENTAGE_CHANGED
    return RolloutChange(kind, at, None, shown(percentage), "U1", by_bot=True)


def course(
    plan: Plan,
    end: PlanEnd,
    at: datetime,
    *changes: RolloutChange,
) -> RampCourse:
    return RampCourse(ended(plan, end, "U1", at), changes)


def shares(course: RampCourse) -> list[tuple[float, float]]:
    return [(one.planned, one.actual) for one in course.points]


def test_a_step_that_comes_in_time_is_one_point_with_its_plan() -> None:
    times = [FRIDAY + number * DAY + SOON for number in range(4)]
    steps = [raised(at, step) for at, step in zip(times, STEPS, strict=True)]

    done = course(started(), PlanEnd.DONE, times[-1], *steps)

    assert done.points == (
        CoursePoint(FRIDAY, 5.0, 5.0),
        *(CoursePoint(at, step, step) for at, step in zip(times, STEPS, strict=True)),
    )
    assert done.reached == 100.0


def test_a_step_that_waited_is_shown_when_it_was_planned_and_when_it_came() -> None:
    late = FRIDAY + 3 * HOUR
    plan = started(PlanTerms((10.0,), ALWAYS))

    waited = course(plan, PlanEnd.DONE, late, raised(late, 10.0))

    assert [(one.at, one.planned, one.actual) for one in waited.points] == [
        (FRIDAY, 5.0, 5.0),
        (FRIDAY, 10.0, 5.0),
        (late, 10.0, 10.0),
    ]


@pytest.mark.parametrize(("delay", "points"), [(LATE_AFTER, 2), (LATE_AFTER * 2, 3)])
def test_as_late_as_nobody_is_told_is_no_delay(delay: timedelta, points: int) -> None:
    plan = started(PlanTerms((10.0,), ALWAYS))

    one = course(plan, PlanEnd.DONE, FRIDAY + delay, raised(FRIDAY + delay, 10.0))

    assert len(one.points) == points


def test_a_weekend_is_planned_for() -> None:
    plan = started(BERLIN)
    monday = FRIDAY + 3 * DAY

    halted = course(plan, PlanEnd.HALTED, monday, raised(FRIDAY + SOON, 10.0))

    # The window opens on Monday at nine, in Berlin.
    assert [(one.at, one.planned) for one in halted.points] == [
        (FRIDAY, 5.0),
        (FRIDAY + SOON, 10.0),
        (monday.replace(hour=8, minute=0), 25.0),
        (monday, 25.0),
    ]
    assert {one.actual for one in halted.points[1:]} == {10.0}


def test_what_was_planned_for_after_a_ramp_was_broken_off_is_left_out() -> None:
    stopped = course(
        started(), PlanEnd.STOPPED, FRIDAY + HOUR, raised(FRIDAY + SOON, 10.0)
    )

    assert shares(stopped) == [(5.0, 5.0), (10.0, 10.0), (10.0, 10.0)]
    assert stopped.points[-1].at == FRIDAY + HOUR


def test_a_ramp_that_was_quicker_than_planned_is_shown_until_its_plan_ends() -> None:
    """Somebody has set 100 % by hand, and let the ramp go on."""
    soon = FRIDAY + HOUR

    done = course(
        started(),
        PlanEnd.DONE,
        soon,
        raised(FRIDAY + SOON, 10.0),
        raised(soon, 100.0),
    )

    assert shares(done) == [
        *((5.0, 5.0), (10.0, 10.0), (10.0, 100.0)),
        *((25.0, 100.0), (50.0, 100.0), (100.0, 100.0)),
    ]


def test_a_finalize_is_planned_as_all_customers() -> None:
    terms = PlanTerms((50.0, 100.0), ALWAYS, finalizes=True)
    at = [FRIDAY + number * DAY + SOON for number in range(3)]
    last = RolloutChange(
        *(EventKind.ROLLOUT_FINALIZED, at[2], shown(100), None, "U1", True)
    )

    done = course(
        started(terms),
        PlanEnd.DONE,
        at[2],
        *(raised(at[0], 50.0), raised(at[1], 100.0), last),
    )

    assert shares(done) == [(5.0, 5.0), (50.0, 50.0), (100.0, 100.0), (100.0, 100.0)]


def test_a_halt_that_ended_it_keeps_the_percentage_that_the_rollout_had() -> None:
    halt = RolloutChange(
        EventKind.ROLLOUT_HALTED,
        FRIDAY + HOUR,
        shown(10),
        Rollout(True, 0.0, STOPPED),
        None,
        by_bot=False,
    )

    found = course(
        started(),
        PlanEnd.FOUND_HALTED,
        FRIDAY + HOUR,
        *(raised(FRIDAY + SOON, 10.0), halt),
    )

    assert found.reached == 10.0
    assert shares(found)[-1] == (10.0, 10.0)


def test_what_changed_before_the_ramp_or_after_it_is_not_its_own() -> None:
    stopped = course(
        started(),
        PlanEnd.STOPPED,
        FRIDAY + HOUR,
        raised(FRIDAY - HOUR, 4.0),
        raised(FRIDAY + SOON, 10.0),
        raised(FRIDAY + 2 * HOUR, 75.0),
    )

    assert stopped.reached == 10.0
    assert shares(stopped) == [(5.0, 5.0), (10.0, 10.0), (10.0, 10.0)]


def test_a_ramp_that_never_took_a_step_has_its_start_and_its_end() -> None:
    stopped = course(started(TERMS), PlanEnd.STOPPED, FRIDAY + HOUR)

    assert shares(stopped) == [(5.0, 5.0), (10.0, 5.0), (10.0, 5.0)]
    assert stopped.reached == 5.0


def test_events_of_two_replicas_are_put_in_the_order_of_their_times() -> None:
    """The clocks of two processes may differ by a little."""
    stopped = course(
        started(),
        PlanEnd.STOPPED,
        FRIDAY + 2 * DAY,
        raised(FRIDAY + DAY, 25.0),
        raised(FRIDAY + SOON, 10.0),
    )

    assert [one.actual for one in stopped.points] == [5.0, 10.0, 25.0, 25.0]


def test_a_clock_that_was_set_back_makes_no_course_before_the_start() -> None:
    plan = replace(started(), started_at=FRIDAY)

    stopped = course(plan, PlanEnd.STOPPED, FRIDAY - HOUR)

    assert stopped.points[0].at == FRIDAY
    assert stopped.points[-1].at == FRIDAY
