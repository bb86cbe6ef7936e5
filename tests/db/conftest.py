"""The repositories of each kind of database in turn, and those in memory."""

from collections.abc import AsyncIterator

import pytest

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from tests.databases import KINDS
from tests.fakes import FakeRepositories


@pytest.fixture(params=[*KINDS, "memory"])
async def repositories(
    request: pytest.FixtureRequest,
) -> AsyncIterator[SqlRepositories | FakeRepositories]:
    """Return all repositories, empty; what one kind promises, all of them do."""
    if request.param == "memory":
        yield FakeRepositories()
        return
    urls = {"sqlite": "migrated_sqlite_url", "postgresql": "migrated_postgres_url"}
    database = Database(request.getfixturevalue(urls[request.param]))
    yield SqlRepositories(database)
    await database.close()
