"""What every operation repository promises: of two runners one may send."""

import asyncio
from datetime import timedelta

import pytest

from tests.db.sample_requests import (
    DONE,
    LATER,
    NOON,
    UNKNOWN,
    AllRepositories,
    authorised,
    cancel,
    operation,
    press,
    request,
)


async def test_an_unknown_id_is_no_operation(repositories: AllRepositories) -> None:
    operations = repositories.operations

    assert await operations.get_operation("r1") is None
    assert not await operations.begin_attempt(operation("r1"), NOON)
    with pytest.raises(LookupError):
        await operations.finish_operation(operation("r1"), DONE, NOON)


async def test_an_attempt_begins_only_where_nobody_began_it(
    repositories: AllRepositories,
) -> None:
    operations = repositories.operations
    await authorised(repositories)

    assert not await operations.begin_attempt(operation("r1", 1), NOON)
    assert await operations.begin_attempt(operation("r1"), NOON)
    assert not await operations.begin_attempt(operation("r1"), NOON)
    assert await operations.begin_attempt(operation("r1", 1), NOON)

    stored = await operations.get_operation("r1")
    assert stored is not None
    assert stored.attempts == 2


async def test_of_many_runners_at_the_same_point_one_may_send(
    repositories: AllRepositories,
) -> None:
    await authorised(repositories)

    answers = await asyncio.gather(
        *(
            repositories.operations.begin_attempt(operation("r1"), NOON)
            for _ in range(20)
        )
    )

    assert answers.count(True) == 1


async def test_no_attempt_begins_but_on_an_authorised_operation_without_a_result(
    repositories: AllRepositories,
) -> None:
    for number in range(5):
        await repositories.requests.add_request(request(number))
    await cancel(repositories, 1)
    await repositories.requests.expire_request("r2", LATER)
    await press(repositories, 3)
    await repositories.operations.finish_operation(operation("r3"), UNKNOWN, NOON)
    await press(repositories, 4)
    await repositories.operations.finish_operation(operation("r4"), DONE, NOON)

    for number in range(5):
        name = f"r{number}"
        assert not await repositories.operations.begin_attempt(operation(name), NOON)


async def test_an_operation_is_open_until_it_is_closed(
    repositories: AllRepositories,
) -> None:
    operations = repositories.operations
    for number in range(5):
        await repositories.requests.add_request(request(number))
    await press(repositories, 3, now=NOON + timedelta(seconds=1))
    await press(repositories, 1)
    await cancel(repositories, 2)
    await repositories.requests.expire_request("r4", LATER)

    assert await operations.open_operations(NOON) == []
    assert await operations.open_operations(LATER) == ["r1", "r3"]

    await operations.finish_operation(operation("r1"), DONE, LATER)
    assert await operations.open_operations(LATER) == ["r1", "r3"]

    await operations.close_operation("r1", LATER)
    await operations.close_operation("r1", LATER)
    assert await operations.open_operations(LATER) == ["r3"]
