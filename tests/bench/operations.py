"""How many operations a second are carried from the click to the thread on one core."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.requests import Request
from tests.bench.caller import Caller
from tests.bench.figures import Figure, median
from tests.bench.harness import Stage
from tests.bench.peers import Peers
from tests.bench.processes import Server
from tests.bench.signed import click

_LIMIT: Final = 60.0
_UNDER_WAY: Final = 50
_WARM_UP: Final = 20
# A click that was not taken is pressed again after so many seconds.
_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Carried:
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


async def measure(stage: Stage) -> list[Figure]:
    """Press cards so that a number of operations is always under way."""
    figures: list[Figure] = []
    for kind in stage.kinds:
        runs: list[Carried] = []
        for _ in range(stage.amounts.repeats):
            with stage.stock(kind) as stock:
                async with stage.bot(stock) as (server, caller):
                    await start_operation(
                        stage.peers, server, caller, stock.add_cards(_WARM_UP)
                    )
                    cards = stock.add_cards(stage.amounts.carried)
                    runs.append(
                        await start_operation(stage.peers, server, caller, cards)
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


async def start_operation(
    peers: Peers, server: Server, caller: Caller, requests: Sequence[Request]
) -> Carried:
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
            while not await peers.told(request.id, _PATIENCE):
                # The bot could not store the click in time, and has said so.
                again += 1
                await caller.send(body)

    await asyncio.gather(*(lane() for _ in range(_UNDER_WAY)))
    last = max(min(seen.results[request.id]) for request in requests)
    spent = server.cpu_seconds - before
    return Carried(len(requests), last - started, spent, again)
