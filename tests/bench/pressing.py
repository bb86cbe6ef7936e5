"""Time from a click to the Store's POST, and the requests that come before it."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from bot.domain.requests import Request
from tests.bench.caller import Caller
from tests.bench.figures import Figure, median, milliseconds, percentile
from tests.bench.harness import BenchHarness
from tests.bench.signed import click

_LIMIT: Final = 25.0
_PAUSE: Final = 0.02


@dataclass(slots=True)
class ClickTimes:
    """What was measured of some clicks, one entry for each."""

    acks: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    store: list[int] = field(default_factory=list)
    slack: list[int] = field(default_factory=list)


async def measure(harness: BenchHarness) -> list[Figure]:
    """Press one card after the other, each once the one before has its result."""
    figures: list[Figure] = []
    for kind in harness.kinds:
        runs: list[ClickTimes] = []
        for _ in range(harness.amounts.repeats):
            with harness.database(kind) as database:
                async with harness.bot(database) as (_, caller):
                    requests = database.add_cards(harness.amounts.singles + 3)
                    await press(harness, caller, requests[:3])
                    runs.append(await press(harness, caller, requests[3:]))
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


async def press(
    harness: BenchHarness, caller: Caller, requests: list[Request]
) -> ClickTimes:
    """Press each card and wait for its result."""
    times = ClickTimes()
    peers = harness.peers
    for request in requests:
        peers.forget()
        submission = request.snapshot.ref.submission_id
        sent = await caller.send(click(request))
        if not await peers.result_posted(request.id):
            raise TimeoutError(f"{request.id} has no result")
        (arrived,) = peers.seen.halts[submission]
        times.acks.append(sent.seconds)
        times.seconds.append(arrived - sent.at)
        times.store.append(sum(at <= arrived for at, *_ in peers.seen.store))
        times.slack.append(sum(at <= arrived for at, _ in peers.seen.slack))
        await asyncio.sleep(_PAUSE)
    return times
