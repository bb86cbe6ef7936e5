"""Time to finish many operations after a kill -9 in their middle."""

import asyncio
import time
from typing import Final

from tests.bench.caller import at_once
from tests.bench.figures import Figure
from tests.bench.harness import BenchHarness
from tests.bench.seeding import SeededDatabase
from tests.bench.signed import click

# The Store is slow enough that the kill finds every operation in flight.
_STORE_SECONDS: Final = 5.0
_CONNECTIONS: Final = 100
_LANES: Final = 20
_POLL: Final = 0.05


async def measure(harness: BenchHarness) -> list[Figure]:
    """Kill the bot with all operations in flight, start it again, wait for the last."""
    figures: list[Figure] = []
    for kind in harness.kinds:
        with harness.database(kind) as database:
            figures += await _crash(harness, database, kind)
    return figures


async def _crash(
    harness: BenchHarness, database: SeededDatabase, kind: str
) -> list[Figure]:
    peers, many = harness.peers, harness.amounts.crashed
    cards = database.add_cards(many)
    before, peers.store_latency = peers.store_latency, _STORE_SECONDS
    peers.forget()
    async with harness.bot(database) as (server, caller):
        await at_once(caller, [click(card) for card in cards], _LANES)
        # The bot has as many connections to the Store as aiohttp's sessions allow.
        busy = min(many, _CONNECTIONS)
        await peers.until(lambda: len(peers.seen.halts) >= busy, _STORE_SECONDS / 2)
        sent = len(peers.seen.halts)
        server.kill()
        killed = time.perf_counter()
    peers.store_latency = before
    async with harness.bot(database):
        ready = time.perf_counter()
        while database.unfinished(cards):
            await asyncio.sleep(_POLL)
        done = time.perf_counter()
    last = max(max(times) for times in peers.seen.results.values())
    submissions = [card.snapshot.ref.submission_id for card in cards]
    effects = [peers.effects[each] for each in submissions]
    posts = [len(peers.seen.results.get(card.id, ())) for card in cards]
    how = f"killed with {many} in flight, {sent} of them at the Store"
    return [
        Figure(f"recovery after kill -9, {kind}: all finished", done - killed, "s"),
        Figure("  from ready again to the last result", last - ready, "s", how=how),
        Figure("  effects doubled", sum(n > 1 for n in effects), "", 0),
        Figure("  effects missing", sum(n < 1 for n in effects), "", 0),
        Figure("  results in the thread, doubled", sum(n > 1 for n in posts), "", 0),
        Figure("  results in the thread, missing", sum(n < 1 for n in posts), "", 0),
    ]
