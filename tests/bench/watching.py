"""What watching costs: 1,000 targets that channels follow, 200 with an open rollout.

The same bot without any is measured in the same run. The request budget is large, so
that each target is looked at as often as it should be.
"""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from typing import Final

from tests.bench.acks import until_quiet
from tests.bench.caller import Caller
from tests.bench.figures import Figure, median, milliseconds, percentile
from tests.bench.followed import FOLLOWED, publish
from tests.bench.harness import BenchHarness
from tests.bench.pressing import press
from tests.bench.processes import ROOT, Server
from tests.bench.seeding import SeededDatabase

_SHARE_LIMIT: Final = 5.0
_MORE_MEMORY_LIMIT: Final = 20.0
_MEMORY_LIMIT: Final = 130.0
_LOOK_LIMIT: Final = 3.0
_REQUESTS_PER_MINUTE: Final = "600"
_JOBS: Final = ("looks", "reminders", "boards", "notices")


@dataclass(frozen=True, slots=True)
class Idle:
    """What a bot has used while nobody has asked it for anything."""

    share: float
    megabytes: float
    clicks: list[float]
    looks: int
    edits: int


async def measure(harness: BenchHarness) -> list[Figure]:
    """Measure the bot with and without followed targets, and each job by itself."""
    publish(harness.peers)
    harness.settings["STORE_REQUESTS_PER_MINUTE"] = _REQUESTS_PER_MINUTE
    try:
        figures: list[Figure] = []
        for kind in harness.kinds:
            figures += await _bots(harness, kind)
            figures += await _jobs(harness, kind)
        return figures
    finally:
        del harness.settings["STORE_REQUESTS_PER_MINUTE"]


async def _bots(harness: BenchHarness, kind: str) -> list[Figure]:
    bare, watching = [], []
    for _ in range(harness.amounts.repeats):
        bare.append(await _idle(harness, kind, followed=False))
        watching.append(await _idle(harness, kind, followed=True))
    pairs = list(zip(bare, watching, strict=True))
    alone = median(run.share for run in bare)
    looks = median(run.looks for run in watching)
    edits = median(run.edits for run in watching)
    seconds = harness.amounts.idle_seconds
    return [
        Figure(
            f"watching {FOLLOWED:,} targets, {kind}: more of one core",
            median(mine.share - other.share for other, mine in pairs),
            "%",
            _SHARE_LIMIT,
            how=f"without {alone:.1f} %; {looks:.0f} requests to the Store and"
            f" {edits:.0f} edits in {seconds} s",
        ),
        Figure(
            "  more memory",
            median(mine.megabytes - other.megabytes for other, mine in pairs),
            "MB",
            _MORE_MEMORY_LIMIT,
        ),
        Figure(
            "  memory",
            median(run.megabytes for run in watching),
            "MB",
            _MEMORY_LIMIT,
        ),
        _clicks(pairs, 0.5),
        _clicks(pairs, 0.99),
    ]


def _clicks(pairs: list[tuple[Idle, Idle]], share: float) -> Figure:
    alone = median(percentile(other.clicks, share) for other, _ in pairs)
    return Figure(
        f"  click to the Store's POST, p{100 * share:.0f}",
        median(percentile(mine.clicks, share) for _, mine in pairs),
        "ms",
        how=f"without {alone:.1f} ms",
    )


async def _idle(harness: BenchHarness, kind: str, *, followed: bool) -> Idle:
    with harness.database(kind) as database:
        if followed:
            database.add_followed()
        async with harness.bot(database) as (server, caller):
            return await _used(harness, database, server, caller)


async def _used(
    harness: BenchHarness, database: SeededDatabase, server: Server, caller: Caller
) -> Idle:
    # A first click brings the token and the connections.
    await press(harness, caller, database.add_cards(3))
    await until_quiet(server)
    harness.peers.forget()
    seconds = harness.amounts.idle_seconds
    before = server.cpu_seconds
    await asyncio.sleep(seconds)
    spent, seen = server.cpu_seconds - before, harness.peers.seen
    looks = len(seen.store)
    edits = sum(method == "chat.update" for _, method in seen.slack)
    megabytes = server.megabytes
    cards = database.add_cards(harness.amounts.singles)
    times = await press(harness, caller, cards)
    return Idle(
        100 * spent / seconds, megabytes, milliseconds(times.seconds), looks, edits
    )


async def _jobs(harness: BenchHarness, kind: str) -> list[Figure]:
    """Measure the rounds of the jobs, with and without what is followed."""
    none = await _rounds(harness, kind, followed=False)
    all_of_them = await _rounds(harness, kind, followed=True)
    idle = sum(all_of_them[job] for job in _JOBS)
    each = ", ".join(f"{job} {all_of_them[job]:.1f}" for job in _JOBS)
    alone = sum(none[job] for job in _JOBS)
    return [
        Figure(
            f"one look, {kind}: processor time",
            all_of_them["look"],
            "ms",
            _LOOK_LIMIT,
            how=f"{all_of_them['number of looks']:.0f} looks",
        ),
        Figure(
            "  edit of a board",
            all_of_them["edit"],
            "ms",
            how=f"{all_of_them['number of edits']:.0f} edits",
        ),
        Figure(
            "  a round of the jobs when nothing is due",
            idle,
            "ms",
            how=f"{each}; nothing followed {alone:.1f} ms",
        ),
    ]


async def _rounds(
    harness: BenchHarness, kind: str, *, followed: bool
) -> dict[str, float]:
    with harness.database(kind) as database:
        if followed:
            database.add_followed()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.rounds"),
            cwd=ROOT,
            env={
                **os.environ,
                **harness.peers.settings,
                "DATABASE_URL": database.url,
                "BENCH_ROUNDS": str(harness.amounts.rounds),
            },
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
    found: dict[str, float] = json.loads(output)
    return found
