"""Replica monitor: detect dead replicas, and take over what they were doing.

dbos leaves the running workflows of a dead executor alone. Here every replica holds a
session-level advisory lock of PostgreSQL named after its executor id: the lock goes
with the session, so a lock that can be had means a replica that is gone. A frozen one
keeps its session; it is known by its heartbeat, and its session is ended for it.
"""

import asyncio
import logging
import time
from typing import Final, LiteralString

import psycopg
from dbos import DBOS
from psycopg.rows import TupleRow
from sqlalchemy import URL

from bot.domain.clock import monotonic
from bot.engine.timing import EngineTiming

_NAMESPACE: Final = 0x5708E
_RETRY: Final = 0.2
_UPTIME: Final = (
    "SELECT EXTRACT(EPOCH FROM clock_timestamp() - pg_postmaster_start_time())::float"
)
_MORE_THAN_ONE_INTERVAL: Final = 1.2
_KEEPALIVES: Final = ("keepalives_idle", "keepalives_interval", "keepalives_count")

_log = logging.getLogger("bot.engine")


class ReplicaMonitor:
    """Holds the lock of this replica, and takes over the work of dead ones."""

    def __init__(self, url: URL, executor_id: str, timing: EngineTiming) -> None:
        # The URL says how soon a connection that is cut is noticed on this side.
        self._dsn = url.set(drivername="postgresql").render_as_string(
            hide_password=False
        )
        self._server_options = _server_options(url)
        self._executor_id = executor_id
        self._timing = timing
        self._connection: psycopg.AsyncConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._since = time.monotonic()
        self._known = False
        # Whose lock was found free, and since when.
        self._free: dict[str, float] = {}

    async def open(self, seconds: float = 15.0) -> None:
        """Take the own lock before the engine is launched.

        Raises psycopg.Error where PostgreSQL cannot be reached, and RuntimeError
        where a live replica already has this executor id.
        """
        self._connection = await psycopg.AsyncConnection.connect(
            self._dsn,
            autocommit=True,
            application_name="rollout-bot replica monitor",
            options=self._server_options,
        )
        until = time.monotonic() + seconds
        while not await self._try_lock(self._executor_id):
            if time.monotonic() > until:
                raise RuntimeError(
                    f"executor id {self._executor_id} is alive elsewhere"
                )
            await asyncio.sleep(_RETRY)
        # One that starts beside a server that has long been up need not wait for the
        # others; one that comes back may have lost its session together with them.
        uptime = 0.0 if self._known else float((await self._execute(_UPTIME))[0][0])
        self._known = True
        self._since = time.monotonic() - uptime

    def watch(self) -> None:
        """Start to watch the other replicas."""
        self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stop watching and give the lock back, so that others take over at once."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()

    async def _watch(self) -> None:
        while True:
            before = monotonic()
            await asyncio.sleep(self._timing.heartbeat_interval)
            paused = monotonic() - before - self._timing.heartbeat_interval
            if paused > self._timing.heartbeat_timeout / 4:
                # It is we who stood still, perhaps with the whole machine: whoever
                # looks silent now may just be waking up as well.
                self._since = time.monotonic()
            try:
                await self._heartbeat()
            except (psycopg.Error, OSError) as reason:
                _log.warning(
                    "the replica monitor lost its session: %s", type(reason).__name__
                )
                await self._disconnect()
            except Exception:  # noqa: BLE001 - the outermost boundary of a task that must not end
                _log.exception("the replica monitor failed, it reconnects")
                await self._disconnect()

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _heartbeat(self) -> None:
        if self._connection is None:
            await self.open()
        # The statement itself is the heartbeat: its time stands in pg_stat_activity.
        owners = await self._owners_of_work()
        if time.monotonic() - self._since <= self._timing.grace_period:
            return
        others = [executor for executor in owners if executor != self._executor_id]
        self._free = {one: at for one, at in self._free.items() if one in others}
        for executor in others:
            await self._take_over_if_dead(executor)

    async def _take_over_if_dead(self, executor_id: str) -> None:
        await self._end_if_frozen(executor_id)
        if not await self._try_lock(executor_id):
            self._free.pop(executor_id, None)
            return
        try:
            # A live replica that has only lost its session is back by the next one.
            first = self._free.setdefault(executor_id, time.monotonic())
            longest = self._timing.heartbeat_interval * _MORE_THAN_ONE_INTERVAL
            if time.monotonic() - first > longest:
                await self._take_over(executor_id)
        finally:
            await self._execute(
                "SELECT pg_advisory_unlock(%s, hashtext(%s))", _NAMESPACE, executor_id
            )

    async def _take_over(self, executor_id: str) -> None:
        handles = await asyncio.to_thread(
            DBOS._recover_pending_workflows,  # noqa: SLF001 - the public way resets attempts; a contract test watches it
            [executor_id],
        )
        _log.warning("took over %d workflows of %s", len(handles), executor_id)

    async def _owners_of_work(self) -> list[str]:
        rows = await self._execute(
            "SELECT DISTINCT executor_id FROM dbos.workflow_status"
            " WHERE status = 'PENDING' AND executor_id IS NOT NULL"
        )
        return [str(row[0]) for row in rows]

    async def _end_if_frozen(self, executor_id: str) -> None:
        ended = await self._execute(
            "SELECT pg_terminate_backend(a.pid) FROM pg_locks l"
            " JOIN pg_stat_activity a ON a.pid = l.pid"
            " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2"
            " AND l.classid::bigint = %s"
            " AND l.objid::bigint = hashtext(%s)::bigint & 4294967295"
            " AND l.database = (SELECT oid FROM pg_database"
            " WHERE datname = current_database())"
            " AND a.state_change < now() - make_interval(secs => %s)",
            _NAMESPACE,
            executor_id,
            self._timing.heartbeat_timeout,
        )
        if ended:
            _log.warning("no heartbeat of %s: its session was ended", executor_id)
            await asyncio.sleep(_RETRY)

    async def _try_lock(self, executor_id: str) -> bool:
        rows = await self._execute(
            "SELECT pg_try_advisory_lock(%s, hashtext(%s))", _NAMESPACE, executor_id
        )
        return bool(rows[0][0])

    async def _execute(
        self, statement: LiteralString, *values: object
    ) -> list[TupleRow]:
        if self._connection is None:
            raise psycopg.OperationalError("no session")
        cursor = await self._connection.execute(statement, values or None)
        return await cursor.fetchall()


def _server_options(url: URL) -> str:
    """Return the options that let the server notice a vanished replica as soon.

    The lock of a replica goes with its session, and the session of a host that has
    vanished ends when the server's own probes are not answered.
    """
    given = ((name, url.query.get(name)) for name in _KEEPALIVES)
    return " ".join(f"-c tcp_{name}={value}" for name, value in given if value)
