"""Async engine, statement execution, transactions and error translation."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ExceptionContext, Executable, Row, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.db.versions import require_current
from bot.domain.storage import StorageUnavailable

NOTHING: Final[Mapping[str, object]] = MappingProxyType({})

# Either database knows INSERT … ON CONFLICT; SQLAlchemy has it by dialect only.
INSERT: Final[Mapping[str, Callable[[Table], sqlite.Insert | postgresql.Insert]]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}

# A SQLite transaction takes the write lock at its start, so that it waits its turn and
# never fails halfway for having read an older state.
_BEGIN: Final = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}

# How long a statement waits for another process that holds the SQLite file, and how
# long a caller waits for its turn at the pool.
BUSY_SECONDS: Final = 5.0
POOL_SECONDS: Final = 10.0

# A statement that hangs on the server is ended by the server. A process that froze
# inside a transaction keeps its locks as long as its session lives: the server ends
# that session before the others have waited too long.
POSTGRES_SESSION: Final = (
    "-c statement_timeout=10s -c lock_timeout=5s"
    " -c idle_in_transaction_session_timeout=4s"
)

# synchronous=FULL: with the write-ahead log NORMAL would survive a killed process but
# could forget the last commits when the power fails, and a forgotten "a write was
# started" means a second write. FULL costs one fsync a commit.
# https://www.sqlite.org/pragma.html#pragma_synchronous
SQLITE_SESSION: Final = (
    f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)

# What the drivers raise when the database, not the statement, is at fault. A file that
# is no database comes as a plain DatabaseError, a read-only standby as InternalError.
UNAVAILABLE: Final = (OperationalError, InterfaceError, InternalError)


class Database:
    """A database that is reached when it is first needed.

    `url` has its async driver: `sqlite+aiosqlite:///…` or `postgresql+psycopg://…`.
    A statement run by itself is a transaction of its own: one round trip, and no lock
    is left behind when the process dies.
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(make_url(url))

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    async def run(
        self, statement: Executable, parameters: Mapping[str, object] = NOTHING
    ) -> Sequence[Row[Any]]:
        """Run one statement as one transaction and return its rows.

        Raises StorageUnavailable where the database cannot be reached, is locked, full
        or read-only; other errors of the driver are errors of ours, and are passed on.
        """
        with unavailable():
            async with self._engine.connect() as connection:
                result = await connection.execute(statement, parameters)
                return result.all() if result.returns_rows else ()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Transaction"]:
        """Open a transaction: committed at the end of the block, else rolled back.

        Raises StorageUnavailable as `run` does.
        """
        with unavailable():
            async with self._engine.connect() as connection:
                await connection.exec_driver_sql(_BEGIN[self.dialect])
                try:
                    yield Transaction(connection, self.dialect)
                    await connection.exec_driver_sql("COMMIT")
                except BaseException:
                    # The driver is in autocommit mode, so the pool would hand the
                    # open transaction to the next caller. Closing ends it for sure,
                    # whatever state a cancellation has left the connection in.
                    await connection.invalidate()
                    raise

    async def check(self) -> None:
        """Raise StorageUnavailable or SchemaOutdated where the bot cannot work."""
        with unavailable():
            async with self._engine.connect() as connection:
                await connection.run_sync(require_current)

    async def close(self) -> None:
        """Close the connections; the next use would open new ones."""
        await self._engine.dispose()


class Transaction:
    """An open transaction; build it with `Database.transaction`."""

    def __init__(self, connection: AsyncConnection, dialect: str) -> None:
        self._connection = connection
        self.dialect = dialect

    async def run(
        self, statement: Executable, parameters: Mapping[str, object] = NOTHING
    ) -> Sequence[Row[Any]]:
        """Run one statement and return its rows."""
        result = await self._connection.execute(statement, parameters)
        return result.all() if result.returns_rows else ()


class Repository:
    """Base of the repositories: what is kept in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database


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
    return isinstance(error, UNAVAILABLE) or type(error) is DatabaseError


def _engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    return _postgres(url)


def _sqlite(url: URL) -> AsyncEngine:
    # One connection: SQLite has one writer at a time anyway, and waiting for one's
    # turn in our own queue is fair and prompt, where its lock is polled with pauses.
    engine = create_async_engine(
        url,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        hide_parameters=True,
        pool_size=1,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        connect_args={"timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine.sync_engine, "do_connect")
    def try_first(
        _: Dialect, __: ConnectionPoolEntry, where: list[Any], how: dict[str, Any]
    ) -> None:
        # A file that cannot be opened is noticed before aiosqlite starts a thread for
        # it: such a thread may outlive the event loop, and die with a traceback.
        sqlite3.connect(*where, **how).close()

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        with ExitStack() as undo:
            # The pool forgets a connection that fails here, and would not close it.
            undo.callback(connection.close)
            cursor = connection.cursor()
            for pragma in SQLITE_SESSION:
                cursor.execute(pragma)
            cursor.close()
            undo.pop_all()

    @event.listens_for(engine.sync_engine, "handle_error")
    def close_cursor(context: ExceptionContext) -> None:
        # A statement that is cancelled between its first row and its last would keep
        # the write lock until its cursor is collected, even past the close of its
        # connection. https://www.sqlite.org/c3ref/close.html
        cursor = getattr(context.execution_context, "cursor", None)
        if cursor is not None:
            cursor.close()

    return engine


def _postgres(url: URL) -> AsyncEngine:
    given = url.query.get("options", "")
    options = given if isinstance(given, str) else " ".join(given)
    return create_async_engine(
        url,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        hide_parameters=True,
        pool_size=5,
        max_overflow=5,
        pool_timeout=POOL_SECONDS,
        pool_pre_ping=True,
        pool_use_lifo=True,
        connect_args={
            # What the owner says in the URL comes last, and wins.
            "options": f"{POSTGRES_SESSION} {options}".strip(),
        },
    )
