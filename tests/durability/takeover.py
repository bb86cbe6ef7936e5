"""Takeover: how soon an operation is finished when its replica is killed or frozen.

    python -m tests.durability.takeover [KILLS_AND_FREEZES] [SECONDS_OF_LOAD]

First one of two replicas on PostgreSQL is killed, or frozen, in the middle of an
operation, as often as asked for, with the waits that the bot has in earnest. Then both
work while every processor is busy, and none of them may be taken over.
"""

import asyncio
import random
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from os import cpu_count
from pathlib import Path
from typing import Final

import aiohttp

from bot.engine import EngineTiming
from tests.durability.balancer import balancer
from tests.durability.fork_server import BotProcess, ForkServer
from tests.durability.harness import DurabilityHarness, open_harness, until_async
from tests.durability.peer_kill_points import after_the_effect, before_the_effect
from tests.durability.postgres import postgres

TIMING: Final = EngineTiming()
_HOGS_PER_PROCESSOR: Final = 4
# What the log says of another replica that was taken for dead.
TAKEN_FOR_DEAD: Final = ("took over", "session was ended")


@dataclass
class TakeoverReport:
    """Seconds from a signal to the shown result, for each time it was sent."""

    signal: str
    seconds: list[float]

    def __str__(self) -> str:
        median, longest = statistics.median(self.seconds), max(self.seconds)
        count = len(self.seconds)
        return f"{self.signal} {count}: median {median:.1f} s, longest {longest:.1f} s"


@dataclass
class LoadReport:
    """What replicas did on a machine that is fully busy."""

    seconds: float
    operations: int
    effects: int
    longest: float
    false_takeovers: list[str]


async def take_over(
    harness: DurabilityHarness, number: signal.Signals, times: int
) -> TakeoverReport:
    """Send the signal to a replica in the middle of an operation; time the other."""
    rng = random.Random(times)  # noqa: S311 - no secret depends on it
    delivery = harness.sandbox.slack.delivery
    other = await _ready(harness)
    seconds = []
    for app in harness.add_apps(times):
        victim = await _ready(harness)
        await delivery.use_http(_url(victim))
        request_id = await harness.ask(f"halt {app}")
        sent: list[float] = []

        def send(to: BotProcess = victim, at: list[float] = sent) -> None:
            if not at:
                at.append(time.monotonic())
                to.send(number)

        effects = len(harness.effects())
        rng.choice((before_the_effect, after_the_effect))(harness, send)
        # How long ago the last heartbeat was is random, too.
        await asyncio.sleep(rng.uniform(0, TIMING.heartbeat_interval))
        click = asyncio.create_task(harness.press(request_id))
        code = await harness.closed(request_id)
        seconds.append(time.monotonic() - sent[0])
        victim.kill()
        await victim.gone()
        await click
        assert code == "done", (code, other.log_text())
        assert len(harness.effects()) == effects + 1
        assert harness.posted(request_id) == ["result:done"]
        harness.sandbox.store.pipeline.before = None
        harness.sandbox.store.pipeline.after = None
    return TakeoverReport(number.name, seconds)


async def work_under_load(harness: DurabilityHarness, seconds: float) -> LoadReport:
    """Let two replicas work while every processor is busy."""
    async with AsyncExitStack() as stack:
        front = await stack.enter_async_context(balancer())
        bots = [await _ready(harness) for _ in range(2)]
        front.replicas += bots
        await harness.sandbox.slack.delivery.use_http(front.url)
        await stack.enter_async_context(_busy_processors())
        end, longest, operations = time.monotonic() + seconds, 0.0, 0
        while time.monotonic() < end:
            started = time.monotonic()
            request_id = await harness.ask(f"halt {harness.add_apps(1)[0]}")
            # The operation is under way for longer than a silent replica is waited for.
            slow = 1.5 * TIMING.heartbeat_timeout
            harness.sandbox.store.arm("halt", "slow", seconds=slow)
            await harness.press(request_id)
            assert await harness.closed(request_id) == "done"
            longest = max(longest, time.monotonic() - started)
            operations += 1
        lines = [line for bot in bots for line in bot.log_text().splitlines()]
        found = [one for one in lines if any(word in one for word in TAKEN_FOR_DEAD)]
        effects = len(harness.effects())
        return LoadReport(seconds, operations, effects, longest, found)


@asynccontextmanager
async def _busy_processors() -> AsyncIterator[None]:
    """Keep every processor busy, several times over."""
    number = _HOGS_PER_PROCESSOR * (cpu_count() or 1)
    endless = (sys.executable, "-c", "while True: pass")
    hogs = [await asyncio.create_subprocess_exec(*endless) for _ in range(number)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            await hog.wait()


async def _ready(harness: DurabilityHarness) -> BotProcess:
    """Start a replica, and wait until it answers that it is ready."""
    bot = await harness.started(http=True, timing=TIMING)
    async with aiohttp.ClientSession() as session:

        async def ready() -> bool:
            async with session.get(f"http://127.0.0.1:{bot.port}/readyz") as answer:
                return answer.status == HTTPStatus.OK

        await until_async(ready)
    return bot


def _url(bot: BotProcess) -> str:
    return f"http://127.0.0.1:{bot.port}/slack/events"


async def _main(times: int, load: float) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres() as server,
        ForkServer(Path(folder)) as fork_server,
    ):

        async def on_a_database(
            test: Callable[[DurabilityHarness], Awaitable[object]],
        ) -> None:
            async with open_harness(server.database(), fork_server) as harness:
                print(await test(harness), flush=True)  # noqa: T201 - the answer

        # A server that has just started leaves its replicas time to connect.
        await asyncio.sleep(TIMING.grace_period)
        if times:
            await asyncio.gather(
                *(
                    on_a_database(partial(take_over, number=number, times=times))
                    for number in (signal.SIGKILL, signal.SIGSTOP)
                )
            )
        if load:
            await on_a_database(lambda harness: work_under_load(harness, load))


def main(arguments: list[str]) -> None:
    """Measure, and print the reports."""
    words = [*arguments, *("50", "600")[len(arguments) :]]
    asyncio.run(_main(int(words[0]), float(words[1])))


if __name__ == "__main__":
    main(sys.argv[1:])
