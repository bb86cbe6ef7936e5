"""A halt under the strictest rule and a lock, while Slack looks nobody up.

Against a halt without any of that, in turn, at the same bot on the same database.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice, permutations
from typing import Final

from bot.domain.requests import Request
from tests.bench.caller import Caller
from tests.bench.figures import Figure, median, milliseconds, percentile
from tests.bench.harness import BenchHarness
from tests.bench.peers import LOOKUPS, Peers
from tests.bench.pressing import ClickTimes, press
from tests.bench.seeding import SeededDatabase
from tests.bench.signed import click

_WITHOUT: Final = "nothing agreed on"
_FAILING: Final = "lookups fail"
_HANGING: Final = "lookups hang"
_WAITING: Final = "a finalize waits for them"
_CASES: Final = (_WITHOUT, _FAILING, _HANGING, _WAITING)
# Where the bot has given the lookups up, its reply came before.
_REPLY_SECONDS: Final = 1.0
_OTHER: Final = "U0EVE"
# Noise of a quiet machine.
_SHARE_OF_WITHOUT: Final = 1.1


@dataclass(slots=True)
class PolicyTimes:
    """What was measured of the presses of one case."""

    clicks: ClickTimes = field(default_factory=ClickTimes)
    posts: list[int] = field(default_factory=list)
    lookups: int = 0


async def measure(harness: BenchHarness) -> list[Figure]:
    """Press halts, the cases in turn, so that each has the machine as the others do."""
    figures: list[Figure] = []
    for kind in harness.kinds:
        runs = []
        for _ in range(harness.amounts.repeats):
            with harness.database(kind) as database:
                async with harness.bot(database) as (_, caller):
                    await press(harness, caller, database.add_cards(3))
                    runs.append(await _run(harness, database, caller))
        figures += _figures(kind, runs)
    return figures


async def _run(
    harness: BenchHarness, database: SeededDatabase, caller: Caller
) -> Mapping[str, PolicyTimes]:
    many = harness.amounts.singles
    finalize = database.add_finalize()
    requests = database.add_cards(len(_CASES) * many)
    times = {case: PolicyTimes() for case in _CASES}
    # Whoever comes after another case has what that one leaves behind.
    orders = cycle(permutations(_CASES))
    for order in islice(orders, many):
        for case in order:
            request = requests.pop()
            database.change_agreed([request, finalize], there=case != _WITHOUT)
            async with _lookups(harness.peers, caller, case, finalize):
                await _press(harness, caller, request, times[case])
    return times


async def _press(
    harness: BenchHarness, caller: Caller, request: Request, times: PolicyTimes
) -> None:
    done = await press(harness, caller, [request])
    seen, clicks = harness.peers.seen, times.clicks
    clicks.acks += done.acks
    clicks.seconds += done.seconds
    times.posts.append(len(seen.halts[request.snapshot.ref.submission_id]))
    times.lookups += sum(method in LOOKUPS for _, method in seen.slack)


@asynccontextmanager
async def _lookups(
    peers: Peers, caller: Caller, case: str, finalize: Request
) -> AsyncIterator[None]:
    """Let Slack look people up as it does in the case, or not."""
    fail = asyncio.Event()
    peers.lookups_fail = None if case == _WITHOUT else fail
    if case == _FAILING:
        fail.set()
    waiting = None
    if case == _WAITING:
        peers.forget()
        waiting = asyncio.create_task(caller.send(click(finalize, by=_OTHER)))
        await peers.until(lambda: any(name in LOOKUPS for _, name in peers.seen.slack))
    try:
        yield
    finally:
        told = peers.seen.ephemeral
        fail.set()
        if waiting is not None:
            await waiting
            await peers.until(lambda: peers.seen.ephemeral > told, _REPLY_SECONDS)
        peers.lookups_fail = None


def _figures(kind: str, runs: Sequence[Mapping[str, PolicyTimes]]) -> list[Figure]:
    acks = {case: [run[case].clicks.acks for run in runs] for case in _CASES}
    seconds = {case: [run[case].clicks.seconds for run in runs] for case in _CASES}
    every = [run[case] for run in runs for case in _CASES]
    posts = [many for times in every for many in times.posts]
    # A finalize that waits asks Slack itself.
    halts = [run[case] for run in runs for case in (_FAILING, _HANGING)]
    return [
        *_compare(f"ack of a halt, {kind}", acks),
        *_compare(f"halt to the Store's POST, {kind}", seconds),
        Figure("  POSTs of a press, the most", max(posts), "", 1),
        Figure("  presses without a POST", posts.count(0), "", 0),
        Figure("  lookups for a halt", sum(times.lookups for times in halts), "", 0),
    ]


def _compare(name: str, taken: Mapping[str, Sequence[Sequence[float]]]) -> list[Figure]:
    def middle(case: str, share: float) -> float:
        return median(percentile(milliseconds(run), share) for run in taken[case])

    without, slowest = middle(_WITHOUT, 0.5), middle(_WITHOUT, 0.99)
    figures = [
        Figure(
            f"{name}, p50", without, "ms", how=f"nothing agreed on; p99 {slowest:.1f}"
        )
    ]
    for case in _CASES[1:]:
        p50, p99 = middle(case, 0.5), middle(case, 0.99)
        how = f"p50 {p50:.1f} ms, p99 {p99:.1f}"
        figures.append(
            Figure(f"  {case}, of that", p50 / without, "", _SHARE_OF_WITHOUT, how=how)
        )
    return figures
