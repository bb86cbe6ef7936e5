"""What the workflows of this process work with, and how many of them run."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.service.operation import Operation
from bot.service.ports import Announcer, Requests


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the engine waits, in seconds.

    `looks` are the pauses before each further try, about two minutes in all;
    `follow_ups` those after an Unknown, about an hour; `slack` the first and the
    longest pause before Slack is tried again; `sweep` how often cards that ran out
    are looked for, and `stranded` after how long a decided request that shows no end
    is taken up again.
    """

    looks: tuple[float, ...] = (0.5, 1, 2, 4, 8, 15, 30, 60)
    longest_retry_after: float = 120.0
    follow_ups: tuple[float, ...] = (15, 30, 60, 120, 240, 480, 900, 1800)
    slack: tuple[float, float] = (1.0, 60.0)
    memory: float = 0.5
    sweep: float = 3.0
    stranded: float = 20.0

    @property
    def plan(self) -> dict[str, Any]:
        """The part that a workflow carries with it, as JSON values."""
        return {
            "looks": list(self.looks),
            "longest_retry_after": self.longest_retry_after,
            "follow_ups": list(self.follow_ups),
        }


@dataclass(frozen=True, slots=True)
class Work:
    """What the workflows work with; set once, before the engine is launched."""

    requests: Requests
    operation: Operation
    announcer: Announcer
    clock: Callable[[], datetime]
    pace: Pace


class Bench:
    """Holds the one Work of the process: dbos calls plain functions by name."""

    work: Work | None = None
    running: int = 0
    idle: asyncio.Event | None = None


def use(work: Work | None) -> None:
    """Give the workflows what they work with; must run on the engine's loop."""
    Bench.work = work
    Bench.running = 0
    Bench.idle = asyncio.Event()
    Bench.idle.set()


def at_work() -> Work:
    """Give what the workflows work with. Raises RuntimeError before the launch."""
    if Bench.work is None:
        raise RuntimeError("the engine is not launched")
    return Bench.work


@contextlib.contextmanager
def counted() -> Iterator[None]:
    """Count a workflow as running, for as long as the block lasts."""
    idle = Bench.idle
    Bench.running += 1
    if idle is not None:
        idle.clear()
    try:
        yield
    finally:
        Bench.running -= 1
        if idle is not None and Bench.running == 0:
            idle.set()


async def drained(patience: float) -> bool:
    """Wait until no workflow runs here, `patience` seconds at most."""
    if Bench.idle is None:
        return True
    try:
        async with asyncio.timeout(patience):
            await Bench.idle.wait()
    except TimeoutError:
        return False
    return True
