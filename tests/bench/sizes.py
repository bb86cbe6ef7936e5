"""Growth: the same figures with more and more in the database."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from tests.bench.acks import next_halt
from tests.bench.caller import Caller
from tests.bench.figures import Figure, milliseconds, percentile
from tests.bench.harness import BenchHarness
from tests.bench.operations import run_operations
from tests.bench.peers import Peers
from tests.bench.pressing import press
from tests.bench.seeding import ALIAS
from tests.bench.signed import command

_PAUSE: Final = 0.02


async def measure(harness: BenchHarness) -> list[Figure]:
    """Measure each size on each database."""
    figures: list[Figure] = []
    for kind in harness.kinds:
        for size in harness.sizes:
            figures += await _at(harness, kind, size)
    return figures


async def _at(harness: BenchHarness, kind: str, size: int) -> list[Figure]:
    peers, many = harness.peers, harness.amounts.singles // 2
    with harness.database(kind, size) as database:
        async with harness.bot(database) as (server, caller):
            await press(harness, caller, database.add_cards(3))
            acks, cards = await _ask(peers, caller, next_halt, many, _cards)
            _, history = await _ask(
                peers, caller, lambda: "history", many, _ephemeral_replies
            )
            _, narrow = await _ask(
                peers, caller, lambda: f"history {ALIAS}", many, _ephemeral_replies
            )
            times = await press(harness, caller, database.add_cards(many))
            done = await run_operations(
                peers, server, caller, database.add_cards(harness.amounts.operations)
            )
    name = f"{kind}, {size:,} aliases and past requests"
    return [
        Figure(f"{name}: ack of a command, p50", percentile(acks, 0.5), "ms"),
        Figure("  command to its card, p50", percentile(cards, 0.5), "ms"),
        Figure("  history to its answer, p50", percentile(history, 0.5), "ms"),
        Figure("  history of one app, p50", percentile(narrow, 0.5), "ms"),
        Figure(
            "  click to the Store's POST, p50",
            percentile(milliseconds(times.seconds), 0.5),
            "ms",
        ),
        Figure("  operations from click to thread", done.per_second, "/s"),
    ]


async def _ask(
    peers: Peers,
    caller: Caller,
    text: Callable[[], str],
    many: int,
    count: Callable[[Peers], int],
) -> tuple[list[float], list[float]]:
    """Return the milliseconds to the ack and to the answer of each command."""
    acked, answered = [], []
    for _ in range(many):
        before = count(peers)
        sent = await caller.send(command(text()))
        await peers.until(partial(_more, peers, count, before))
        answered.append(time.perf_counter() - sent.at)
        acked.append(sent.seconds)
        await asyncio.sleep(_PAUSE)
    return milliseconds(acked), milliseconds(answered)


def _more(peers: Peers, count: Callable[[Peers], int], before: int) -> bool:
    return count(peers) > before


def _cards(peers: Peers) -> int:
    return len(peers.seen.cards)


def _ephemeral_replies(peers: Peers) -> int:
    return peers.seen.ephemeral
