"""Transactions: all or nothing, and nothing left open whatever ends them."""

import asyncio
import itertools
import random
from contextlib import suppress

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from bot.db.events import EVENTS
from bot.db.repositories import SqlRepositories
from bot.db.request_statements import REQUESTS
from bot.db.session import Database
from bot.db.writes import Write
from tests.db.sample_requests import LATER, NOON, cancel, press, request

WITHDRAW = Write(
    update(REQUESTS).values(reason="half done").returning(REQUESTS.c.id), EVENTS
)
# The event is refused, since no moment is given: the change before it is not kept.
NO_EVENT = {"kind": "cancelled", "details": "{}"}
REASONS = text("SELECT reason FROM requests")
# Whatever a session of PostgreSQL still has open is seen by the others.
OPEN_TRANSACTIONS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
)


async def break_off(database: Database) -> None:
    """Let the second half of a write fail."""
    await database.write(WITHDRAW, {}, NO_EVENT)


async def assert_usable(database: Database, url: str) -> None:
    """Check that no connection of the pool is in the middle of a transaction."""
    assert await database.run(REASONS) == [("crash on start",)]
    # More than the pool has connections, so that each one is used.
    async with asyncio.timeout(60):
        await asyncio.gather(*(database.run(REASONS) for _ in range(20)))
        other = Database(url)
        try:
            # Another process can write: no lock is held.
            await other.run(text("UPDATE requests SET card = '1'"))
            if other.dialect == "postgresql":
                assert await other.run(OPEN_TRANSACTIONS) == [(0,)]
        finally:
            await other.close()


@pytest.fixture
async def asked(database: Database) -> Database:
    """Return a database with one request."""
    await SqlRepositories(database).requests.add_request(request())
    return database


async def test_two_rollbacks_leave_no_open_transaction(
    asked: Database, migrated_url: str
) -> None:
    for _ in range(2):
        with pytest.raises(IntegrityError):
            await break_off(asked)

    await assert_usable(asked, migrated_url)


async def test_rollbacks_at_once_leave_no_open_transaction(
    asked: Database, migrated_url: str
) -> None:
    answers = await asyncio.gather(
        *(break_off(asked) for _ in range(20)), return_exceptions=True
    )

    assert {type(answer) for answer in answers} == {IntegrityError}
    await assert_usable(asked, migrated_url)


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a_cancellation_at_any_moment_poisons_nothing(
    asked: Database, migrated_url: str, times: int
) -> None:
    chance = random.Random(times)  # noqa: S311 - moments, not secrets
    for _ in range(60):
        task = asyncio.create_task(break_off(asked))
        for _ in range(times):
            # Some turns of the loop, so that each await is hit in some round.
            for _ in range(chance.randrange(12)):
                await asyncio.sleep(0)
            await asyncio.sleep(chance.choice((0, 0, 0.0005, 0.001)))
            task.cancel()
        with suppress(asyncio.CancelledError, IntegrityError):
            await task

    await assert_usable(asked, migrated_url)


async def test_a_caller_that_gives_up_a_press_leaves_all_of_it_or_nothing(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    for number in range(30):
        await repositories.requests.add_request(request(number))
        task = asyncio.create_task(press(repositories, number))
        for _ in range(number):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

        stored = await repositories.requests.get_request(f"r{number}")
        assert stored is not None
        if stored.decided_by is None:
            assert stored == request(number)
        else:
            assert stored.operation == stored.authorised()


async def test_a_statement_that_is_cancelled_keeps_no_lock(
    database: Database, migrated_url: str
) -> None:
    repositories = SqlRepositories(database)
    await repositories.requests.add_request(request())
    # What ended a task refers to all that the task had in its hands.
    errors: list[BaseException] = []
    for number in range(40):
        name = f"Ev{number}"
        task = asyncio.create_task(
            repositories.deliveries.first_delivery("T1", name, NOON)
        )
        for _ in range(number):
            await asyncio.sleep(0)
        task.cancel()
        errors += [
            answer
            for answer in await asyncio.gather(task, return_exceptions=True)
            if isinstance(answer, BaseException)
        ]
        await repositories.deliveries.first_delivery("T1", name, LATER)

    assert errors
    await assert_usable(database, migrated_url)


async def test_of_a_press_and_a_cancel_by_two_replicas_one_wins(
    database: Database, migrated_url: str
) -> None:
    other = Database(migrated_url)
    here, there = SqlRepositories(database), SqlRepositories(other)
    for number in range(20):
        await here.requests.add_request(request(number))

        answers = await asyncio.gather(
            press(here, number),
            cancel(there, number),
            press(there, number),
            cancel(here, number),
            here.requests.expire_request(f"r{number}", LATER),
        )

        winners = [answer for answer in answers if answer is not None]
        assert winners == [await here.requests.get_request(f"r{number}")]
    await other.close()


async def test_a_hundred_presses_by_two_replicas_make_one_operation(
    database: Database, migrated_url: str
) -> None:
    other = Database(migrated_url)
    replicas = [SqlRepositories(database), SqlRepositories(other)]
    await replicas[0].requests.add_request(request())

    answers = await asyncio.gather(
        *(press(replica) for replica, _ in itertools.product(replicas, range(50)))
    )

    assert len([answer for answer in answers if answer is not None]) == 1
    operations = await database.run(text("SELECT id, authorised_at FROM operations"))
    assert len(operations) == 1
    kinds = await database.run(text("SELECT kind FROM events ORDER BY id"))
    assert kinds == [("asked",), ("approved",)]
    stored = await replicas[1].operations.get_operation("r1")
    assert stored is not None
    assert stored.authorised_at == NOON
    await other.close()
