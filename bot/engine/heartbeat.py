"""Heartbeat of a replica: a thread that proves to the others that it is alive.

The thread holds a session-level advisory lock of PostgreSQL, named after the executor
id, and sends a statement every moment. The lock goes with the session, so nobody holds
the lock of a process that was killed; the session of one that is frozen stays, and is
silent. A thread, since a busy event loop, which is late, must not look like a frozen
process, in which no thread runs. An event loop that hangs is noticed by the thread
itself: it then releases the lock.
"""

import asyncio
import contextlib
import logging
import threading
from typing import Final, TypedDict

import psycopg
from sqlalchemy import URL

from bot.domain.clock import monotonic
from bot.engine.timing import EngineTiming

NAMESPACE: Final = 0x5708E
_RETRY: Final = 0.2
_JOIN_SECONDS: Final = 2.0
_KEEPALIVES: Final = ("keepalives_idle", "keepalives_interval", "keepalives_count")

_log = logging.getLogger("bot.engine")


class Session(TypedDict):
    """How a replica connects to watch others, or to be watched."""

    conninfo: str
    autocommit: bool
    application_name: str
    options: str


class Heartbeat:
    """Holds the lock of this replica for as long as its event loop runs.

    Build it on that event loop.
    """

    def __init__(self, url: URL, executor_id: str, timing: EngineTiming) -> None:
        self._session = session(url, "heartbeat")
        self._executor_id = executor_id
        self._timing = timing
        self._connection: psycopg.Connection | None = None
        self._locked = False
        # Whether the log has it already that the server cannot be reached.
        self._away = False
        self._loop = asyncio.get_running_loop()
        self._loop_ran_at = monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="replica-heartbeat", daemon=True
        )

    async def start(self, seconds: float = 15.0) -> None:
        """Take the lock, and hold it from now on.

        Raises psycopg.Error where PostgreSQL cannot be reached, and RuntimeError
        where a live replica already has this executor id.
        """
        until = monotonic() + seconds
        while not await asyncio.to_thread(self._beat):
            if monotonic() > until:
                raise RuntimeError(
                    f"executor id {self._executor_id} is alive elsewhere"
                )
            await asyncio.sleep(_RETRY)
        self._note_loop()
        self._thread.start()

    async def stop(self) -> None:
        """Release the lock, so that others take over at once."""
        self._stopped.set()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join, _JOIN_SECONDS)
        self._disconnect()

    def _run(self) -> None:
        while not self._stopped.wait(self._timing.heartbeat_interval):
            try:
                if self._loop_runs():
                    self._beat()
                    self._away = False
                else:
                    self._disconnect()
            except (psycopg.Error, OSError) as reason:
                if not self._away:
                    _log.warning(
                        "the heartbeat lost its session: %s", type(reason).__name__
                    )
                self._away = True
                self._disconnect()

    def _loop_runs(self) -> bool:
        """Return whether the event loop ran lately, and ask it to say so again."""
        with contextlib.suppress(RuntimeError):  # It is closed: the process ends.
            self._loop.call_soon_threadsafe(self._note_loop)
        silent = monotonic() - self._loop_ran_at
        if silent <= self._timing.event_loop_timeout:
            return True
        if self._connection is not None:
            _log.error("the event loop hangs for %.0f s, the heartbeat stops", silent)
        return False

    def _note_loop(self) -> None:
        self._loop_ran_at = monotonic()

    def _beat(self) -> bool:
        """Send the heartbeat; return whether the lock is held."""
        if self._connection is None:
            self._connection = psycopg.connect(**self._session)
        if self._locked:
            # Any statement is a heartbeat: its time stands in pg_stat_activity.
            self._connection.execute("SELECT 1")
        else:
            lock = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"
            found = self._connection.execute(lock, (NAMESPACE, self._executor_id))
            row = found.fetchone()
            self._locked = row is not None and bool(row[0])
        return self._locked

    def _disconnect(self) -> None:
        connection, self._connection, self._locked = self._connection, None, False
        if connection is not None:
            connection.close()


def session(url: URL, purpose: str) -> Session:
    """Return the arguments to connect with.

    The lock of a replica goes with its session, and the session of a host that has
    vanished ends when the server's own probes are not answered: the server probes as
    often as the URL says that this side does.
    """
    given = ((name, url.query.get(name)) for name in _KEEPALIVES)
    return {
        "conninfo": url.set(drivername="postgresql").render_as_string(
            hide_password=False
        ),
        "autocommit": True,
        "application_name": f"rollout-bot {purpose}",
        "options": " ".join(f"-c tcp_{name}={value}" for name, value in given if value),
    }
