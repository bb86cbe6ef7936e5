"""The durable engine: launch and shut down dbos, and start workflows in it."""

import asyncio
import contextlib
import logging
import secrets
import socket
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final

import psycopg
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError

from bot.domain.operations import Operation
from bot.domain.storage import StorageUnavailable
from bot.engine import workflows
from bot.engine.heartbeat import Heartbeat
from bot.engine.process_lock import acquire
from bot.engine.replica_monitor import ReplicaMonitor
from bot.engine.runtime import Dependencies, Runtime, activate, deactivate
from bot.engine.serialization import forbid_pickle
from bot.engine.starting import start_operation
from bot.engine.sweeper import Sweeper
from bot.engine.workflows import start_close_card
from bot.service.repositories import DeliveryRepository

# A constant: dbos' own default changes with every edit and strands what is under way.
APPLICATION_VERSION: Final = "1"
_NAME: Final = "rollout-bot"
_FOLLOW_UPS_AT_ONCE: Final = 5
_EXECUTOR_THREADS: Final = 16
# SQLite has one writer at a time, and each connection a cache of its own: more
# connections would only wait for each other, and take memory.
CONNECTIONS: Final = {"sqlite": 2, "postgresql": 10}
_NO_SCHEMA: Final = (
    "; the role has to own a schema named dbos, or to have the right to create it"
)
_IDLE_IN_TRANSACTION: Final = 3.0
# The only executor of a SQLite file; the file's lock keeps it the only one.
_LOCAL_EXECUTOR: Final = "rollout-bot-local"

_log = logging.getLogger("bot.engine")


class Engine:
    """The OperationStarter of the service: dbos on SQLite, or PostgreSQL and replicas.

    Build it with the parts that the workflows work with.
    """

    def __init__(
        self,
        database_url: str,
        dependencies: Dependencies,
        deliveries: DeliveryRepository,
    ) -> None:
        self._url = make_url(database_url)
        self._dependencies = dependencies
        self._deliveries = deliveries
        self._runtime: Runtime | None = None
        self._lock: IO[str] | None = None
        self._heartbeat: Heartbeat | None = None
        self._monitor: ReplicaMonitor | None = None
        self._sweeper: Sweeper | None = None
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Launch; must run on the loop that the store's and Slack's sessions live on.

        Raises AlreadyRunning where another process works on the same SQLite file, and
        StorageUnavailable where the database cannot be used.
        """
        sqlite = self._url.get_backend_name() == "sqlite"
        executor_id = _LOCAL_EXECUTOR if sqlite else _unique_executor_id()
        url = engine_url(self._url)
        try:
            if sqlite:
                self._lock = _lock_file(Path(url.database or ""))
            else:
                timing = self._dependencies.timing
                self._heartbeat = Heartbeat(url, executor_id, timing)
                self._monitor = ReplicaMonitor(url, executor_id, timing)
                await self._heartbeat.start()
            runtime = await self._launch(url, executor_id)
        except (sqlite3.Error, psycopg.Error, DBAPIError) as error:
            # The driver's own words: SQLAlchemy's would quote the statement.
            reason = error.orig if isinstance(error, DBAPIError) else error
            words = str(reason).strip()
            if isinstance(reason, psycopg.errors.InsufficientPrivilege):
                words += _NO_SCHEMA
            raise StorageUnavailable(words) from error
        if self._monitor is not None:
            self._monitor.start()
        self._sweeper = Sweeper(runtime, self._deliveries, executor_id)
        self._sweeping = asyncio.create_task(self._sweeper.run())

    async def stop(self, seconds: float) -> None:
        """Let running workflows finish for so many seconds; the rest goes on later."""
        if self._sweeping is None or self._runtime is None:
            return
        sweeping, self._sweeping = self._sweeping, None
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
        await self._runtime.running.drain(seconds)
        left = await self._runtime.running.cancel()
        if left:
            _log.info("%d workflows are left to the next start or a replica", left)
        await asyncio.to_thread(DBOS.destroy)
        # dbos had put its own threads behind the loop's, and has ended them now: what
        # closes after us may still need one.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        deactivate()
        if self._monitor is not None:
            await self._monitor.stop()
        if self._heartbeat is not None:
            await self._heartbeat.stop()
        if self._lock is not None:
            self._lock.close()

    async def start_operation(self, operation: Operation) -> None:
        """Start the operation's workflow; a second start of the same one is none."""
        await start_operation(operation, 0, self._dependencies.timing.plan)

    async def close_card(self, request_id: str) -> None:
        """Start to edit the card of a request that was cancelled or expired."""
        await start_close_card(request_id, 0)

    async def start_ramp(self, request_id: str) -> None:
        """Start to edit the card of a ramp that has begun, and look for due steps."""
        await start_close_card(request_id, 0)
        if self._sweeper is not None:
            self._sweeper.start_jobs()

    async def _launch(self, url: URL, executor_id: str) -> Runtime:
        config: DBOSConfig = {
            "name": _NAME,
            "system_database_url": url.render_as_string(hide_password=False),
            "executor_id": executor_id,
            "application_version": APPLICATION_VERSION,
            # dbos' default is pickle, which is forbidden below.
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": _EXECUTOR_THREADS,
            "sys_db_pool_size": CONNECTIONS[url.get_backend_name()],
            # A replica that froze inside a transaction holds the row that the others
            # want: it must be free when they take over.
            "sys_db_idle_transaction_timeout_sec": _IDLE_IN_TRANSACTION,
            "log_level": "WARNING",
            "enable_otlp": False,
        }
        forbid_pickle()
        self._runtime = activate(self._dependencies)
        DBOS(config=config)
        _redirect_logs()
        DBOS.launch()
        await DBOS.register_queue_async(
            workflows.QUEUE,
            worker_concurrency=_FOLLOW_UPS_AT_ONCE,
            polling_interval_sec=1.0,
        )
        return self._runtime


def engine_url(url: URL) -> URL:
    """Return dbos its own SQLite file, or its own schema in the same PostgreSQL."""
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        return URL.create(
            "sqlite", database=str(path.with_name(f"{path.stem}.engine{path.suffix}"))
        )
    return url.set(drivername="postgresql")


def _redirect_logs() -> None:
    """Send dbos' log lines to our handlers: one form, and no secret in them."""
    theirs = logging.getLogger("dbos")
    for handler in list(theirs.handlers):
        theirs.removeHandler(handler)
    theirs.propagate = True
    theirs.addFilter(_is_not_raised_too)


def _is_not_raised_too(record: logging.LogRecord) -> bool:
    """Return False for the traceback of a failure that dbos raises to us as well."""
    return not record.getMessage().startswith("DBOS failed to launch")


def _lock_file(path: Path) -> IO[str]:
    """Lock the engine's file for this process; readers do not wait for writers."""
    lock = acquire(path.with_name(path.name + ".lock"))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    return lock


def _unique_executor_id() -> str:
    return f"{socket.gethostname()}-{secrets.token_hex(6)}"
