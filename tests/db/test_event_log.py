"""The log of events: in the same transaction as what it tells, and never changed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError

from bot.db.models import Base
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.requests import Alias, Person, Request
from bot.domain.storage import StorageUnavailable
from tests.db.sample_requests import (
    ANN,
    APP,
    BOB,
    CHANNEL,
    DONE,
    FLIGHT,
    LATER,
    NOON,
    UNKNOWN,
    allow,
    operation,
    press,
    request,
)
from tests.fakes import count_all

MAIL = Alias("mail", APP, "Mail", None, "U1")
POST = Alias("post", APP, "Mail", None, "U1")

Step = Callable[[SqlRepositories], Awaitable[object]]


async def approve(
    repositories: SqlRepositories, name: str, person: Person = ANN
) -> object:
    return await repositories.requests.approve_request(
        name, person, "1700.1", NOON, judge=count_all
    )


# Each step that may happen once, and the kinds of the events that it writes.
STEPS: Mapping[str, tuple[Step, list[str]]] = {
    "ask": (lambda all_: all_.requests.add_request(request(9)), ["asked"]),
    "approve": (lambda all_: approve(all_, "r0"), ["approved"]),
    "approve first of two": (lambda all_: approve(all_, "r2"), ["approved"]),
    "cancel": (
        lambda all_: all_.requests.cancel_request("r0", ANN, "1", NOON, check=allow),
        ["cancelled"],
    ),
    "expire": (lambda all_: all_.requests.expire_request("r0", LATER), ["expired"]),
    "begin": (
        lambda all_: all_.operations.begin_attempt(operation("r1"), NOON),
        ["started"],
    ),
    "finish": (
        lambda all_: all_.operations.finish_operation(operation("r1"), DONE, NOON),
        ["ended"],
    ),
    "add an alias": (
        lambda all_: all_.aliases.add_alias(CHANNEL, POST, NOON),
        ["alias_added"],
    ),
    "re-point an alias": (
        lambda all_: all_.aliases.add_alias(
            CHANNEL, Alias("old", FLIGHT, "Mail", "Beta", "U1"), NOON
        ),
        ["alias_repointed"],
    ),
    "remove an alias": (
        lambda all_: all_.aliases.remove_alias(CHANNEL, "mail", "U1", NOON),
        ["alias_removed"],
    ),
}


@pytest.fixture
async def repositories(database: Database) -> SqlRepositories:
    """Return repositories with something for each step to work on."""
    found = SqlRepositories(database)
    await found.requests.add_request(request(0))
    await found.requests.add_request(request(1))
    await press(found, 1)
    await found.requests.add_request(replace(request(2), approvals_required=2))
    await found.aliases.add_alias(CHANNEL, MAIL, NOON)
    await found.aliases.add_alias(CHANNEL, replace(MAIL, name="old"), NOON)
    await found.aliases.remove_alias(CHANNEL, "old", "U1", NOON)
    return found


async def contents(database: Database) -> dict[str, Sequence[Row[Any]]]:
    """Return the rows of every table but the log."""
    return {
        name: await database.run(table.select().order_by(*table.primary_key))
        for name, table in Base.metadata.tables.items()
        if name != "events"
    }


async def log(database: Database) -> Sequence[Row[Any]]:
    return await database.run(text("SELECT * FROM events ORDER BY id"))


@pytest.mark.parametrize("name", STEPS)
async def test_without_its_event_nothing_of_a_step_is_stored(
    repositories: SqlRepositories, database: Database, name: str
) -> None:
    step, kinds = STEPS[name]
    before, events = await contents(database), len(await log(database))
    insert_fails = "ALTER TABLE events RENAME COLUMN details TO details_away"
    await database.run(text(insert_fails))

    with pytest.raises(DBAPIError, match="details"):
        await step(repositories)

    assert await contents(database) == before
    await database.run(text("ALTER TABLE events RENAME details_away TO details"))
    assert len(await log(database)) == events
    # With its event the same step is stored.
    await step(repositories)
    assert await contents(database) != before
    assert [row.kind for row in await log(database)][events:] == kinds


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET actor = 'U9'",
        "UPDATE events SET details = '{}' WHERE id = 1",
        "DELETE FROM events",
        "DELETE FROM events WHERE id = 1",
    ],
)
async def test_the_log_refuses_every_change(
    repositories: SqlRepositories, database: Database, change: str
) -> None:
    del repositories
    before = await log(database)

    with pytest.raises((DBAPIError, StorageUnavailable), match="append-only"):
        await database.run(text(change))

    assert await log(database) == before


async def test_postgresql_refuses_to_truncate_the_log(
    migrated_postgres_url: str,
) -> None:
    database = Database(migrated_postgres_url)
    await SqlRepositories(database).requests.add_request(request())

    for change in ("TRUNCATE events", "TRUNCATE requests, events CASCADE"):
        with pytest.raises((DBAPIError, StorageUnavailable), match="append-only"):
            await database.run(text(change))

    assert len(await log(database)) == 1
    await database.close()


async def test_a_step_that_changes_nothing_leaves_no_event(
    repositories: SqlRepositories, database: Database
) -> None:
    await approve(repositories, "r2")
    await repositories.operations.begin_attempt(operation("r1"), NOON)
    await repositories.operations.finish_operation(operation("r1"), DONE, NOON)
    before = await log(database)

    # The same person's second press, and presses that come too late.
    assert isinstance(await approve(repositories, "r2"), Request)
    assert await approve(repositories, "r1", BOB) is None
    assert await repositories.requests.expire_request("r0", NOON) is None
    assert not await repositories.operations.begin_attempt(operation("r1"), NOON)
    await repositories.operations.finish_operation(operation("r1"), UNKNOWN, LATER)
    await repositories.operations.finish_operation(operation("r1"), DONE, LATER)
    await repositories.aliases.add_alias(CHANNEL, MAIL, LATER)
    await repositories.aliases.remove_alias(CHANNEL, "nobody", "U1", LATER)

    assert await log(database) == before


async def test_the_log_tells_the_whole_life_of_a_request(
    repositories: SqlRepositories, database: Database
) -> None:
    await approve(repositories, "r2")
    await approve(repositories, "r2", BOB)
    stored = await repositories.operations.get_operation("r2")
    assert stored is not None
    await repositories.operations.begin_attempt(stored, NOON)
    await repositories.operations.finish_operation(stored, UNKNOWN, NOON)
    await repositories.operations.finish_operation(stored, DONE, LATER)

    rows = [row for row in await log(database) if row.request_id == "r2"]

    assert [(row.kind, row.actor, row.code, row.correlation_id) for row in rows] == [
        ("asked", "U1", None, None),
        ("approved", "U2", None, None),
        ("approved", "U3", None, None),
        ("started", "U3", None, None),
        ("ended", "U3", "unknown", "corr-1"),
        ("ended", "U3", "done", "corr-2"),
    ]
    assert {(row.account, row.app_id, row.flight_id) for row in rows} == {
        ("main", "9NBLGGH4R315", "")
    }
    places = [(row.workspace, row.channel) for row in rows]
    assert places == [("T1", "C1")] * 3 + [(None, None)] * 3
    assert [row.operation_id for row in rows] == [None] * 3 + ["r2"] * 3


async def test_an_event_of_a_kind_that_only_a_newer_bot_knows_hides_nothing(
    repositories: SqlRepositories, database: Database
) -> None:
    insert = (
        "INSERT INTO events (at, kind, workspace, channel, account, app_id, flight_id,"
        " request_id, details) SELECT at, 'postponed', workspace, channel, account,"
        " app_id, flight_id, request_id, '{}' FROM events WHERE kind = 'asked'"
    )
    before = await repositories.events.list_history(CHANNEL, None, 10)
    await database.run(text(insert))

    assert await repositories.events.list_history(CHANNEL, None, 10) == before
