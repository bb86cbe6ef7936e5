"""Fixtures: the fork server of all tests here, and as many databases as wanted."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.durability.fork_server import ForkServer
from tests.durability.postgres import MakeDatabase, Postgres, postgres


@pytest.fixture(scope="session")
def fork_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    """Run one process that has imported the bot, to fork others from."""
    with ForkServer(tmp_path_factory.mktemp("bots")) as kept:
        yield kept


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL for the tests of this folder, which they may stop."""
    with postgres() as server:
        yield server


@pytest.fixture
def make_database(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path
) -> MakeDatabase:
    """Return a function that makes a migrated database of a kind."""
    numbers = count(1)

    def make(kind: str) -> str:
        if kind == "sqlite":
            copy = tmp_path / f"rollout{next(numbers)}.db"
            shutil.copy(sqlite_template, copy)
            return f"sqlite+aiosqlite:///{copy}"
        server: Postgres = request.getfixturevalue("own_postgres")
        return server.database()

    return make
