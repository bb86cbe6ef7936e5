"""Run one test at many kill points, some of them at the same time.

Where the bot that goes on after one kill can be the one that dies next, half as many
bots are started, and a database serves many points.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from tests.durability.fork_server import ForkServer
from tests.durability.harness import (
    MANY_REQUESTS,
    DurabilityHarness,
    logs_of,
    open_harness,
)

# How many tests run at the same time: more would wait for the processor, not for us.
_AT_ONCE: Final = 4


async def at_each_point(
    points: Iterable[str],
    make_database: Callable[[], str],
    fork_server: ForkServer,
    test: Callable[[str, DurabilityHarness], Awaitable[None]],
) -> str:
    """Test each point on a database of its own; return what failed, or nothing."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def at(point: str) -> str | None:
        async with turns, open_harness(make_database(), fork_server) as harness:
            try:
                await test(point, harness)
            except (AssertionError, TimeoutError) as failure:
                return f"{point}: {failure!r}\n{logs_of(harness.bots)}"
        return None

    failures = await asyncio.gather(*map(at, points))

    return "\n\n".join(failure for failure in failures if failure)


async def one_after_another(
    points: Iterable[str],
    make_database: Callable[[], str],
    fork_server: ForkServer,
    test: Callable[[str, DurabilityHarness], Awaitable[None]],
) -> str:
    """Test many points on a database, and return what failed, or nothing.

    The test finds what those before it have left: the bot that went on, and cards that
    are over. After a failure the next point has a database of its own again.
    """
    waiting, failures = deque(points), list[str]()

    async def some() -> None:
        while waiting:
            async with open_harness(make_database(), fork_server) as harness:
                harness.settings |= MANY_REQUESTS
                while waiting:
                    point = waiting.popleft()
                    try:
                        await test(point, harness)
                    except (AssertionError, TimeoutError) as failure:
                        logs = logs_of(harness.bots[-2:])
                        failures.append(f"{point}: {failure!r}\n{logs}")
                        break

    await asyncio.gather(*(some() for _ in range(_AT_ONCE)))

    return "\n\n".join(failures)
