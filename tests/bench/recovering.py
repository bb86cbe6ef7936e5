"""How long it takes to finish many operations after a kill -9 in their middle."""

import asyncio
import time
from typing import Final

from tests.bench.caller import at_once
from tests.bench.figures import Figure
from tests.bench.harness import Stage
from tests.bench.signed import click
from tests.bench.stock import Stock

# The Store is slow enough that the kill finds every operation in flight.
_STORE_SECONDS: Final = 5.0
_CONNECTIONS: Final = 100
_LANES: Final = 20
_LOOK: Final = 0.05


async def measure(stage: Stage) -> list[Figure]:
    """Kill the bot with all operations in flight, start it again, wait for the last."""
    figures: list[Figure] = []
    for kind in stage.kinds:
        with stage.stock(kind) as stock:
            figures += await _crash(stage, stock, kind)
    return figures


async def _crash(stage: Stage, stock: Stock, kind: str) -> list[Figure]:
    peers, many = stage.peers, stage.amounts.crashed
    cards = stock.add_cards(many)
    before, peers.store_latency = peers.store_latency, _STORE_SECONDS
    peers.forget()
    async with stage.bot(stock) as (server, caller):
        await at_once(caller, [click(card) for card in cards], _LANES)
        # The bot has as many connections to the Store as aiohttp's sessions allow.
        busy = min(many, _CONNECTIONS)
        await peers.until(lambda: len(peers.seen.halts) >= busy, _STORE_SECONDS / 2)
        sent = len(peers.seen.halts)
        server.kill()
        killed = time.perf_counter()
    peers.store_latency = before
    async with stage.bot(stock):
        ready = time.perf_counter()
        while stock.unfinished(cards):
            await asyncio.sleep(_LOOK)
        done = time.perf_counter()
    last = max(max(times) for times in peers.seen.results.values())
    submissions = [card.snapshot.ref.submission_id for card in cards]
    effects = [peers.effects[each] for each in submissions]
    told = [len(peers.seen.results.get(card.id, ())) for card in cards]
    how = f"killed with {many} in flight, {sent} of them at the Store"
    return [
        Figure(f"recovery after kill -9, {kind}: all finished", done - killed, "s"),
        Figure("  from ready again to the last result", last - ready, "s", how=how),
        Figure("  effects doubled", sum(n > 1 for n in effects), "", 0),
        Figure("  effects missing", sum(n < 1 for n in effects), "", 0),
        Figure("  results in the thread, doubled", sum(n > 1 for n in told), "", 0),
        Figure("  results in the thread, missing", sum(n < 1 for n in told), "", 0),
    ]
