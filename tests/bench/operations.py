"""Throughput: operations a second from the click to the thread, on one core."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.requests import Request
from tests.bench.caller import Caller
from tests.bench.figures import Figure, median
from tests.bench.harness import BenchHarness
from tests.bench.peers import Peers
from tests.bench.processes import Server
from tests.bench.signed import click

_LIMIT: Final = 60.0
_UNDER_WAY: Final = 50
_WARM_UP: Final = 20
# A click that was not taken is pressed again after so many seconds.
_TIMEOUT: Final = 30.0


@dataclass(frozen=True, slots=True)
class OperationsRun:
    """So many operations, and what they took."""

    many: int
    seconds: float
    cpu_seconds: float
    pressed_again: int = 0

    @property
    def per_second(self) -> float:
        """Operations a second."""
        return self.many / self.seconds

    @property
    def cpu_milliseconds(self) -> float:
        """The bot's own processor time for each."""
        return 1000 * self.cpu_seconds / self.many


async def measure(harness: BenchHarness) -> list[Figure]:
    """Press cards so that a number of operations is always under way."""
    figures: list[Figure] = []
    for kind in harness.kinds:
        runs: list[OperationsRun] = []
        for _ in range(harness.amounts.repeats):
            with harness.database(kind) as database:
                async with harness.bot(database) as (server, caller):
                    await run_operations(
                        harness.peers, server, caller, database.add_cards(_WARM_UP)
                    )
                    cards = database.add_cards(harness.amounts.operations)
                    runs.append(
                        await run_operations(harness.peers, server, caller, cards)
                    )
        figures += [
            Figure(
                f"operations from click to thread, {kind}",
                median(run.per_second for run in runs),
                "/s",
                _LIMIT,
                True,
                f"{_UNDER_WAY} under way",
            ),
            Figure(
                "  processor time for each",
                median(run.cpu_milliseconds for run in runs),
                "ms",
            ),
            Figure(
                "  clicks that had to be pressed again",
                sum(run.pressed_again for run in runs),
                "",
                0,
                how="not stored within two seconds",
            ),
        ]
    return figures


async def run_operations(
    peers: Peers, server: Server, caller: Caller, requests: Sequence[Request]
) -> OperationsRun:
    """Press each card, and wait until the last result stands in its thread."""
    bodies = [click(request) for request in requests]
    waiting = iter(zip(bodies, requests, strict=True))
    peers.forget()
    seen, before, started = peers.seen, server.cpu_seconds, time.perf_counter()
    again = 0

    async def lane() -> None:
        nonlocal again
        for body, request in waiting:
            await caller.send(body)
            while not await peers.result_posted(request.id, _TIMEOUT):
                # The bot could not store the click in time, and has said so.
                again += 1
                await caller.send(body)

    await asyncio.gather(*(lane() for _ in range(_UNDER_WAY)))
    last = max(min(seen.results[request.id]) for request in requests)
    spent = server.cpu_seconds - before
    return OperationsRun(len(requests), last - started, spent, again)
