"""Start, feed and stop the durable engine, and find the work that was left behind."""

import asyncio
import contextlib
import logging
import secrets
import socket
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from sqlalchemy import URL, make_url

from bot.domain.memory import MemoryUnavailable
from bot.domain.requests import Request, RequestState
from bot.engine import work, workflows
from bot.engine.guard import Guard
from bot.engine.sole import hold
from bot.engine.work import Pace, Work
from bot.service.operation import Operation
from bot.service.ports import Announcer, Requests

# A constant: dbos' own default changes with every edit and strands what is under way.
APPLICATION_VERSION: Final = "1"
_NAME: Final = "rollout-bot"
_FOLLOW_UPS_AT_ONCE: Final = 5
_EXECUTOR_THREADS: Final = 16
_POOL: Final = 10
# The only executor of a SQLite file; the file's lock keeps it the only one.
_LOCAL_EXECUTOR: Final = "rollout-bot-local"

_log = logging.getLogger("bot.engine")


class Engine:
    """The Carrier of the service: dbos on SQLite, or on PostgreSQL with replicas."""

    def __init__(  # noqa: PLR0913 - one port each, named by the composition root
        self,
        database_url: str,
        *,
        requests: Requests,
        operation: Operation,
        announcer: Announcer,
        clock: Callable[[], datetime],
        pace: Pace | None = None,
    ) -> None:
        self._url = make_url(database_url)
        self._requests = requests
        self._clock = clock
        self._pace = pace or Pace()
        self._work = Work(requests, operation, announcer, clock, self._pace)
        self._lock: IO[str] | None = None
        self._guard: Guard | None = None
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Launch; must run on the loop that the store's and Slack's sessions live on.

        Raises AlreadyRunning where another process works on the same SQLite file.
        """
        sqlite = self._url.get_backend_name() == "sqlite"
        executor = _LOCAL_EXECUTOR if sqlite else _unique_executor()
        url = _engine_url(self._url)
        if sqlite:
            path = Path(url.database or "")
            self._lock = hold(path.with_name(path.name + ".lock"))
            with contextlib.closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
        else:
            self._guard = Guard(url, executor)
            await self._guard.open()
        config: DBOSConfig = {
            "name": _NAME,
            "system_database_url": url.render_as_string(hide_password=False),
            "executor_id": executor,
            "application_version": APPLICATION_VERSION,
            # dbos' default is pickle: who can write the database could run code here.
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": _EXECUTOR_THREADS,
            "sys_db_pool_size": _POOL,
            "log_level": "WARNING",
            "enable_otlp": False,
        }
        work.use(self._work)
        DBOS(config=config)
        DBOS.launch()
        await DBOS.register_queue_async(
            workflows.QUEUE,
            worker_concurrency=_FOLLOW_UPS_AT_ONCE,
            polling_interval_sec=1.0,
        )
        if self._guard is not None:
            self._guard.watch()
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self, patience: float) -> None:
        """Let running workflows finish for `patience` seconds; the rest waits."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        await work.drained(patience)
        await asyncio.to_thread(DBOS.destroy)
        work.use(None)
        if self._guard is not None:
            await self._guard.close()
        if self._lock is not None:
            self._lock.close()

    async def carry(self, request: Request) -> None:
        """Start the request's workflow; a second start of the same request is none."""
        if request.state in {RequestState.CONFIRMED, RequestState.FINISHED}:
            with SetWorkflowID(request.id):
                await DBOS.start_workflow_async(
                    workflows.carry, request.id, self._pace.plan
                )
        else:
            with SetWorkflowID(f"{request.id}:close"):
                await DBOS.start_workflow_async(workflows.close_card, request.id)

    async def _sweep(self) -> None:
        """Expire cards whose time is over, and take up what a dead process left."""
        patience = timedelta(0)
        while True:
            try:
                await self._sweep_once(patience)
            except MemoryUnavailable as reason:
                _log.warning("the database is away, sweeping again later: %s", reason)
            patience = timedelta(seconds=self._pace.stranded)
            await asyncio.sleep(self._pace.sweep)

    async def _sweep_once(self, patience: timedelta) -> None:
        now = self._clock()
        for request_id in await self._requests.overdue_requests(now):
            expired = await self._requests.expire_request(request_id, now)
            if expired is not None:
                await self.carry(expired)
        for request_id in await self._requests.stranded_requests(now - patience):
            request = await self._requests.get_request(request_id)
            if request is not None:
                await self.carry(request)


def _engine_url(url: URL) -> URL:
    """Give dbos its own SQLite file, or its own schema in the same PostgreSQL."""
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        return URL.create(
            "sqlite", database=str(path.with_name(f"{path.stem}.engine{path.suffix}"))
        )
    return url.set(drivername="postgresql")


def _unique_executor() -> str:
    return f"{socket.gethostname()}-{secrets.token_hex(6)}"
