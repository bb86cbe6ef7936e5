"""Clicks rain on two replicas while one or the other is killed.

python -m tests.durability.load_test [SECONDS] [CLICKS_A_SECOND] [socket|http]
"""

import asyncio
import random
import sys
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.durability.balancer import Balancer, balancer
from tests.durability.harness import Scene, scene, until_async
from tests.durability.killed_processes import Nursery, Victim
from tests.durability.postgres import postgres
from tests.engine.engine_tables import statuses

# Seconds between two kills.
PAUSES: Final = (2.0, 4.0)


@dataclass
class Weather:
    """What a storm has come to."""

    operations: int
    kills: int
    effects: int
    done: int
    doubled: int
    missing: int
    lost_clicks: int
    drained: float
    workflows: dict[str, int]
    mode: str


async def storm(
    stage: Scene, *, seconds: float, rate: float, mode: str = "http", seed: int = 1
) -> Weather:
    """Press a card's button `rate` times a second while replicas are killed."""
    dice = random.Random(seed)  # noqa: S311 - a storm is no secret
    async with AsyncExitStack() as stack:
        front = await stack.enter_async_context(balancer()) if mode == "http" else None
        if front is not None:
            await stage.sandbox.slack.delivery.use_http(front.url)
        replicas = [await _replica(stage, front) for _ in range(2)]
        ids = await _cards(stage, round(seconds * rate))
        killing = asyncio.create_task(_kill(stage, replicas, front, dice))
        pressing = [
            asyncio.create_task(_press(stage, request_id, number / rate))
            for number, request_id in enumerate(ids)
        ]
        lost = sum(await asyncio.gather(*pressing))
        killing.cancel()
        kills = len(stage.bots) - 2
        loop = asyncio.get_running_loop()
        rained = loop.time()
        await until_async(stage.all_over, 60)
        drained = loop.time() - rained
        results = Counter([(await stage.closed(one)) for one in ids])
        told = [len(stage.told(one)) for one in ids]
        return Weather(
            operations=len(ids),
            kills=kills,
            effects=len(stage.effects()),
            done=results["done"],
            doubled=sum(count > 1 for count in told),
            missing=sum(count == 0 for count in told),
            lost_clicks=lost,
            drained=drained,
            workflows=Counter((await statuses(stage.database_url)).values()),
            mode=mode,
        )


async def _replica(stage: Scene, front: Balancer | None) -> Victim:
    if front is None:
        return await stage.started()
    bot = await stage.started(http=True)
    front.replicas.append(bot)
    return bot


async def _cards(stage: Scene, number: int) -> list[str]:
    return await stage.ask_all(f"halt {app} storm" for app in stage.add_apps(number))


async def _press(stage: Scene, request_id: str, at: float) -> int:
    """Press until the click is taken, as people do; gives how often it was not."""
    await asyncio.sleep(at)
    lost = 0
    while not await stage.click(request_id):
        lost += 1
        await asyncio.sleep(0.3)
    return lost


async def _kill(
    stage: Scene, replicas: list[Victim], front: Balancer | None, dice: random.Random
) -> None:
    while True:
        await asyncio.sleep(dice.uniform(*PAUSES))
        number = dice.randrange(2)
        replicas[number].kill()
        await replicas[number].gone()
        if front is not None:
            front.replicas.remove(replicas[number])
        replicas[number] = await _replica(stage, front)


async def _main(seconds: float, rate: float, mode: str) -> Weather:
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres() as server,
        Nursery(Path(folder)) as nursery,
    ):
        async with scene(server.database(), nursery) as stage:
            return await storm(stage, seconds=seconds, rate=rate, mode=mode)


def main(arguments: list[str]) -> None:
    """Run a storm and say what it came to."""
    words: list[Any] = [*arguments, *("60", "10", "http")[len(arguments) :]]
    weather = asyncio.run(_main(float(words[0]), float(words[1]), words[2]))
    print(weather)  # noqa: T201 - a script's answer


if __name__ == "__main__":
    main(sys.argv[1:])
