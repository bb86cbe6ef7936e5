"""When the steps come that are left of a ramp, as it stands."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.plan_changes import held, paused
from bot.domain.plans import HoldReason, expected_times
from tests.fakes.plans import BERLIN, DAY, FRIDAY, started

# Nine in the morning, in Berlin.
MONDAY = FRIDAY + timedelta(days=2, hours=17, minutes=30)


def test_each_step_comes_a_gap_after_the_one_before_and_inside_the_window() -> None:
    assert expected_times(started(BERLIN)) == (
        FRIDAY,
        MONDAY,
        MONDAY + DAY,
        MONDAY + 2 * DAY,
    )


def test_only_what_is_left_has_a_time() -> None:
    behind = replace(started(BERLIN), step=3, due_at=MONDAY)
    last = replace(behind, terms=replace(BERLIN, finalizes=True))

    assert expected_times(behind) == (MONDAY,)
    assert expected_times(last) == (MONDAY, MONDAY + DAY)


def test_a_lock_moves_all_of_them() -> None:
    free_at = FRIDAY + timedelta(hours=1)

    assert expected_times(started(BERLIN), free_at)[:2] == (MONDAY, MONDAY + DAY)
    assert expected_times(started(BERLIN), FRIDAY - DAY)[0] == FRIDAY


def test_what_stands_still_has_no_times() -> None:
    assert expected_times(paused(started(), "U2", FRIDAY)) == ()
    assert expected_times(held(started(), HoldReason.UNKNOWN, FRIDAY)) == ()
    assert expected_times(replace(started(), due_at=None)) == ()
