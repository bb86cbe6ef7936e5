"""The SQLite connection: one, in a thread of its own, where a transaction is one call.

Each hand-over to a thread costs more than a statement of ours takes, so a transaction
is handed over as a whole. And a caller that is cancelled leaves no statement half-way:
the thread brings it to its end.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Row, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.pool import ConnectionPoolEntry

from bot.db.audit_log import log_added
from bot.db.writes import Parameters, Write, connected, execute

T = TypeVar("T")

# How long a statement waits for another process that holds the file, and how long a
# caller waits for its turn.
BUSY_SECONDS: Final = 5.0
TURN_SECONDS: Final = 10.0

# synchronous=FULL: with the write-ahead log NORMAL would survive a killed process but
# could forget the last commits when the power fails, and a forgotten "a write was
# started" means a second write. FULL costs one fsync a commit.
# https://www.sqlite.org/pragma.html#pragma_synchronous
PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)


class SqliteConnection:
    """The one connection to the file at `url`, opened when it is first needed."""

    def __init__(self, url: URL) -> None:
        self._engine = _engine(url)
        self._thread = ThreadPoolExecutor(1, "sqlite")
        self._turn = asyncio.Lock()

    async def call(self, work: Callable[[Connection], T]) -> T:
        """Return what the work on the connection returns.

        Raises PoolExhausted where too many are waiting for their turn.
        """
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._turn.acquire()
        except TimeoutError as error:
            raise PoolExhausted("no turn at the connection") from error
        try:
            return await self._in_thread(lambda: connected(self._engine, work))
        finally:
            self._turn.release()

    async def write(
        self, write: Write, parameters: Parameters, *rows: Parameters
    ) -> list[Row[Any]]:
        """Run the change and, where it changed a row, the inserts: one transaction."""
        return await self.call(lambda to: _in_turn(to, write, parameters, rows))

    async def close(self) -> None:
        """Close the connection; the next use opens a new one."""
        await self._in_thread(self._engine.dispose)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _in_turn(
    connection: Connection,
    write: Write,
    parameters: Parameters,
    rows: tuple[Parameters, ...],
) -> list[Row[Any]]:
    # The write lock is taken at the start: a transaction waits its turn, and never
    # fails half-way for having read an older state.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        changed = execute(connection, write.change, parameters)
        if changed:
            for insert, row in zip(write.inserts, rows, strict=True):
                execute(connection, insert, row)
            for companion in write.companions:
                execute(connection, companion, parameters)
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        # The driver is in autocommit mode: the pool would hand the open transaction to
        # the next caller. Closing the connection ends it.
        connection.invalidate()
        raise
    if changed:
        log_added(write, parameters, rows)
    return changed


def _engine(url: URL) -> Engine:
    # One connection: SQLite has one writer at a time anyway, and waiting for one's
    # turn in our own queue is fair and prompt, where its lock is polled with pauses.
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        hide_parameters=True,
        pool_size=1,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        with ExitStack() as undo:
            # The pool forgets a connection that fails here, and would not close it.
            undo.callback(connection.close)
            cursor = connection.cursor()
            for pragma in PRAGMAS:
                cursor.execute(pragma)
            cursor.close()
            undo.pop_all()

    return engine
