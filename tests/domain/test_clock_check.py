"""The machine's clock against the Date header of a response."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.clock_check import MOST_SKEW, is_clock_wrong, read_date

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("header", "date"),
    [
        ("Fri, 20 Nov 2026 12:00:00 GMT", NOON),
        ("Fri, 20 Nov 2026 13:00:00 +0100", NOON),
        ("Fri, 20 Nov 2026 12:00:00 -0000", None),
        ("tomorrow", None),
        ("Fri, 99 Nov 2026 12:00:00 GMT", None),
        ("", None),
    ],
)
def test_a_date_header_is_read_where_it_has_a_date_and_a_zone(
    header: str, date: datetime | None
) -> None:
    assert read_date(header) == date


@pytest.mark.parametrize(
    ("took", "date", "is_wrong"),
    [
        (SECOND, NOON, False),
        (SECOND, NOON - MOST_SKEW, False),
        (SECOND, NOON + SECOND + MOST_SKEW, False),
        (SECOND, NOON - MOST_SKEW - SECOND, True),
        (SECOND, NOON + MOST_SKEW + 2 * SECOND, True),
        (SECOND, None, False),
        # The process was frozen, or the answer slow.
        (600 * SECOND, NOON, False),
        (600 * SECOND, NOON + 600 * SECOND, False),
        (600 * SECOND, NOON - MOST_SKEW - SECOND, True),
    ],
)
def test_a_clock_is_wrong_where_the_date_is_far_outside_the_time_of_the_response(
    took: timedelta, date: datetime | None, is_wrong: bool
) -> None:
    assert is_clock_wrong(NOON, NOON + took, date) is is_wrong
