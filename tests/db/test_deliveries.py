"""What every delivery repository promises."""

import asyncio
from datetime import UTC, datetime, timedelta

from tests.db.sample_requests import AllRepositories

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_only_the_first_delivery_is_the_first(
    repositories: AllRepositories,
) -> None:
    deliveries = repositories.deliveries

    assert await deliveries.first_delivery("T1", "Ev1", NOON)
    assert not await deliveries.first_delivery("T1", "Ev1", NOON)
    assert await deliveries.first_delivery("T1", "Ev2", NOON)


async def test_the_same_id_in_another_workspace_is_another_delivery(
    repositories: AllRepositories,
) -> None:
    deliveries = repositories.deliveries

    assert await deliveries.first_delivery("T1", "Ev1", NOON)
    assert await deliveries.first_delivery("T2", "Ev1", NOON)
    assert not await deliveries.first_delivery("T2", "Ev1", NOON)


async def test_of_many_deliveries_at_once_one_is_the_first(
    repositories: AllRepositories,
) -> None:
    answers = await asyncio.gather(
        *(repositories.deliveries.first_delivery("T1", "Ev1", NOON) for _ in range(20))
    )

    assert answers.count(True) == 1


async def test_old_deliveries_are_forgotten_and_younger_ones_kept(
    repositories: AllRepositories,
) -> None:
    deliveries = repositories.deliveries
    await deliveries.first_delivery("T1", "Ev1", NOON - timedelta(days=1))
    await deliveries.first_delivery("T1", "Ev2", NOON)

    await deliveries.forget_deliveries(NOON)

    assert await deliveries.first_delivery("T1", "Ev1", NOON)
    assert not await deliveries.first_delivery("T1", "Ev2", NOON)
