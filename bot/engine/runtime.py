"""What the workflows of this process work with, and which of them run."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.service.executor import OperationExecutor
from bot.service.ports import Notifier, Requests

# How long a workflow that has come to its end may take to write that down, and one
# that is let go may take to let go, in seconds.
_LAST_WORDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class EngineTiming:
    """How long the engine waits, in seconds.

    `looks` are the pauses before each further try, about two minutes in all, and
    after the last of them nothing more is sent; one of `tell_from` or longer is told
    on the card; `follow_ups` those after an Unknown, about an hour; `slack` the first
    and the longest pause before Slack is tried again, `memory` the first before the
    database is; `sweep` how often cards that ran out are looked for, and `stranded`
    after how long a decided request that shows no end is taken up again.

    For replicas: each gives a sign of life every `beat`; one that gave none for
    `frozen` is taken for dead; `settling` is how long a replica leaves the others time
    to show themselves after the database has started or its own session was lost.
    """

    looks: tuple[float, ...] = (0.5, 1, 2, 4, 8, 15, 30, 60)
    longest_retry_after: float = 120.0
    tell_from: float = 2.0
    follow_ups: tuple[float, ...] = (15, 30, 60, 120, 240, 480, 900, 1800)
    slack: tuple[float, float] = (1.0, 60.0)
    memory: float = 0.5
    sweep: float = 3.0
    stranded: float = 5.0
    beat: float = 1.0
    settling: float = 6.0
    frozen: float = 8.0

    @property
    def plan(self) -> dict[str, Any]:
        """The part that a workflow carries with it, as JSON values."""
        return {
            "looks": list(self.looks),
            "longest_retry_after": self.longest_retry_after,
            "tell_from": self.tell_from,
            "follow_ups": list(self.follow_ups),
        }


@dataclass(frozen=True, slots=True)
class Work:
    """What the workflows work with; set once, before the engine is launched."""

    requests: Requests
    executor: OperationExecutor
    notifier: Notifier
    clock: Callable[[], datetime]
    pace: EngineTiming


@dataclass(eq=False, slots=True)
class Run:
    """A workflow that runs in this process; `resting` while it only waits."""

    workflow_id: str
    task: "asyncio.Task[Any] | None"
    resting: bool = False


class Bench:
    """Holds the one Work of the process: dbos calls plain functions by name."""

    work: Work | None = None
    runs: set[Run] = set()  # noqa: RUF012 - one bench a process is the point
    busy: int = 0
    # Which launch of which process this is, and what it has begun to post: a result
    # that somebody else may have posted, or the same one before it was taken for dead,
    # is searched for in the thread before it is posted.
    life: str = ""
    begun: set[str] = set()  # noqa: RUF012 - likewise
    idle: asyncio.Event | None = None


_RUN: ContextVar[Run | None] = ContextVar("run", default=None)


def use(work: Work | None) -> None:
    """Return the workflows what they work with; must run on the engine's loop."""
    Bench.work = work
    Bench.runs = set()
    Bench.busy = 0
    Bench.life = secrets.token_hex(8)
    Bench.begun = set()
    Bench.idle = asyncio.Event()
    Bench.idle.set()


def at_work() -> Work:
    """Return what the workflows work with. Raises RuntimeError before the launch."""
    if Bench.work is None:
        raise RuntimeError("the engine is not launched")
    return Bench.work


@contextlib.contextmanager
def counted(workflow_id: str) -> Iterator[None]:
    """Count a workflow as running, for as long as the block lasts."""
    run = Run(workflow_id, asyncio.current_task())
    token = _RUN.set(run)
    Bench.runs.add(run)
    _more_busy(1)
    try:
        yield
    finally:
        Bench.runs.discard(run)
        _RUN.reset(token)
        _more_busy(-1)


@contextlib.contextmanager
def resting() -> Iterator[None]:
    """Mark the current workflow as one that only waits: ending now costs nothing."""
    run = _RUN.get()
    if run is None:
        yield
        return
    run.resting = True
    _more_busy(-1)
    try:
        yield
    finally:
        run.resting = False
        _more_busy(1)


def begin_post(request_id: str, life: str) -> bool:
    """Return whether the result may stand in the thread already; note that it will.

    `life` is the launch in which the act was recorded.
    """
    before = life != Bench.life or request_id in Bench.begun
    Bench.begun.add(request_id)
    return before


def end_post(request_id: str) -> None:
    """Forget what was noted: nothing is left to be posted."""
    Bench.begun.discard(request_id)


def life() -> str:
    """Name this launch of this process."""
    return Bench.life


def running() -> set[str]:
    """Return the ids of the workflows that run in this process."""
    return {run.workflow_id for run in Bench.runs}


async def drained(patience: float) -> bool:
    """Wait until every workflow here is over or rests, `patience` seconds at most."""
    if Bench.idle is None:
        return True
    busy = {run.task for run in Bench.runs if not run.resting and run.task}
    try:
        async with asyncio.timeout(patience):
            await Bench.idle.wait()
    except TimeoutError:
        return False
    # What has come to its end is written down after the workflow's last line.
    ending = {task for task in busy if not task.done()} - _tasks()
    if ending:
        await asyncio.wait(ending, timeout=_LAST_WORDS)
    return True


async def let_go() -> int:
    """Cut short what still runs here: it goes on elsewhere, or after the next start.

    dbos keeps no record of a cancelled task, so its workflow stays as it was. Gives
    how many there were.
    """
    tasks = _tasks()
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_LAST_WORDS)
    return len(tasks)


def _tasks() -> "set[asyncio.Task[Any]]":
    return {run.task for run in Bench.runs if run.task is not None}


def _more_busy(change: int) -> None:
    Bench.busy += change
    if Bench.idle is None:
        return
    if Bench.busy > 0:
        Bench.idle.clear()
    else:
        Bench.idle.set()
