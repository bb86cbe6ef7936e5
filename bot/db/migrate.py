"""Migration of the database to the schema of this bot, one process at a time."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from alembic import command
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from bot.db.postgresql import session_options
from bot.db.session import require_folder, unavailable
from bot.db.versions import configuration, current_version, head_version, is_newer
from bot.domain.storage import StorageUnavailable

log: Final = logging.getLogger(__name__)

WAIT_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.1

# Any constant of our own will do: it names "a migration of Rollout Bot" to PostgreSQL.
LOCK_KEY: Final = 0x726F6C6C6F7574

# The server waits for us, so that nothing here blocks more than it must.
PAUSE: Final = text("SELECT pg_sleep(:seconds)")

# A migration that cannot get its lock would make everybody else queue behind it.
POSTGRES_OPTIONS: Final = "-c lock_timeout=10s -c statement_timeout=0"


def migrate(url: str, *, wait_seconds: float = WAIT_SECONDS) -> None:
    """Apply the migrations that the database at `url` is missing.

    Several processes may do so at once: one works, the others wait for it, at most
    `wait_seconds`. It blocks: call it before the event loop runs, or in a thread.
    Raises StorageUnavailable where the database cannot be reached or is held too long.
    """
    require_folder(make_url(url))
    with unavailable(), locked_connection(url, wait_seconds=wait_seconds) as connection:
        version = current_version(connection)
        # The look at the version has opened a transaction; alembic opens its own.
        connection.rollback()
        if version == head_version():
            return
        if is_newer(version):
            log.warning("database version %s is newer than this bot", version)
            return
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        log.info("database migrated from %s to %s", version, head_version())


@contextmanager
def locked_connection(
    url: str, *, wait_seconds: float = WAIT_SECONDS
) -> Iterator[Connection]:
    """Return a connection whose user is the only one to migrate this database."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with _sqlite(parsed, wait_seconds).connect() as connection:
            yield connection
        return
    engine = _postgres(parsed)
    with engine.connect() as guard, engine.connect() as connection:
        _take_lock(guard.execution_options(isolation_level="AUTOCOMMIT"), wait_seconds)
        # Closing the guard's session gives the lock back, even if we are killed.
        yield connection


def _sqlite(url: URL, wait_seconds: float) -> Engine:
    engine = create_engine(
        url.set(drivername="sqlite"),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"timeout": wait_seconds, "isolation_level": None},
    )

    # The write lock is taken before the version is read, and held until the last
    # statement is in: the driver alone would begin only at the first INSERT, and leave
    # half a schema behind when it is killed.
    # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-transactions
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgres(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"options": session_options(POSTGRES_OPTIONS, url)},
    )


def _take_lock(guard: Connection, wait_seconds: float) -> None:
    # Asked again and again instead of waited for: a waiting statement would hold a
    # snapshot, and CREATE INDEX CONCURRENTLY waits for those.
    deadline = time.monotonic() + wait_seconds
    query = text("SELECT pg_try_advisory_lock(:key)")
    while not guard.scalar(query, {"key": LOCK_KEY}):
        if time.monotonic() > deadline:
            raise StorageUnavailable("another process is still migrating the database")
        guard.execute(PAUSE, {"seconds": POLL_SECONDS})
