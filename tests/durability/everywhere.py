"""Play the same scene at many places, some at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from tests.durability.harness import Scene, said, scene
from tests.durability.killed_processes import Nursery

# How many scenes live at the same time.
_AT_ONCE: Final = 8


async def everywhere(
    places: Iterable[str],
    make_database: Callable[[], str],
    nursery: Nursery,
    play: Callable[[str, Scene], Awaitable[None]],
) -> str:
    """Play at each place, on a database of its own; gives what failed, or nothing."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def at(place: str) -> str | None:
        async with turns, scene(make_database(), nursery) as stage:
            try:
                await play(place, stage)
            except (AssertionError, TimeoutError) as failure:
                return f"{place}: {failure!r}\n{said(stage.bots)}"
        return None

    endings = await asyncio.gather(*map(at, places))

    return "\n\n".join(ending for ending in endings if ending)
