"""What the delivery records promise, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.db.repositories import Repositories

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_only_the_first_delivery_is_the_first(repositories: Repositories) -> None:
    assert await repositories.first_delivery("Ev1", NOON)
    assert not await repositories.first_delivery("Ev1", NOON)
    assert await repositories.first_delivery("Ev2", NOON)


async def test_of_many_deliveries_at_once_one_is_the_first(
    repositories: Repositories,
) -> None:
    answers = await asyncio.gather(
        *(repositories.first_delivery("Ev1", NOON) for _ in range(20))
    )

    assert answers.count(True) == 1


async def test_old_deliveries_are_forgotten_and_younger_ones_kept(
    repositories: Repositories,
) -> None:
    await repositories.first_delivery("Ev1", NOON - timedelta(days=1))
    await repositories.first_delivery("Ev2", NOON)

    await repositories.forget_deliveries(NOON)

    assert await repositories.first_delivery("Ev1", NOON)
    assert not await repositories.first_delivery("Ev2", NOON)
