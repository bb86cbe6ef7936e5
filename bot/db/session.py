"""A database, SQLite or PostgreSQL: statements, writes and error translation."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Executable, Row, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolExhausted

from bot.db.postgresql import PostgresPool
from bot.db.sqlite import SqliteConnection
from bot.db.versions import require_current
from bot.db.writes import NOTHING, Parameters, Write, execute
from bot.domain.storage import StorageUnavailable

# Either database knows INSERT … ON CONFLICT; SQLAlchemy has it by dialect only.
INSERT: Final[Mapping[str, Callable[[Table], sqlite.Insert | postgresql.Insert]]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}

# What the drivers raise when the database, not the statement, is at fault. A file that
# is no database comes as a plain DatabaseError, a read-only standby as InternalError.
UNAVAILABLE: Final = (OperationalError, InterfaceError, InternalError)

# The role may not do this; or it may use no schema of its search_path.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_MISSING_RIGHTS: Final = ("42501", "3F000")


class Database:
    """A database that is reached when it is first needed.

    `url` has its driver: `sqlite:///…` or `postgresql+psycopg://…`. No transaction is
    ever open while a caller waits, so none is left behind when the process dies.
    `run` and `write` raise StorageUnavailable where the database cannot be reached, is
    locked, full or read-only; other errors of the driver are errors of ours, and are
    passed on.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._url = parsed
        self.dialect = parsed.get_backend_name()
        self._connections: SqliteConnection | PostgresPool = (
            SqliteConnection(parsed)
            if self.dialect == "sqlite"
            else PostgresPool(parsed)
        )

    async def run(
        self, statement: Executable, parameters: Parameters = NOTHING
    ) -> Sequence[Row[Any]]:
        """Run one statement as one transaction and return its rows."""
        with unavailable():
            return await self._connections.call(
                lambda connection: execute(connection, statement, parameters)
            )

    async def write(
        self, write: Write, parameters: Parameters, *rows: Parameters
    ) -> Sequence[Row[Any]]:
        """Run a change and return its row; add `rows` where it changed one."""
        with unavailable():
            return await self._connections.write(write, parameters, *rows)

    async def check(self) -> None:
        """Raise StorageUnavailable or SchemaOutdated where the bot cannot work."""
        require_folder(self._url)
        with unavailable():
            await self._connections.call(require_current)

    async def close(self) -> None:
        """Close the connections; the next use would open new ones."""
        await self._connections.close()


class Repository:
    """Base of the repositories: what is kept in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database


def require_folder(url: URL) -> None:
    """Raise StorageUnavailable where the folder of a SQLite file does not exist."""
    if url.get_backend_name() != "sqlite":
        return
    folder = Path(url.database or "").parent
    if not folder.is_dir():
        raise StorageUnavailable(
            f"the folder {folder} of DATABASE_URL does not exist; create it (mkdir -p)"
            " or name another"
        )


@contextmanager
def unavailable() -> Iterator[None]:
    """Turn the drivers' errors about the database itself into StorageUnavailable."""
    try:
        yield
    except PoolExhausted as error:
        raise StorageUnavailable("too many are waiting for the database") from error
    except DBAPIError as error:
        if not _is_about_the_database(error):
            raise
        # The driver's own words: SQLAlchemy's would quote the statement.
        raise StorageUnavailable(" ".join(str(error.orig).split())) from error


def _is_about_the_database(error: DBAPIError) -> bool:
    # SQLite calls a wrong statement operational too; its code tells them apart.
    # https://www.sqlite.org/rescode.html#error
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
        return False
    # psycopg calls an unknown parameter of the address an error of programming, and a
    # missing right, too.
    unconnected = isinstance(error, ProgrammingError) and error.statement is None
    if unconnected or getattr(error.orig, "sqlstate", None) in _MISSING_RIGHTS:
        return True
    return isinstance(error, UNAVAILABLE) or type(error) is DatabaseError
