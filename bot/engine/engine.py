"""Start, feed and stop the durable engine, and find the work that was left behind."""

import asyncio
import contextlib
import logging
import secrets
import socket
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import IO, Final, assert_never

import psycopg
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError

from bot.domain.requests import Request, RequestState
from bot.domain.storage import StorageUnavailable
from bot.engine import runtime as work
from bot.engine import workflows
from bot.engine.process_lock import acquire
from bot.engine.replica_monitor import ReplicaMonitor
from bot.engine.runtime import EngineTiming, Work
from bot.engine.sweeper import Sweeper, workflow_id
from bot.service.executor import OperationExecutor
from bot.service.ports import Deliveries, Notifier, Requests

# A constant: dbos' own default changes with every edit and strands what is under way.
APPLICATION_VERSION: Final = "1"
_NAME: Final = "rollout-bot"
_FOLLOW_UPS_AT_ONCE: Final = 5
_EXECUTOR_THREADS: Final = 16
# SQLite has one writer at a time, and each connection a cache of its own: more
# connections would only wait for each other, and take memory.
_CONNECTIONS: Final = {"sqlite": 2, "postgresql": 10}
_IDLE_IN_TRANSACTION: Final = 8.0
# The only executor of a SQLite file; the file's lock keeps it the only one.
_LOCAL_EXECUTOR: Final = "rollout-bot-local"

# A connection that is cut without a word is noticed after about ten seconds; without
# this the system itself would wait a quarter of an hour for what it has sent.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES
_NOTICING: Final = {
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}

_log = logging.getLogger("bot.engine")


class Engine:
    """The Carrier of the service: dbos on SQLite, or on PostgreSQL with replicas."""

    def __init__(  # noqa: PLR0913 - one port each, named by the composition root
        self,
        database_url: str,
        *,
        requests: Requests,
        deliveries: Deliveries,
        executor: OperationExecutor,
        notifier: Notifier,
        clock: Callable[[], datetime],
        pace: EngineTiming | None = None,
    ) -> None:
        self._url = make_url(database_url)
        self._pace = pace or EngineTiming()
        self._work = Work(requests, executor, notifier, clock, self._pace)
        self._lock: IO[str] | None = None
        self._guard: ReplicaMonitor | None = None
        self._deliveries = deliveries
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Launch; must run on the loop that the store's and Slack's sessions live on.

        Raises AlreadyRunning where another process works on the same SQLite file, and
        MemoryUnavailable where the database cannot be used.
        """
        sqlite = self._url.get_backend_name() == "sqlite"
        executor = _LOCAL_EXECUTOR if sqlite else _unique_executor()
        url = engine_url(self._url)
        try:
            if sqlite:
                self._lock = _only_here(Path(url.database or ""))
            else:
                self._guard = ReplicaMonitor(url, executor, self._pace)
                await self._guard.open()
            await self._launch(url, executor)
        except (sqlite3.Error, psycopg.Error, DBAPIError) as error:
            # The driver's own words: SQLAlchemy's would quote the statement.
            reason = error.orig if isinstance(error, DBAPIError) else error
            raise StorageUnavailable(str(reason).strip()) from error
        if self._guard is not None:
            self._guard.watch()
        sweeper = Sweeper(self._work, self._deliveries, executor, self._start)
        self._sweeping = asyncio.create_task(sweeper.run())

    async def stop(self, patience: float) -> None:
        """Let running workflows finish for `patience` seconds; the rest waits."""
        if self._sweeping is None:
            return
        sweeping, self._sweeping = self._sweeping, None
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
        await work.drained(patience)
        left = await work.let_go()
        if left:
            _log.info("%d workflows go on after the next start, or elsewhere", left)
        await asyncio.to_thread(DBOS.destroy)
        # dbos had put its own threads behind the loop's, and has ended them now: what
        # closes after us may still need one.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        work.use(None)
        if self._guard is not None:
            await self._guard.close()
        if self._lock is not None:
            self._lock.close()

    async def start_operation(self, request: Request) -> None:
        """Start the request's workflow; a second start of the same request is none."""
        await self._start(request, 0)

    async def _launch(self, url: URL, executor: str) -> None:
        config: DBOSConfig = {
            "name": _NAME,
            "system_database_url": url.render_as_string(hide_password=False),
            "executor_id": executor,
            "application_version": APPLICATION_VERSION,
            # dbos' default is pickle: who can write the database could run code here.
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": _EXECUTOR_THREADS,
            "sys_db_pool_size": _CONNECTIONS[url.get_backend_name()],
            # A replica that froze inside a transaction holds the row that the others
            # want; its guard's session is ended after as long.
            "sys_db_idle_transaction_timeout_sec": _IDLE_IN_TRANSACTION,
            "log_level": "WARNING",
            "enable_otlp": False,
        }
        work.use(self._work)
        DBOS(config=config)
        _log_as_we_do()
        DBOS.launch()
        await DBOS.register_queue_async(
            workflows.QUEUE,
            worker_concurrency=_FOLLOW_UPS_AT_ONCE,
            polling_interval_sec=1.0,
        )

    async def _start(self, request: Request, number: int) -> None:
        """Start a workflow for what is left to do; `number` counts earlier ones."""
        match request.state:
            case RequestState.CONFIRMED:
                with SetWorkflowID(workflow_id(request.id, "", number)):
                    await DBOS.start_workflow_async(
                        workflows.start_operation, request.id, self._pace.plan
                    )
            case RequestState.FINISHED:
                with SetWorkflowID(workflow_id(request.id, "", number)):
                    await DBOS.start_workflow_async(
                        workflows.tell, request.id, self._pace.plan
                    )
            case RequestState.CANCELLED | RequestState.EXPIRED:
                with SetWorkflowID(workflow_id(request.id, "close", number)):
                    await DBOS.start_workflow_async(workflows.close_card, request.id)
            case RequestState.PENDING:
                _log.warning("request %s is not decided yet", request.id)
            case _:
                assert_never(request.state)


def engine_url(url: URL) -> URL:
    """Return dbos its own SQLite file, or its own schema in the same PostgreSQL."""
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        return URL.create(
            "sqlite", database=str(path.with_name(f"{path.stem}.engine{path.suffix}"))
        )
    noticing = {k: v for k, v in _NOTICING.items() if k not in url.query}
    return url.set(drivername="postgresql").update_query_dict(noticing)


def _log_as_we_do() -> None:
    """Let dbos' lines go the way of ours: one form, and no secret in them."""
    theirs = logging.getLogger("dbos")
    for handler in list(theirs.handlers):
        theirs.removeHandler(handler)
    theirs.propagate = True


def _only_here(path: Path) -> IO[str]:
    """Lock the engine's file for this process, and let readers not wait for writers."""
    lock = acquire(path.with_name(path.name + ".lock"))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    return lock


def _unique_executor() -> str:
    return f"{socket.gethostname()}-{secrets.token_hex(6)}"
