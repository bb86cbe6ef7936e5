"""The repositories of each kind of database in turn, and those in memory."""

from collections.abc import AsyncIterator

import pytest

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from tests.databases import KINDS
from tests.db.sample_requests import APP, CHANNEL, NOON, let_in
from tests.fakes import FakeRepositories


@pytest.fixture
async def database(database: Database) -> Database:
    """Return a database in which the sample requests can be confirmed."""
    await let_in(database)
    return database


@pytest.fixture(params=[*KINDS, "memory"])
async def repositories(
    request: pytest.FixtureRequest,
) -> AsyncIterator[SqlRepositories | FakeRepositories]:
    """Return all repositories, empty; what one kind promises, all of them do."""
    if request.param == "memory":
        fakes = FakeRepositories()
        fakes.memory.let_in(CHANNEL, APP, "U1", NOON)
        yield fakes
        return
    urls = {"sqlite": "migrated_sqlite_url", "postgresql": "migrated_postgres_url"}
    database = Database(request.getfixturevalue(urls[request.param]))
    await let_in(database)
    yield SqlRepositories(database)
    await database.close()
