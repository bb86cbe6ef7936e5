"""Replica monitor: detect dead replicas, and take over what they were doing.

dbos leaves the running workflows of a dead executor alone. Here every replica holds an
advisory lock while it lives (heartbeat.py). A lock that nobody holds means a replica
that is gone. One whose holder is silent means a replica that is frozen or cut off: its
session is ended for it, which frees the lock. A replica that lives after all takes its
lock again at once, so a lock counts only when it has been free for a while.
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
from bot.engine.heartbeat import NAMESPACE, session
from bot.engine.timing import EngineTiming

_UPTIME: Final = (
    "SELECT EXTRACT(EPOCH FROM clock_timestamp() - pg_postmaster_start_time())::float"
)
# Whose work is pending, although nobody holds the lock, or its holder is silent. Only a
# session that is idle is silent: in any other the server itself is late. A session that
# was silent is ended here, in the same statement.
_SUSPECTS: Final = (
    "SELECT w.executor_id, h.pid IS NOT NULL AND pg_terminate_backend(h.pid) FROM"
    " (SELECT DISTINCT executor_id FROM dbos.workflow_status"
    " WHERE status = 'PENDING' AND executor_id <> %s) w"
    " LEFT JOIN (SELECT l.objid, a.pid, a.state = 'idle' AND"
    " a.state_change < clock_timestamp() - make_interval(secs => %s) AS silent"
    " FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2"
    " AND l.classid::bigint = %s AND l.database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())) h"
    " ON h.objid::bigint = hashtext(w.executor_id)::bigint & 4294967295"
    " WHERE h.objid IS NULL OR h.silent"
)
# The part of `heartbeat_timeout` for which a lock must have been free. A replica that
# lost its session, and nothing else, is back after one heartbeat.
_FREE_FOR: Final = 1 / 3
_LATE: Final = 1 / 4

_log = logging.getLogger("bot.engine")


class ReplicaMonitor:
    """Watches the other replicas, and takes over the work of dead ones."""

    def __init__(self, url: URL, executor_id: str, timing: EngineTiming) -> None:
        self._session = session(url, "replica monitor")
        self._executor_id = executor_id
        self._timing = timing
        self._connection: psycopg.AsyncConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._since = time.monotonic()
        self._known = False
        # Whether the log has it already that the server cannot be reached.
        self._away = False
        # Whose lock was found free, and since when.
        self._free: dict[str, float] = {}

    def start(self) -> None:
        """Start to watch the other replicas."""
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._disconnect()

    async def _watch(self) -> None:
        while True:
            before = monotonic()
            await asyncio.sleep(self._timing.heartbeat_interval)
            late = monotonic() - before - self._timing.heartbeat_interval
            if late > self._timing.heartbeat_timeout * _LATE:
                # It is we who stood still, perhaps with the whole machine: whoever
                # looks silent now may just be waking up as well.
                self._since = time.monotonic()
            try:
                await self._look()
                self._away = False
            except (psycopg.Error, OSError) as reason:
                if not self._away:
                    _log.warning(
                        "the replica monitor lost its session: %s",
                        type(reason).__name__,
                    )
                self._away = True
                await self._disconnect()
            except Exception:  # noqa: BLE001 - the outermost boundary of a task that must not end
                _log.exception("the replica monitor failed, it reconnects")
                await self._disconnect()

    async def _connect(self) -> None:
        self._connection = await psycopg.AsyncConnection.connect(**self._session)
        # One that starts beside a server that has long been up need not wait for the
        # others; one that comes back may have lost its session together with them.
        uptime = 0.0 if self._known else float((await self._execute(_UPTIME))[0][0])
        self._known = True
        self._since = time.monotonic() - uptime

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _look(self) -> None:
        if self._connection is None:
            await self._connect()
        if time.monotonic() - self._since <= self._timing.grace_period:
            self._free.clear()
            return
        timeout = self._timing.heartbeat_timeout
        found = await self._execute(_SUSPECTS, self._executor_id, timeout, NAMESPACE)
        for executor_id, ended in found:
            if ended:
                _log.warning("no heartbeat of %s: its session was ended", executor_id)
        now = time.monotonic()
        self._free = {str(one): self._free.get(one, now) for one, _ in found}
        for executor_id, since in self._free.items():
            if now - since >= timeout * _FREE_FOR:
                await self._take_over(executor_id)

    async def _take_over(self, executor_id: str) -> None:
        lock = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"
        if not (await self._execute(lock, NAMESPACE, executor_id))[0][0]:
            return  # It is back, or another replica takes over.
        try:
            handles = await asyncio.to_thread(
                DBOS._recover_pending_workflows,  # noqa: SLF001 - the public way resets attempts; a contract test watches it
                [executor_id],
            )
        finally:
            unlock = "SELECT pg_advisory_unlock(%s, hashtext(%s))"
            await self._execute(unlock, NAMESPACE, executor_id)
        _log.warning("took over %d workflows of %s", len(handles), executor_id)

    async def _execute(
        self, statement: LiteralString, *values: object
    ) -> list[TupleRow]:
        if self._connection is None:
            raise psycopg.OperationalError("no session")
        cursor = await self._connection.execute(statement, values or None)
        return await cursor.fetchall()
