"""How long it is from a click to the Store's request, and what else is asked before."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from bot.domain.requests import Request
from tests.bench.caller import Caller
from tests.bench.figures import Figure, median, milliseconds, percentile
from tests.bench.harness import Stage
from tests.bench.signed import click

_LIMIT: Final = 25.0
_PAUSE: Final = 0.02


@dataclass(slots=True)
class Ways:
    """What was seen of some clicks on their way, one entry for each."""

    seconds: list[float] = field(default_factory=list)
    store: list[int] = field(default_factory=list)
    slack: list[int] = field(default_factory=list)


async def measure(stage: Stage) -> list[Figure]:
    """Press one card after the other, each once the one before is told."""
    figures: list[Figure] = []
    for kind in stage.kinds:
        runs: list[Ways] = []
        for _ in range(stage.amounts.repeats):
            with stage.stock(kind) as stock:
                async with stage.bot(stock) as (_, caller):
                    requests = stock.add_cards(stage.amounts.singles + 3)
                    await press(stage, caller, requests[:3])
                    runs.append(await press(stage, caller, requests[3:]))
        times = [milliseconds(run.seconds) for run in runs]
        store = median(count for run in runs for count in run.store)
        slack = median(count for run in runs for count in run.slack)
        figures += [
            Figure(
                f"click to the Store's POST, {kind}, p50",
                median(percentile(run, 0.5) for run in times),
                "ms",
                _LIMIT,
                how="our own time: from the click sent to the POST arriving",
            ),
            Figure(
                "  p99", median(percentile(run, 0.99) for run in times), "ms", _LIMIT
            ),
            Figure("  requests to the Store, the POST included", store, "", 1),
            Figure(
                "  requests to Slack until then",
                slack,
                "",
                how="the card's buttons go at the same time",
            ),
        ]
    return figures


async def press(stage: Stage, caller: Caller, requests: list[Request]) -> Ways:
    """Press each card and wait for its result."""
    ways = Ways()
    peers = stage.peers
    for request in requests:
        peers.forget()
        submission = request.snapshot.ref.submission_id
        sent = await caller.send(click(request))
        if not await peers.told(request.id):
            raise TimeoutError(f"{request.id} has no result")
        (arrived,) = peers.seen.halts[submission]
        ways.seconds.append(arrived - sent.at)
        ways.store.append(sum(at <= arrived for at, *_ in peers.seen.store))
        ways.slack.append(sum(at <= arrived for at, _ in peers.seen.slack))
        await asyncio.sleep(_PAUSE)
    return ways
