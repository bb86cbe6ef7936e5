"""Load test: clicks on two replicas while one or the other is killed.

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
from tests.durability.fork_server import BotProcess, ForkServer
from tests.durability.harness import DurabilityHarness, open_harness, until_async
from tests.durability.postgres import postgres
from tests.engine.engine_tables import statuses

# Seconds between two kills.
PAUSES: Final = (2.0, 4.0)


@dataclass
class LoadReport:
    """What a load test has come to."""

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


async def run_load(
    harness: DurabilityHarness,
    *,
    seconds: float,
    rate: float,
    mode: str = "http",
    seed: int = 1,
) -> LoadReport:
    """Press a card's button `rate` times a second while replicas are killed."""
    rng = random.Random(seed)  # noqa: S311 - no secret depends on it
    async with AsyncExitStack() as stack:
        front = await stack.enter_async_context(balancer()) if mode == "http" else None
        if front is not None:
            await harness.sandbox.slack.delivery.use_http(front.url)
        replicas = [await _replica(harness, front) for _ in range(2)]
        ids = await _cards(harness, round(seconds * rate))
        killing = asyncio.create_task(_kill(harness, replicas, front, rng))
        pressing = [
            asyncio.create_task(_press(harness, request_id, number / rate))
            for number, request_id in enumerate(ids)
        ]
        lost = sum(await asyncio.gather(*pressing))
        killing.cancel()
        kills = len(harness.bots) - 2
        loop = asyncio.get_running_loop()
        pressed_at = loop.time()
        await until_async(harness.all_over, 60)
        drained = loop.time() - pressed_at
        lost += sum([await _press_again(harness, one) for one in ids])
        results = Counter([(await harness.closed(one)) for one in ids])
        posts = [len(harness.posted(one)) for one in ids]
        return LoadReport(
            operations=len(ids),
            kills=kills,
            effects=len(harness.effects()),
            done=results["done"],
            doubled=sum(count > 1 for count in posts),
            missing=sum(count == 0 for count in posts),
            lost_clicks=lost,
            drained=drained,
            workflows=Counter((await statuses(harness.database_url)).values()),
            mode=mode,
        )


async def _replica(harness: DurabilityHarness, front: Balancer | None) -> BotProcess:
    if front is None:
        return await harness.started()
    bot = await harness.started(http=True)
    front.replicas.append(bot)
    return bot


async def _cards(harness: DurabilityHarness, number: int) -> list[str]:
    return await harness.ask_all(
        f"halt {app} load test" for app in harness.add_apps(number)
    )


async def _press(harness: DurabilityHarness, request_id: str, at: float) -> int:
    """Press until the click is taken, as people do; return how often it was not."""
    await asyncio.sleep(at)
    lost = 0
    while not await harness.click(request_id):
        lost += 1
        await asyncio.sleep(0.3)
    return lost


async def _press_again(harness: DurabilityHarness, request_id: str) -> int:
    """Press a card that still has its buttons; return how often that was needed.

    A click is acknowledged after two seconds at the latest, stored or not: a bot that
    is killed while its database takes longer than that has lost it.
    """
    again = 0
    while await harness.is_pending(request_id):
        again += 1
        await harness.click(request_id)
        await until_async(harness.all_over, 60)
    return again


async def _kill(
    harness: DurabilityHarness,
    replicas: list[BotProcess],
    front: Balancer | None,
    rng: random.Random,
) -> None:
    while True:
        await asyncio.sleep(rng.uniform(*PAUSES))
        number = rng.randrange(2)
        replicas[number].kill()
        await replicas[number].gone()
        if front is not None:
            front.replicas.remove(replicas[number])
        replicas[number] = await _replica(harness, front)


async def _main(seconds: float, rate: float, mode: str) -> LoadReport:
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres() as server,
        ForkServer(Path(folder)) as fork_server,
    ):
        async with open_harness(server.database(), fork_server) as harness:
            return await run_load(harness, seconds=seconds, rate=rate, mode=mode)


def main(arguments: list[str]) -> None:
    """Run a load test and print its report."""
    words: list[Any] = [*arguments, *("60", "10", "http")[len(arguments) :]]
    report = asyncio.run(_main(float(words[0]), float(words[1]), words[2]))
    print(report)  # noqa: T201 - a script's answer


if __name__ == "__main__":
    main(sys.argv[1:])
