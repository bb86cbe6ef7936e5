"""What 1,000 live ramps cost: to find the steps that are due, and a halt beside them.

The same bot without any is measured in the same run.
"""

import time
from datetime import UTC, datetime
from typing import Final

from bot.db.plans import SqlPlanRepository
from bot.db.session import Database
from tests.bench.figures import Figure, median, milliseconds, percentile
from tests.bench.harness import BenchHarness
from tests.bench.pressing import press

LIVE: Final = 1000
DUE: Final = 20
_WARM_UP: Final = 5
_MOST: Final = 50
_FOUND_LIMIT: Final = 5.0
# Noise of a quiet machine.
_SHARE_OF_NONE: Final = 1.1


async def measure(harness: BenchHarness) -> list[Figure]:
    """Measure the search for what is due, and the halts of targets with ramps."""
    figures: list[Figure] = []
    for kind in harness.kinds:
        figures += await _found(harness, kind)
        figures += await _halts(harness, kind)
    return figures


async def _found(harness: BenchHarness, kind: str) -> list[Figure]:
    figures = []
    for due in (0, DUE):
        with harness.database(kind) as seeded:
            seeded.add_ramps(LIVE, due)
            database = Database(seeded.url)
            plans = SqlPlanRepository(database)
            taken = []
            for _ in range(_WARM_UP + harness.amounts.rounds):
                started = time.perf_counter()
                found = await plans.due_plans(datetime.now(UTC), _MOST)
                taken.append(time.perf_counter() - started)
                assert len(found) == due
            await database.close()
        times = milliseconds(taken[_WARM_UP:])
        figures.append(
            Figure(
                f"{due} due steps of {LIVE:,} live ramps found, {kind}, p50",
                percentile(times, 0.5),
                "ms",
                _FOUND_LIMIT,
                how=f"p99 {percentile(times, 0.99):.1f} ms",
            )
        )
    return figures


async def _halts(harness: BenchHarness, kind: str) -> list[Figure]:
    none, live = [], []
    for _ in range(harness.amounts.repeats):
        none.append(await _pressed(harness, kind, 0))
        live.append(await _pressed(harness, kind, LIVE))
    without = median(percentile(run, 0.5) for run in none)
    figures = [
        Figure(
            f"halt to the Store's POST, {kind}, p50",
            without,
            "ms",
            how=f"no ramp; p99 {median(percentile(run, 0.99) for run in none):.1f}",
        )
    ]
    p50 = median(percentile(run, 0.5) for run in live)
    p99 = median(percentile(run, 0.99) for run in live)
    how = f"p50 {p50:.1f} ms, p99 {p99:.1f}; each halt ends a ramp"
    figures.append(
        Figure(
            f"  with {LIVE:,} live ramps, of that",
            p50 / without,
            "",
            _SHARE_OF_NONE,
            how=how,
        )
    )
    return figures


async def _pressed(harness: BenchHarness, kind: str, ramps: int) -> list[float]:
    """Return the milliseconds of each halt."""
    with harness.database(kind) as database:
        if ramps:
            database.add_ramps(ramps, 0)
        cards = database.add_cards(harness.amounts.singles + 3)
        async with harness.bot(database) as (_, caller):
            await press(harness, caller, cards[:3])
            times = await press(harness, caller, cards[3:])
    return milliseconds(times.seconds)
