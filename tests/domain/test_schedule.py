"""When a step may be sent: windows in wall time, gaps in elapsed time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.plan_terms import PlanTerms, planned_times
from bot.domain.schedule import EVERY_DAY, WORKING_DAYS, Window, is_open, next_open

BERLIN = "Europe/Berlin"
ZONES = sorted(available_timezones())
MINUTE = timedelta(minutes=1)
# The clocks of Berlin: 2 becomes 3 on this Sunday, and 3 becomes 2 on the other.
SPRING = datetime(2027, 3, 28, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)
FIRST = datetime(1996, 1, 1, tzinfo=UTC).replace(tzinfo=None)
LAST = datetime(2037, 6, 1, tzinfo=UTC).replace(tzinfo=None)

windows = st.builds(
    Window,
    st.sampled_from(ZONES),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 24 * 60 - 1),
    st.integers(1, 24 * 60),
).filter(lambda window: window.begins != window.ends)
moments = st.datetimes(
    FIRST,
    LAST,
    timezones=st.just(UTC),
).map(lambda at: at.replace(second=0, microsecond=0))


def wall(*parts: int, zone: str = BERLIN, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)  # type: ignore[misc,arg-type]


def within(window: Window, at: datetime) -> bool:
    """Return what the clock on the wall says, and nothing else."""
    shown = at.astimezone(ZoneInfo(window.zone))
    minute, today = shown.hour * 60 + shown.minute, shown.weekday()
    if window.begins < window.ends:
        return window.begins <= minute < window.ends and today in window.days
    early = minute < window.ends and (today - 1) % 7 in window.days
    return early or (minute >= window.begins and today in window.days)


def clocks_change_near(window: Window, at: datetime) -> bool:
    zone = ZoneInfo(window.zone)
    offsets = {
        (at + timedelta(hours=hours)).astimezone(zone).utcoffset()
        for hours in range(-30, 31)
    }
    return len(offsets) > 1


def comes_again(window: Window, at: datetime) -> bool:
    """Return whether the clock has shown this, or later, on this day before."""
    shown = at.astimezone(ZoneInfo(window.zone)).replace(tzinfo=None)
    return any(
        (at - back * MINUTE).astimezone(ZoneInfo(window.zone)).replace(tzinfo=None)
        >= shown
        for back in range(1, 24 * 60, 5)
    )


@given(windows, moments)
@settings(max_examples=100)
@example(Window(BERLIN, EVERY_DAY, 135, 165), SPRING)
@example(Window(BERLIN, EVERY_DAY, 135, 165), AUTUMN)
@example(Window(BERLIN, EVERY_DAY, 150, 210), AUTUMN + timedelta(minutes=61))
@example(
    Window("Pacific/Apia", EVERY_DAY, 540, 960), datetime(2011, 12, 30, tzinfo=UTC)
)
@example(
    Window("Australia/Lord_Howe", EVERY_DAY, 120, 130), datetime(2026, 4, 4, tzinfo=UTC)
)
def test_the_next_time_is_never_early_and_is_inside_the_window(
    window: Window, at: datetime
) -> None:
    found = next_open(window, at)

    assert found is not None
    assert at <= found <= at + timedelta(days=15)
    assert is_open(window, found)
    assert next_open(window, found) == found
    assert within(window, found) or clocks_change_near(window, found)


def changes_of_the_clock(zone: str) -> list[datetime]:
    """Return the days of over a year on which the clocks of a zone are changed."""
    days = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(500)]
    offsets = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in days]
    both = zip(days, pairwise(offsets), strict=False)
    return [day for day, (before, after) in both if before != after]


def test_in_every_zone_each_day_on_which_the_clock_changes_has_one_time() -> None:
    hours = ((90, 150), (135, 165), (0, 30), (23 * 60 + 30, 30))
    changes = [(zone, day) for zone in ZONES for day in changes_of_the_clock(zone)]
    assert len(changes) > 300
    for zone, change in changes:
        for begins, ends in hours:
            window = Window(zone, EVERY_DAY, begins, ends)
            terms = PlanTerms((1.0, 2.0, 3.0), window, timedelta(hours=20))

            times = planned_times(terms, change - timedelta(days=1))

            assert all(is_open(window, one) for one in times), (window, change)
            days = [later - one for one, later in pairwise(times)]
            assert all(terms.gap <= one <= timedelta(days=2) for one in days)


@given(windows, moments)
@settings(max_examples=50)
def test_no_time_before_the_next_one_would_have_been_right(
    window: Window, at: datetime
) -> None:
    found = next_open(window, at)

    assert found is not None
    minutes = min(int((found - at) / MINUTE), 2_000)
    for number in range(0, minutes, 7):
        between = at + number * MINUTE
        if within(window, between):
            assert comes_again(window, between), between


@given(windows, moments)
@settings(max_examples=80)
def test_away_from_a_change_of_the_clock_the_wall_decides(
    window: Window, at: datetime
) -> None:
    if not clocks_change_near(window, at):
        assert is_open(window, at) is within(window, at)


@given(windows, moments, st.integers(1, 12), st.integers(1, 30 * 24))
@settings(max_examples=100)
def test_each_step_has_one_time_that_is_legal_and_a_gap_after_the_last(
    window: Window, start: datetime, count: int, hours: int
) -> None:
    terms = PlanTerms(
        tuple(float(step) for step in range(1, count + 1)),
        window,
        timedelta(hours=hours),
    )

    times = planned_times(terms, start)

    assert len(times) == count
    assert times[0] >= start
    assert all(is_open(window, one) for one in times)
    assert all(later - one >= terms.gap for one, later in pairwise(times))


def test_from_a_friday_afternoon_it_goes_on_with_the_working_days() -> None:
    # Acceptance: 10 25 50 100 from 5 %, started on Friday at 15:30 in Berlin.
    terms = PlanTerms((10.0, 25.0, 50.0, 100.0), Window(BERLIN))

    times = planned_times(terms, wall(2026, 11, 20, 15, 30))

    assert times == (
        wall(2026, 11, 20, 15, 30),
        wall(2026, 11, 23, 9),
        wall(2026, 11, 24, 9),
        wall(2026, 11, 25, 9),
    )


@pytest.mark.parametrize(
    ("start", "opens"),
    [
        (wall(2026, 11, 20, 15, 59), wall(2026, 11, 20, 15, 59)),
        (wall(2026, 11, 20, 16), wall(2026, 11, 23, 9)),
        (wall(2026, 11, 21, 12), wall(2026, 11, 23, 9)),
        (wall(2026, 11, 23, 8, 59), wall(2026, 11, 23, 9)),
    ],
)
def test_the_window_has_its_beginning_and_not_its_end(
    start: datetime, opens: datetime
) -> None:
    assert next_open(Window(BERLIN), start) == opens


def test_a_time_that_does_not_exist_is_the_first_after_it() -> None:
    # 2:30 is left out: what begins then begins at 3.
    window = Window(BERLIN, EVERY_DAY, 150, 210)

    assert next_open(window, SPRING) == wall(2027, 3, 28, 3)
    assert is_open(window, wall(2027, 3, 28, 3, 29))
    assert not is_open(window, wall(2027, 3, 28, 3, 30))


def test_a_window_inside_the_missing_hour_opens_after_it_for_as_long() -> None:
    window = Window(BERLIN, EVERY_DAY, 135, 165)

    assert next_open(window, SPRING) == wall(2027, 3, 28, 3)
    assert is_open(window, wall(2027, 3, 28, 3, 29))
    assert not is_open(window, wall(2027, 3, 28, 3, 30))
    assert next_open(window, wall(2027, 3, 28, 3, 30)) == wall(2027, 3, 29, 2, 15)


def test_of_a_time_that_comes_twice_the_first_counts() -> None:
    window = Window(BERLIN, EVERY_DAY, 135, 165)

    assert next_open(window, AUTUMN - MINUTE) == wall(2026, 10, 25, 2, 15)
    assert is_open(window, wall(2026, 10, 25, 2, 44))
    assert not is_open(window, wall(2026, 10, 25, 2, 44, fold=1))
    after = wall(2026, 10, 25, 2, 45)
    assert next_open(window, after) == wall(2026, 10, 26, 2, 15)


def test_a_window_that_the_clock_leaves_and_comes_to_again_is_open_twice() -> None:
    window = Window(BERLIN, EVERY_DAY, 150, 210)

    assert is_open(window, wall(2026, 10, 25, 2, 59))
    back = wall(2026, 10, 25, 2, 0, fold=1)
    assert not is_open(window, back)
    assert next_open(window, back) == wall(2026, 10, 25, 2, 30, fold=1)
    assert is_open(window, wall(2026, 10, 25, 3, 29))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # A day of 23 hours: the same elapsed time is an hour later by the clock.
        (wall(2027, 3, 27, 9, 30), wall(2027, 3, 28, 10, 30)),
        # A day of 25 hours: it is an hour earlier, and waits for the window.
        (wall(2026, 10, 24, 9, 30), wall(2026, 10, 25, 9)),
    ],
)
def test_the_gap_is_elapsed_time_also_where_the_clock_changes(
    first: datetime, second: datetime
) -> None:
    terms = PlanTerms((10.0, 25.0), Window(BERLIN, EVERY_DAY))

    assert planned_times(terms, first) == (first, second)
    assert second - first >= terms.gap


def test_a_day_that_a_zone_leaves_out_has_no_window() -> None:
    # Samoa went to bed on a Thursday, and got up on a Saturday.
    window = Window("Pacific/Apia", WORKING_DAYS)
    asked = wall(2011, 12, 29, 16, zone="Pacific/Apia")

    assert next_open(window, asked) == wall(2012, 1, 2, 9, zone="Pacific/Apia")


def test_a_window_may_cross_midnight_and_belongs_to_the_day_it_begins() -> None:
    window = Window(BERLIN, frozenset({4}), 22 * 60, 4 * 60)

    assert is_open(window, wall(2026, 11, 20, 23))
    assert is_open(window, wall(2026, 11, 21, 3, 59))
    assert not is_open(window, wall(2026, 11, 21, 4))
    assert not is_open(window, wall(2026, 11, 20, 3))
    assert next_open(window, wall(2026, 11, 21, 5)) == wall(2026, 11, 27, 22)


def test_a_window_may_last_to_the_end_of_the_day() -> None:
    window = Window(BERLIN, EVERY_DAY, 0, 24 * 60)

    for hour in range(50):
        assert is_open(window, SPRING + timedelta(hours=hour))


@pytest.mark.parametrize("days", [frozenset[int](), EVERY_DAY])
def test_a_window_without_days_or_without_hours_never_opens(
    days: frozenset[int],
) -> None:
    assert next_open(Window(BERLIN, days, 540, 540), SPRING) is None
