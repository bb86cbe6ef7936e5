"""The tables: each row belongs to a workspace or an account, and old rows stay."""

import pytest
from sqlalchemy import text

from bot.db.models import Base
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.requests import UnreadableRecord
from tests.db.sample_requests import (
    APP,
    DONE,
    NOON,
    authorised,
    operation,
    press,
    request,
)

# Slack things by workspace, Store things by account; an event may be about either.
OWNERS = {
    "aliases": {"workspace", "account"},
    "requests": {"workspace", "account"},
    "approvals": {"workspace"},
    "operations": {"account"},
    "events": {"workspace", "account"},
    "deliveries": {"workspace"},
    "bookings": {"account"},
    "subscriptions": {"workspace", "account"},
    "observations": {"account"},
    "boards": {"workspace", "account"},
    "notices": {"workspace", "account"},
    "release_channels": {"workspace", "account"},
    "rules": {"workspace", "account"},
    "proposals": {"workspace", "account"},
    "locks": {"workspace", "account"},
    "channel_languages": {"workspace"},
    "plans": {"workspace", "account"},
}
# One row, of the whole log.
OF_ALL = {"event_retention"}


def test_every_row_belongs_to_a_workspace_or_an_account() -> None:
    owners = {
        name: {"workspace", "account"} & set(table.columns.keys())
        for name, table in Base.metadata.tables.items()
        if name not in OF_ALL
    }

    assert owners == OWNERS
    assert all(owners.values())


def test_only_an_event_may_have_no_workspace_or_no_account() -> None:
    for name, owners in OWNERS.items():
        for owner in owners:
            nullable = Base.metadata.tables[name].columns[owner].nullable
            assert nullable is (name == "events"), (name, owner)


@pytest.mark.parametrize(
    "table", ["aliases", "approvals", "deliveries", "subscriptions"]
)
def test_what_slack_names_is_unique_in_its_workspace_only(table: str) -> None:
    assert "workspace" in Base.metadata.tables[table].primary_key.columns


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE requests SET verb = 'ramp'",
        "UPDATE requests SET state = 'postponed'",
        "UPDATE requests SET versions = '5'",
    ],
)
async def test_a_request_of_a_newer_bot_is_unreadable(
    database: Database, change: str
) -> None:
    repositories = SqlRepositories(database)
    await authorised(repositories)
    await database.run(text(change))

    with pytest.raises(UnreadableRecord):
        await repositories.requests.get_request("r1")
    with pytest.raises(UnreadableRecord):
        await repositories.requests.get_request_of("r1")


async def test_an_unreadable_request_hides_no_open_request_of_its_target(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    for number in (1, 2):
        await repositories.requests.add_request(request(number))
    await database.run(text("UPDATE requests SET verb = 'ramp' WHERE id = 'r1'"))

    found = await repositories.requests.open_requests("T1", APP, NOON)

    assert found == [request(2)]


async def test_an_unreadable_request_cannot_be_pressed_and_stays_as_it_is(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    await authorised(repositories)
    await database.run(text("UPDATE requests SET verb = 'ramp', state = 'pending'"))
    before = await database.run(text("SELECT * FROM requests"))

    with pytest.raises(UnreadableRecord):
        await press(repositories)

    assert await database.run(text("SELECT * FROM requests")) == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE operations SET verb = 'ramp', outcome = 'unknown'",
        """UPDATE operations SET result = '{"code": "ramped"}', outcome = 'unknown'""",
    ],
)
async def test_an_operation_of_a_newer_bot_is_unreadable(
    database: Database, change: str
) -> None:
    repositories = SqlRepositories(database)
    await authorised(repositories)
    await repositories.operations.finish_operation(operation("r1"), DONE, NOON)
    await database.run(text(change))

    with pytest.raises(UnreadableRecord):
        await repositories.operations.get_operation("r1")


async def test_a_request_whose_result_a_newer_bot_wrote_is_unreadable(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    await authorised(repositories)
    change = """UPDATE operations SET result = '{"code": "ramped"}'"""
    await database.run(text(change))

    with pytest.raises(UnreadableRecord):
        await repositories.requests.get_request("r1")


async def test_the_database_refuses_a_second_operation_of_a_request(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    await authorised(repositories)
    columns = ", ".join(
        column
        for column in Base.metadata.tables["operations"].columns.keys()  # noqa: SIM118 - the columns themselves are no names
        if column != "id"
    )
    copy = f"INSERT INTO operations (id, {columns}) SELECT 'r2', {columns}"

    with pytest.raises(Exception, match=r"(?i)unique"):
        await database.run(text(f"{copy} FROM operations"))
