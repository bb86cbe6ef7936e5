"""How soon the bot is ready, and its memory at rest and after much work."""

import asyncio
from typing import Final

from tests.bench.figures import Figure, median
from tests.bench.harness import Stage
from tests.bench.operations import start_operation

_START_LIMIT: Final = 1.5
_MEMORY_LIMIT: Final = 130.0
# Growth that is still called flat, in megabytes from half of the work to its end.
_FLAT: Final = 3.0
_SETTLED: Final = 3.0
_TENTH: Final = 10


async def measure(stage: Stage) -> list[Figure]:
    """Measure the start on a database that is migrated, with Python's files cached."""
    figures: list[Figure] = []
    for kind in stage.kinds:
        with stage.stock(kind) as stock:
            taken, spent = [], []
            for _ in range(stage.amounts.starts + 1):
                server, seconds = await stage.start_bot(stock)
                taken.append(seconds)
                spent.append(server.cpu_seconds)
                server.stop()
        figures += [
            Figure(
                f"start to /readyz, {kind}",
                median(taken[1:]),
                "s",
                _START_LIMIT,
                how="warm: migrated, started before",
            ),
            Figure("  processor time until then", median(spent[1:]), "s"),
            Figure("  the first start", taken[0], "s", how="makes the engine's tables"),
        ]
    return figures


async def memory(stage: Stage) -> list[Figure]:
    """Measure resident memory: idle, and while many operations are carried."""
    figures: list[Figure] = []
    many = stage.amounts.long_run
    for kind in stage.kinds:
        with stage.stock(kind) as stock:
            async with stage.bot(stock) as (server, caller):
                await asyncio.sleep(_SETTLED)
                idle = server.megabytes
                grown, rates = [], []
                for _ in range(_TENTH):
                    cards = stock.add_cards(many // _TENTH)
                    done = await start_operation(stage.peers, server, caller, cards)
                    grown.append(server.megabytes)
                    rates.append(done.per_second)
        half = grown[_TENTH // 2 - 1]
        course = " → ".join(f"{each:.0f}" for each in grown)
        figures += [
            Figure(f"memory idle, {kind}", idle, "MB", _MEMORY_LIMIT),
            Figure(
                f"  after {many:,} operations",
                grown[-1],
                "MB",
                _MEMORY_LIMIT,
                how=course,
            ),
            Figure("  growth in the second half", grown[-1] - half, "MB", _FLAT),
            Figure(
                "  operations a second, first and last tenth",
                rates[-1],
                "/s",
                how=f"first {rates[0]:.0f}/s",
            ),
        ]
    return figures
