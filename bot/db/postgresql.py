"""The PostgreSQL connections: a pool, where a transaction is one statement.

One statement is one round trip, and it holds its locks no longer than the server needs:
a process that dies or freezes never leaves a transaction open for the others.
"""

from collections.abc import Callable
from selectors import EVENT_READ, DefaultSelector
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Row, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn

from bot.db.audit_log import log_added
from bot.db.writes import Parameters, Write, connected, execute

T = TypeVar("T")

MOST_CONNECTIONS: Final = 10
_KEPT_OPEN: Final = 5

# How long a caller waits for a connection.
POOL_SECONDS: Final = 10.0

# A statement that hangs on the server is ended by the server.
SESSION: Final = "-c statement_timeout=10s -c lock_timeout=5s"


class PostgresPool:
    """Connections to the server at `url`, each opened when it is first needed."""

    def __init__(self, url: URL) -> None:
        self._engine = _engine(url)

    async def call(self, work: Callable[[Connection], T]) -> T:
        """Return what the work on a connection returns."""
        # As AsyncConnection.run_sync does, with one change of context instead of three,
        # which are a quarter of the time that a statement takes.
        return await greenlet_spawn(connected, self._engine.sync_engine, work)

    async def write(
        self, write: Write, parameters: Parameters, *rows: Parameters
    ) -> list[Row[Any]]:
        """Run the change and, where it changed a row, the inserts: one statement."""
        together = write.together(parameters, *rows)

        def work(connection: Connection) -> list[Row[Any]]:
            changed = execute(connection, write.statement, together)
            if changed:
                log_added(write, parameters, rows)
            return changed

        return await self.call(work)

    async def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        await self._engine.dispose()


def session_options(ours: str, url: URL) -> str:
    """Return the options of a session: what the owner says in the URL wins.

    Given to the driver apart from the URL, ours would take the place of the owner's,
    which may name the schema (search_path).
    """
    given = url.query.get("options", "")
    theirs = given if isinstance(given, str) else " ".join(given)
    return f"{ours} {theirs}".strip()


def _engine(url: URL) -> AsyncEngine:
    engine = create_async_engine(
        url,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        hide_parameters=True,
        pool_size=_KEPT_OPEN,
        max_overflow=MOST_CONNECTIONS - _KEPT_OPEN,
        pool_timeout=POOL_SECONDS,
        pool_use_lifo=True,
        connect_args={"options": session_options(SESSION, url)},
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def replace_closed(
        connection: DBAPIConnection, _: ConnectionPoolEntry, __: PoolProxiedConnection
    ) -> None:
        # An idle session hears nothing but its end, and that is seen without asking
        # the server, which would be a round trip more for every statement.
        with DefaultSelector() as selector:
            selector.register(connection.driver_connection.pgconn.socket, EVENT_READ)
            if selector.select(timeout=0):
                raise InvalidatePoolError

    return engine
