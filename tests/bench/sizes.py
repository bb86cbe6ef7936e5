"""The same figures with more and more in the database: they should not grow."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from tests.bench.acks import HALT
from tests.bench.caller import Caller
from tests.bench.figures import Figure, milliseconds, percentile
from tests.bench.harness import Stage
from tests.bench.operations import start_operation
from tests.bench.peers import Peers
from tests.bench.pressing import press
from tests.bench.signed import command
from tests.bench.stock import ALIAS

_PAUSE: Final = 0.02


async def measure(stage: Stage) -> list[Figure]:
    """Measure each size on each database."""
    figures: list[Figure] = []
    for kind in stage.kinds:
        for size in stage.sizes:
            figures += await _at(stage, kind, size)
    return figures


async def _at(stage: Stage, kind: str, size: int) -> list[Figure]:
    peers, many = stage.peers, stage.amounts.singles // 2
    with stage.stock(kind, size) as stock:
        async with stage.bot(stock) as (server, caller):
            await press(stage, caller, stock.add_cards(3))
            acks, cards = await _ask(peers, caller, HALT, many, _cards)
            _, history = await _ask(peers, caller, "history", many, _whispers)
            _, narrow = await _ask(peers, caller, f"history {ALIAS}", many, _whispers)
            ways = await press(stage, caller, stock.add_cards(many))
            done = await start_operation(
                peers, server, caller, stock.add_cards(stage.amounts.carried)
            )
    name = f"{kind}, {size:,} aliases and past requests"
    return [
        Figure(f"{name}: ack of a command, p50", percentile(acks, 0.5), "ms"),
        Figure("  command to its card, p50", percentile(cards, 0.5), "ms"),
        Figure("  history to its answer, p50", percentile(history, 0.5), "ms"),
        Figure("  history of one app, p50", percentile(narrow, 0.5), "ms"),
        Figure(
            "  click to the Store's POST, p50",
            percentile(milliseconds(ways.seconds), 0.5),
            "ms",
        ),
        Figure("  operations from click to thread", done.per_second, "/s"),
    ]


async def _ask(
    peers: Peers, caller: Caller, text: str, many: int, count: Callable[[Peers], int]
) -> tuple[list[float], list[float]]:
    """Return the milliseconds to the ack and to the answer of each command."""
    acked, answered = [], []
    for _ in range(many):
        before = count(peers)
        sent = await caller.send(command(text))
        await peers.until(partial(_more, peers, count, before))
        answered.append(time.perf_counter() - sent.at)
        acked.append(sent.seconds)
        await asyncio.sleep(_PAUSE)
    return milliseconds(acked), milliseconds(answered)


def _more(peers: Peers, count: Callable[[Peers], int], before: int) -> bool:
    return count(peers) > before


def _cards(peers: Peers) -> int:
    return len(peers.seen.cards)


def _whispers(peers: Peers) -> int:
    return peers.seen.ephemeral
