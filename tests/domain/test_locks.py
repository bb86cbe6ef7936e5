"""When a lock holds: until its end, or in a window of every week, in wall time."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.locks import (
    DAYS_OF_WEEK,
    Lock,
    WeeklyWindow,
    held,
    held_on,
    holds,
    next_edge,
    next_start,
    until,
    window_from_json,
    window_length,
    window_to_json,
)
from bot.domain.submissions import Target
from bot.domain.wall_time import first_moment, last_moment, wall_time, zone_named

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND, DAY, WEEK = timedelta(seconds=1), timedelta(days=1), timedelta(weeks=1)
APP = Target("main", "9NMAIL000001")
FLIGHT = Target("main", "9NMAIL000001", "f-1")
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
HOSTS = ("UTC", BERLIN, NEW_YORK, "Pacific/Kiritimati", "Asia/Kolkata")


def lock(
    ends_at: datetime | None = None,
    weekly: WeeklyWindow | None = None,
    target: Target | None = APP,
    number: int = 1,
) -> Lock:
    return Lock(number, "T1", "C1", target, "freeze", "U1", NOON, ends_at, weekly)


def window(typed: str, zone: str) -> WeeklyWindow:
    """Return the window of `fri 16:00 mon 08:00`."""
    from_day, begins, to_day, ends = typed.split()
    return WeeklyWindow(
        DAYS_OF_WEEK.index(from_day),
        time.fromisoformat(begins),
        DAYS_OF_WEEK.index(to_day),
        time.fromisoformat(ends),
        zone,
    )


def utc(typed: str) -> datetime:
    return datetime.fromisoformat(typed).replace(tzinfo=UTC)


def test_a_lock_holds_until_its_end_and_not_at_its_end() -> None:
    one = lock(NOON + DAY)

    assert until(one, NOON) == until(one, NOON + DAY - SECOND) == NOON + DAY
    assert not holds(one, NOON + DAY)
    assert next_start(one, NOON) is None


def test_a_lock_holds_for_a_clock_that_is_behind_the_locker_s() -> None:
    assert holds(lock(NOON + DAY), NOON - timedelta(minutes=1))


def test_a_lifted_lock_holds_nothing_and_comes_back_never() -> None:
    weekly = window("fri 10:00 mon 08:00", BERLIN)
    lifted = Lock(
        *(1, "T1", "C1", APP, "freeze", "U1", NOON, None, weekly, "U2", NOON),
    )

    assert not holds(lifted, NOON)
    assert next_start(lifted, NOON) is None
    assert next_edge([lifted], NOON) is None


@pytest.mark.parametrize(
    ("locked", "target", "covered"),
    [
        (None, APP, True),
        (None, FLIGHT, True),
        (APP, APP, True),
        (APP, FLIGHT, True),
        (FLIGHT, FLIGHT, True),
        (FLIGHT, APP, False),
        (FLIGHT, Target("main", APP.app_id, "f-2"), False),
        (APP, Target("main", "9NOTHER00001"), False),
        (APP, Target("other", APP.app_id), False),
        (APP, Target("other", APP.app_id, "f-1"), False),
    ],
)
def test_an_apps_lock_covers_its_flights_and_a_flights_lock_itself_alone(
    locked: Target | None, target: Target, covered: bool
) -> None:
    assert lock(NOON, target=locked).covers(target) is covered


def test_all_locks_that_hold_are_shown_and_the_one_that_ends_last_comes_first() -> None:
    ended, short = lock(NOON, number=1), lock(NOON + SECOND, number=2)
    long, same = lock(NOON + DAY, number=3), lock(NOON + DAY, number=4)

    found = held([ended, short, same, long], NOON)
    assert [one.lock for one in found] == [long, same, short]
    assert [one.until for one in found] == [NOON + DAY, NOON + DAY, NOON + SECOND]
    assert held_on(found, FLIGHT) == found
    assert held_on(found, Target("main", "9NOTHER00001")) == ()
    assert next_edge([ended, short, long], NOON) == NOON + SECOND


# Each window, and when it begins and ends, in UTC.
EDGES = [
    # An ordinary weekend, and one around midnight and around the end of the week.
    (BERLIN, "fri 16:00 mon 08:00", "2026-11-20 15:00", "2026-11-23 07:00"),
    (BERLIN, "tue 22:00 wed 06:00", "2026-11-24 21:00", "2026-11-25 05:00"),
    (BERLIN, "tue 09:00 tue 09:30", "2026-11-24 08:00", "2026-11-24 08:30"),
    (BERLIN, "sun 23:30 mon 00:30", "2026-11-22 22:30", "2026-11-22 23:30"),
    (BERLIN, "sat 00:00 mon 00:00", "2026-11-20 23:00", "2026-11-22 23:00"),
    # Longer than the rest of the week.
    (BERLIN, "thu 12:00 wed 18:00", "2026-11-19 11:00", "2026-11-25 17:00"),
    # The clocks are set forward on a Sunday: Berlin at 01:00 UTC, New York at 07:00.
    (BERLIN, "fri 16:00 mon 08:00", "2027-03-26 15:00", "2027-03-29 06:00"),
    (NEW_YORK, "fri 16:00 mon 08:00", "2027-03-12 21:00", "2027-03-15 12:00"),
    # They are set back: Berlin at 01:00 UTC, New York at 06:00 UTC.
    (BERLIN, "fri 16:00 mon 08:00", "2027-10-29 14:00", "2027-11-01 07:00"),
    (NEW_YORK, "fri 16:00 mon 08:00", "2027-11-05 20:00", "2027-11-08 13:00"),
    # 02:30 is left out: the window begins, or ends, when the clocks are set forward.
    (BERLIN, "sun 02:30 sun 06:00", "2027-03-28 01:00", "2027-03-28 04:00"),
    (BERLIN, "sat 20:00 sun 02:30", "2027-03-27 19:00", "2027-03-28 01:00"),
    (NEW_YORK, "sun 02:30 sun 06:00", "2027-03-14 07:00", "2027-03-14 10:00"),
    (NEW_YORK, "sat 20:00 sun 02:30", "2027-03-14 01:00", "2027-03-14 07:00"),
    # 02:30, in New York 01:30, comes twice: from the first to the second of them.
    (BERLIN, "sun 02:30 sun 06:00", "2027-10-31 00:30", "2027-10-31 05:00"),
    (BERLIN, "sat 20:00 sun 02:30", "2027-10-30 18:00", "2027-10-31 01:30"),
    (BERLIN, "sun 02:15 sun 02:30", "2027-10-31 00:15", "2027-10-31 01:30"),
    (NEW_YORK, "sun 01:30 sun 06:00", "2027-11-07 05:30", "2027-11-07 11:00"),
    (NEW_YORK, "sat 20:00 sun 01:30", "2027-11-07 00:00", "2027-11-07 06:30"),
    # Over the end of the year, whose week has days of both.
    (BERLIN, "wed 18:00 mon 09:00", "2026-12-30 17:00", "2027-01-04 08:00"),
    (NEW_YORK, "thu 23:59 fri 00:01", "2027-01-01 04:59", "2027-01-01 05:01"),
    (NEW_YORK, "fri 16:00 mon 08:00", "2027-12-31 21:00", "2028-01-03 13:00"),
]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(("zone", "typed", "begins", "ends"), EDGES)
def test_a_weekly_lock_holds_from_edge_to_edge_wherever_the_host_is(
    zone: str, typed: str, begins: str, ends: str, host: str
) -> None:
    weekly, start, end = lock(weekly=window(typed, zone)), utc(begins), utc(ends)

    with time_machine.travel(start.astimezone(ZoneInfo(host)), tick=False):
        assert not holds(weekly, start - SECOND)
        assert until(weekly, start) == until(weekly, start + SECOND) == end
        assert until(weekly, end - SECOND) == end
        assert not holds(weekly, end)
        assert not holds(weekly, end + SECOND)
        assert next_start(weekly, start - SECOND) == start
        assert next_edge([weekly], start - SECOND) == start
        assert next_edge([weekly], start) == end
        later = next_start(weekly, start)
        assert later is not None
        assert abs(later - start - WEEK) <= timedelta(hours=1)
        assert next_start(weekly, end) == later


def test_a_window_in_the_hour_that_is_left_out_does_not_come_that_week() -> None:
    weekly = lock(weekly=window("sun 02:10 sun 02:50", BERLIN))
    change = utc("2027-03-28 01:00")

    assert not holds(weekly, change)
    assert not holds(weekly, change - SECOND)
    assert next_start(weekly, change - DAY) == utc("2027-04-04 00:10")


def test_a_window_that_begins_again_before_it_is_over_goes_on() -> None:
    weekly = lock(weekly=window("sun 02:30 sun 02:20", BERLIN))

    # 02:20 comes twice on the 31st, and 02:30 first before the second of them.
    assert until(weekly, utc("2027-10-31 00:25")) == utc("2027-11-07 01:20")
    assert next_start(weekly, utc("2027-10-30 00:00")) == utc("2027-11-07 01:30")


def test_the_length_of_a_window_counts_over_the_end_of_the_week() -> None:
    assert window_length(window("fri 16:00 mon 08:00", BERLIN)) == timedelta(hours=64)
    assert not window_length(window("fri 16:00 fri 16:00", BERLIN))


def test_a_window_is_stored_in_words_that_a_person_can_read() -> None:
    stored = window_to_json(window("fri 16:00 mon 08:30", BERLIN))

    assert stored == {
        "from_day": "fri",
        "from_time": "16:00",
        "to_day": "mon",
        "to_time": "08:30",
        "zone": BERLIN,
    }
    assert window_from_json(stored) == window("fri 16:00 mon 08:30", BERLIN)
    with pytest.raises(ValueError, match="not in tuple"):
        window_from_json({**stored, "from_day": "someday"})


def test_a_zone_is_named_in_any_case_and_one_that_is_not_known_has_no_name() -> None:
    assert zone_named("europe/BERLIN") == BERLIN
    assert zone_named("Mars/Olympus") is None
    # A replica with newer data may have stored one.
    assert wall_time(NOON, "Mars/Olympus") == NOON.replace(tzinfo=None)


def test_a_day_that_a_zone_has_left_out_is_the_change_itself() -> None:
    left_out = datetime(2011, 12, 30, 12)  # noqa: DTZ001 - wall time
    change = utc("2011-12-30 10:00")

    assert first_moment(left_out, "Pacific/Apia") == change
    assert last_moment(left_out, "Pacific/Apia") == change


ZONES = sorted(available_timezones())
WINDOWS = st.builds(
    WeeklyWindow,
    st.integers(0, 6),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.integers(0, 6),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from(ZONES),
).filter(lambda one: bool(window_length(one)))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC, microsecond=0)
)


def minutes_of_week(wall: datetime) -> int:
    return wall.weekday() * 1440 + wall.hour * 60 + wall.minute


def is_between(window: WeeklyWindow, wall: datetime) -> bool:
    """Return whether the clock shows a time of the window, in whatever week."""
    begins = window.from_day * 1440 + window.from_time.hour * 60
    begins += window.from_time.minute
    length = window_length(window) // timedelta(minutes=1)
    return (minutes_of_week(wall) - begins) % (7 * 1440) < length


@settings(max_examples=400, deadline=None)
@given(WINDOWS, MOMENTS)
def test_in_every_zone_it_holds_when_the_clock_on_the_wall_shows_the_window(
    window: WeeklyWindow, at: datetime
) -> None:
    weekly = lock(weekly=window)
    end, start = until(weekly, at), next_start(weekly, at)
    offsets = {
        (at + hours * timedelta(hours=1)).astimezone(ZoneInfo(window.zone)).utcoffset()
        for hours in range(-200, 200, 2)
    }

    if is_between(window, wall_time(at, window.zone)):
        assert end is not None
    if len(offsets) == 1:
        assert (end is not None) == is_between(window, wall_time(at, window.zone))
    if end is not None:
        assert end > at
        assert holds(weekly, end - SECOND)
        assert not holds(weekly, end)
    if start is not None:
        assert start > at
        assert holds(weekly, start)
        assert not holds(weekly, start - SECOND)
        assert end is None or start > end


@settings(max_examples=200, deadline=None)
@given(MOMENTS, st.sampled_from(ZONES))
def test_what_the_clock_shows_leads_back_to_the_moment(at: datetime, zone: str) -> None:
    wall = wall_time(at, zone)

    assert first_moment(wall, zone) <= at <= last_moment(wall, zone)
    assert at in {first_moment(wall, zone), last_moment(wall, zone)}
