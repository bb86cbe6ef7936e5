"""Time until the bot is ready, and its memory at rest and after much work."""

import asyncio
from typing import Final

from tests.bench.figures import Figure, median
from tests.bench.harness import BenchHarness
from tests.bench.operations import run_operations

_START_LIMIT: Final = 1.5
_MEMORY_LIMIT: Final = 130.0
# Growth that is still called flat, in megabytes from half of the work to its end.
_FLAT: Final = 3.0
_SETTLED: Final = 3.0
_TENTH: Final = 10


async def measure(harness: BenchHarness) -> list[Figure]:
    """Measure the start on a database that is migrated, with Python's files cached."""
    figures: list[Figure] = []
    for kind in harness.kinds:
        with harness.database(kind) as database:
            taken, spent = [], []
            for _ in range(harness.amounts.starts + 1):
                server, seconds = await harness.start_bot(database)
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


async def memory(harness: BenchHarness) -> list[Figure]:
    """Measure resident memory: idle, and while many operations are operations."""
    figures: list[Figure] = []
    many = harness.amounts.long_run
    for kind in harness.kinds:
        with harness.database(kind) as database:
            async with harness.bot(database) as (server, caller):
                await asyncio.sleep(_SETTLED)
                idle = server.megabytes
                grown, rates = [], []
                for _ in range(_TENTH):
                    cards = database.add_cards(many // _TENTH)
                    done = await run_operations(harness.peers, server, caller, cards)
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
