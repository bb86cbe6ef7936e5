"""Rolling deploy and rollback between two versions, with operations in flight.

    python -m tests.durability.rolling_deploy [OPERATIONS] [sqlite|postgresql]

The versions know no workflow of each other. Slack edits no card during all of it, so
that no operation can end, and the Store spoils the first write of each.
"""

import asyncio
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.db.migrate import migrate
from bot.sandbox.store.journal import Entry
from tests.durability.balancer import Balancer, balancer
from tests.durability.bot_process import NEXT
from tests.durability.fork_server import BotProcess, ForkServer
from tests.durability.harness import DurabilityHarness, open_harness, until_async
from tests.durability.postgres import postgres
from tests.engine.engine_tables import rows, statuses

_ALWAYS: Final = 10**6


@dataclass
class DeployReport:
    """What a deploy and a rollback have come to."""

    operations: int
    in_flight: list[int]
    results: dict[str, int]
    effects: int
    posted_once: int
    broken_off: int
    drained: float


async def deploy_and_roll_back(
    harness: DurabilityHarness, operations: int, replicas: int
) -> DeployReport:
    """Replace the replicas by those of the next version, and these by the old."""
    async with AsyncExitStack() as stack:
        front = await stack.enter_async_context(balancer())
        await harness.sandbox.slack.delivery.use_http(front.url)
        old = [await _replica(harness, front) for _ in range(replicas)]
        apps = harness.add_apps(operations)
        ids = await harness.ask_all(f"halt {app}" for app in apps)
        _spoil_first_writes(harness)
        harness.sandbox.slack.arm("chat.update", "internal_error", times=_ALWAYS)
        half = operations // 2
        await _press(harness, ids[:half])
        in_flight = [len(await harness.open_requests())]
        new = await _replace(harness, front, old, next_version=True)
        await _press(harness, ids[half:])
        in_flight.append(len(await harness.open_requests()))
        await _replace(harness, front, new, next_version=False)
        in_flight.append(len(await harness.open_requests()))
        harness.sandbox.slack.workspace.faults.clear()
        started = time.monotonic()
        await until_async(harness.all_over, 120)
        drained = time.monotonic() - started
        results = Counter([await harness.closed(one) for one in ids])
        ends = Counter((await statuses(harness.database_url)).values())
        return DeployReport(
            operations=operations,
            in_flight=in_flight,
            results=dict(results),
            effects=len(harness.effects()),
            posted_once=sum(harness.posted(one) == ["result:done"] for one in ids),
            broken_off=ends["CANCELLED"],
            drained=drained,
        )


async def _replace(
    harness: DurabilityHarness,
    front: Balancer,
    bots: Sequence[BotProcess],
    *,
    next_version: bool,
) -> list[BotProcess]:
    """Replace one after the other; with several, old and new run side by side."""
    started = []
    for bot in bots:
        if len(bots) > 1:
            started.append(await _replica(harness, front, next_version=next_version))
        front.replicas.remove(bot)
        bot.send(signal.SIGTERM)
        await bot.gone()
        if len(bots) == 1:
            started.append(await _replica(harness, front, next_version=next_version))

    async def taken_up() -> bool:
        """Return whether no operation is left in a workflow of the other version."""
        found = await rows(harness.database_url, "workflow_status")
        live = [row for row in found if row["status"] in {"PENDING", "ENQUEUED"}]
        return all(row["name"].endswith(NEXT) is next_version for row in live)

    await until_async(taken_up)
    return started


async def _replica(
    harness: DurabilityHarness, front: Balancer, *, next_version: bool = False
) -> BotProcess:
    bot = await harness.started(http=True, drain_seconds=0.5, next_version=next_version)
    front.replicas.append(bot)
    return bot


async def _press(harness: DurabilityHarness, ids: Sequence[str]) -> None:
    turns = asyncio.Semaphore(8)

    async def press(request_id: str) -> None:
        async with turns:
            await harness.press(request_id)

    await asyncio.gather(*map(press, ids))


def _spoil_first_writes(harness: DurabilityHarness) -> None:
    """Let the first write to each submission end in a timeout, every other acted."""
    store, seen = harness.sandbox.store, set[str]()

    async def spoil(entry: Entry) -> None:
        if entry.operation != "halt" or entry.path in seen:
            return
        seen.add(entry.path)
        acted = len(seen) % 2
        store.arm("halt", "504_after_effect" if acted else "504_without_effect", 1)

    store.pipeline.before = spoil


async def _main(operations: int, kind: str) -> DeployReport:
    with (
        tempfile.TemporaryDirectory() as folder,
        ForkServer(Path(folder)) as fork_server,
    ):
        if kind == "postgresql":
            with postgres() as server:
                async with open_harness(server.database(), fork_server) as harness:
                    return await deploy_and_roll_back(harness, operations, 2)
        url = f"sqlite:///{folder}/rollout.db"
        migrate(url)
        async with open_harness(url, fork_server) as harness:
            return await deploy_and_roll_back(harness, operations, 1)


def main(arguments: list[str]) -> None:
    """Deploy and roll back, and print the report."""
    words = [*arguments, *("100", "sqlite")[len(arguments) :]]
    print(asyncio.run(_main(int(words[0]), words[1])))  # noqa: T201 - the answer


if __name__ == "__main__":
    main(sys.argv[1:])
