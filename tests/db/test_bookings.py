"""The bookings of requests to the Store, which all replicas add to."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import func, select

from bot.db.bookings import BOOKINGS, SqlBookingRepository
from bot.db.session import Database

NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
TEN: Final = timedelta(seconds=10)


@pytest.fixture
def bookings(database: Database) -> SqlBookingRepository:
    """Return the bookings of each kind of database in turn."""
    return SqlBookingRepository(database)


async def test_bookings_of_one_period_and_priority_are_added_up(
    bookings: SqlBookingRepository,
) -> None:
    await bookings.add_bookings("main", {(NOON, "status"): 3}, NOON)
    await bookings.add_bookings("main", {(NOON, "card"): 2}, NOON)

    found = await bookings.add_bookings(
        "main", {(NOON, "status"): 1, (NOON + TEN, "status"): 5}, NOON
    )

    assert found == {
        (NOON, "status"): 4,
        (NOON, "card"): 2,
        (NOON + TEN, "status"): 5,
    }


async def test_a_booking_can_be_given_back(bookings: SqlBookingRepository) -> None:
    await bookings.add_bookings("main", {(NOON, "status"): 3}, NOON)

    found = await bookings.add_bookings("main", {(NOON, "status"): -1}, NOON)

    assert found == {(NOON, "status"): 2}


async def test_nothing_added_shows_what_is_there(
    bookings: SqlBookingRepository,
) -> None:
    await bookings.add_bookings("main", {(NOON, "card"): 3}, NOON)

    assert await bookings.add_bookings("main", {}, NOON) == {(NOON, "card"): 3}
    assert await bookings.add_bookings("main", {}, NOON + TEN) == {}


async def test_each_account_has_its_own(bookings: SqlBookingRepository) -> None:
    await bookings.add_bookings("main", {(NOON, "card"): 3}, NOON)

    assert await bookings.add_bookings("other", {(NOON, "card"): 1}, NOON) == {
        (NOON, "card"): 1
    }


async def test_of_many_that_add_at_the_same_time_none_is_lost(
    bookings: SqlBookingRepository,
) -> None:
    shown = await asyncio.gather(
        *(bookings.add_bookings("main", {(NOON, "status"): 1}, NOON) for _ in range(20))
    )

    # Each is shown a count of its own, so that a share is never given twice.
    assert sorted(found[NOON, "status"] for found in shown) == list(range(1, 21))


async def test_old_bookings_are_deleted(
    bookings: SqlBookingRepository, database: Database
) -> None:
    await bookings.add_bookings("main", {(NOON, "card"): 3}, NOON)
    later = NOON + timedelta(hours=1)
    await bookings.add_bookings("main", {(later, "card"): 3}, later)

    [[rows]] = await database.run(select(func.count()).select_from(BOOKINGS))
    assert rows == 1
