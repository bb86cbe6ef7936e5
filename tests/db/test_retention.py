"""What is over for long is deleted, and open work never is."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.requests import Request
from bot.domain.results import Unavailable
from tests.db.sample_requests import ANN, LATER, NOON, request
from tests.fakes import count_all

TABLES = ("requests", "approvals", "operations")
MOMENT = timedelta(seconds=1)
FAILED = Unavailable(FailureDetail(FailureCode.TIMEOUT))


async def confirmed(repositories: SqlRepositories, number: int) -> Request:
    asked = request(number)
    await repositories.requests.add_request(asked)
    approved = await repositories.requests.approve_request(
        asked.id, ANN, "1.1", NOON, judge=count_all
    )
    assert isinstance(approved, Request)
    return approved


async def finished(repositories: SqlRepositories, number: int) -> str:
    """Store a request whose operation ended at noon; return its id."""
    operation = (await confirmed(repositories, number)).operation
    assert operation is not None
    await repositories.operations.finish_operation(operation, FAILED, NOON)
    await repositories.operations.close_operation(operation.id, NOON)
    return operation.id


async def cancelled(repositories: SqlRepositories, number: int) -> str:
    """Store a request that was cancelled at noon, card and all; return its id."""
    asked = request(number)
    await repositories.requests.add_request(asked)
    await repositories.requests.cancel_request(asked.id, ANN, "1.1", NOON)
    await repositories.requests.close_card(asked.id, NOON)
    return asked.id


async def rows(database: Database) -> dict[str, int]:
    counts = {}
    for table in TABLES:
        found = await database.run(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - three fixed names
        counts[table] = found[0][0]
    return counts


async def test_what_is_over_goes_with_all_that_belongs_to_it(
    repositories: SqlRepositories, database: Database
) -> None:
    over = [await finished(repositories, 1), await cancelled(repositories, 2)]
    events = await database.run(text("SELECT id FROM events"))

    found = await repositories.retention.list_over(NOON + MOMENT, 10)
    await repositories.retention.forget(found)

    assert found == over
    assert await rows(database) == {"requests": 0, "approvals": 0, "operations": 0}
    assert await database.run(text("SELECT id FROM events")) == events
    assert await repositories.retention.list_over(NOON + MOMENT, 10) == []


async def test_the_oldest_go_first_and_so_many_at_a_time(
    repositories: SqlRepositories,
) -> None:
    over = [await finished(repositories, number) for number in range(1, 4)]

    found = await repositories.retention.list_over(NOON + MOMENT, 2)

    assert len(found) == 2
    assert set(found) < set(over)


async def test_what_was_over_later_is_kept(repositories: SqlRepositories) -> None:
    await finished(repositories, 1)
    await cancelled(repositories, 2)

    assert await repositories.retention.list_over(NOON, 10) == []


async def test_open_work_is_never_listed(repositories: SqlRepositories) -> None:
    pending, unclosed, expired = request(1), request(2), request(3)
    for one in (pending, unclosed, expired):
        await repositories.requests.add_request(one)
    await repositories.requests.close_card(pending.id, NOON)
    await repositories.requests.cancel_request(unclosed.id, ANN, "1.1", NOON)
    await repositories.requests.expire_request(expired.id, expired.expires_at)
    running = (await confirmed(repositories, 4)).operation
    shown_again = (await confirmed(repositories, 5)).operation
    assert running is not None
    assert shown_again is not None
    await repositories.operations.finish_operation(shown_again, FAILED, NOON)

    assert await repositories.retention.list_over(LATER, 10) == []


@pytest.mark.parametrize("done", [0, 1, 2])
async def test_what_a_killed_process_began_to_delete_is_deleted_by_the_next(
    repositories: SqlRepositories, database: Database, done: int
) -> None:
    over = await finished(repositories, 1)
    statements = ("approvals WHERE request_id", "requests WHERE id")
    for statement in statements[:done]:
        await database.run(text(f"DELETE FROM {statement} = :id"), {"id": over})  # noqa: S608 - fixed words

    found = await repositories.retention.list_over(NOON + MOMENT, 10)
    await repositories.retention.forget(found)

    assert found == [over]
    assert await rows(database) == {"requests": 0, "approvals": 0, "operations": 0}
