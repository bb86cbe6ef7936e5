"""Run one test at many kill points, some of them at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from tests.durability.fork_server import ForkServer
from tests.durability.harness import DurabilityHarness, logs_of, open_harness

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
