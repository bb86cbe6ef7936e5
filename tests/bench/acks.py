"""Time to the ack of a command and of a click, compared with a bare Bolt app."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from tests.bench.caller import Caller, Sent, at_once, one_at_a_time, steadily
from tests.bench.figures import Figure, median, milliseconds, percentile
from tests.bench.harness import BenchHarness
from tests.bench.processes import Server
from tests.bench.seeding import SeededDatabase
from tests.bench.signed import click, command

_APPS: Final = count(1)

_PER_SECOND: Final = 50
_LANES: Final = 50
_PAUSE: Final = 0.02

_SHARE_OF_BARE: Final = 0.4
_P99_LIMIT: Final = 25.0
_MOST_LIMIT: Final = 1000.0

Rest = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Acks:
    """The seconds of one server's acks: one at a time, and at a steady timing."""

    singly: Sequence[float]
    steady: Sequence[float]


def next_halt() -> str:
    """Return the text of a halt of another app: a second one would get no card."""
    return f"halt 9NBENCH{next(_APPS):05d} crash on start"


async def commands(harness: BenchHarness) -> list[Figure]:
    """Measure the ack of `/rollout halt`: first bare Bolt's and then the bot's."""
    bare: list[Acks] = []
    ours: list[Acks] = []
    most: list[tuple[float, float]] = []
    cards: list[tuple[int, float]] = []
    for _ in range(harness.amounts.repeats):
        async with harness.bare() as (_, caller):
            bare.append(await _command_acks(harness, caller, _rest))
            bare_most = await _most(harness, caller)
        with harness.database("sqlite") as database:
            async with harness.bot(database) as (server, caller):
                await _warm_up(harness, caller)
                ours.append(await _command_acks(harness, caller, _until_card(harness)))
                await until_quiet(server)
                harness.peers.forget()
                most.append((bare_most, await _most(harness, caller)))
                cards.append(await _cards_per_second(harness))
    figures = _compare("ack of /rollout halt", bare, ours)
    ours_most = median(o for _, o in most)
    how = f"bare Bolt {median(b for b, _ in most):,.0f}/s; {_LANES} in flight"
    posted = f"{min(n for n, _ in cards):,} of {harness.amounts.burst:,} in that burst"
    return [
        *figures,
        Figure("acked commands on one core", ours_most, "/s", _MOST_LIMIT, True, how),
        Figure("  their cards posted", median(r for _, r in cards), "/s", how=posted),
    ]


async def clicks(harness: BenchHarness) -> list[Figure]:
    """Measure the ack of a click, which claims the request in the database."""
    figures: list[Figure] = []
    for kind in harness.kinds:
        bare: list[Acks] = []
        ours: list[Acks] = []
        for _ in range(harness.amounts.repeats):
            with harness.database(kind) as database:
                async with harness.bare() as (_, caller):
                    bare.append(await _click_acks(harness, database, caller, None))
                async with harness.bot(database) as (server, caller):
                    await _warm_up(harness, caller)
                    ours.append(await _click_acks(harness, database, caller, server))
        figures += _compare(f"ack of a click, {kind}", bare, ours)
    return figures


async def _command_acks(harness: BenchHarness, caller: Caller, rest: Rest) -> Acks:
    singles, steady = (
        harness.amounts.singles,
        harness.amounts.steady_seconds * _PER_SECOND,
    )
    harness.peers.forget()
    singly = await one_at_a_time(caller, _commands(singles), rest)
    paced = await steadily(caller, _commands(steady), _PER_SECOND)
    return Acks(_seconds(singly), _seconds(paced))


async def _click_acks(
    harness: BenchHarness,
    database: SeededDatabase,
    caller: Caller,
    server: Server | None,
) -> Acks:
    singles, steady = (
        harness.amounts.singles,
        harness.amounts.steady_seconds * _PER_SECOND,
    )
    first = [click(request) for request in database.add_cards(singles)]
    harness.peers.forget()
    rest = _until_posted(harness) if server else _rest
    singly = await one_at_a_time(caller, first, rest)
    if server is not None:
        await until_quiet(server)
    second = [click(request) for request in database.add_cards(steady)]
    harness.peers.forget()
    paced = await steadily(caller, second, _PER_SECOND)
    if server is not None:
        # Clicks that could not be stored in time have their ack, and no result.
        await harness.peers.until(lambda: len(harness.peers.seen.results) == steady, 30)
    return Acks(_seconds(singly), _seconds(paced))


async def _most(harness: BenchHarness, caller: Caller) -> float:
    sent, seconds = await at_once(caller, _commands(harness.amounts.burst), _LANES)
    return len(sent) / seconds


async def _cards_per_second(harness: BenchHarness) -> tuple[int, float]:
    """Return how many cards of the burst appeared, and how many a second."""
    seen, many = harness.peers.seen, harness.amounts.burst
    await harness.peers.cards_posted(many)
    times = sorted(seen.cards.values())
    return len(times), (len(times) - 1) / (times[-1] - times[0])


def _compare(name: str, bare: Sequence[Acks], ours: Sequence[Acks]) -> list[Figure]:
    """Return the medians of the runs; the ratio is taken within each run."""
    singly = [milliseconds(acks.singly) for acks in ours]
    steady = [milliseconds(acks.steady) for acks in ours]
    bare_singly = [milliseconds(acks.singly) for acks in bare]
    bare_steady = [milliseconds(acks.steady) for acks in bare]

    def middle(runs: Sequence[Sequence[float]], share: float) -> float:
        return median(percentile(run, share) for run in runs)

    ratio = median(
        percentile(mine, 0.5) / percentile(other, 0.5)
        for mine, other in zip(singly, bare_singly, strict=True)
    )
    alone = f"bare Bolt {middle(bare_singly, 0.5):.1f} ms; one at a time"
    paced = f"bare Bolt {middle(bare_steady, 0.99):.1f} ms; the work goes on meanwhile"
    last = f"bare Bolt {middle(bare_singly, 0.99):.1f} ms; one at a time"
    at = f"at {_PER_SECOND}/s"
    return [
        Figure(f"{name}, p50", middle(singly, 0.5), "ms", how=alone),
        Figure("  of bare Bolt's", ratio, "", _SHARE_OF_BARE, how="the same run"),
        Figure("  p99", middle(singly, 0.99), "ms", how=last),
        Figure(f"  p50 {at}", middle(steady, 0.5), "ms"),
        Figure(f"  p99 {at}", middle(steady, 0.99), "ms", _P99_LIMIT, how=paced),
    ]


async def _warm_up(harness: BenchHarness, caller: Caller) -> None:
    """Have a token and the connections, as a bot has that runs for a minute."""
    harness.peers.forget()
    for number in range(5):
        await caller.send(command(next_halt()))
        await harness.peers.cards_posted(number + 1)
    await _rest(0)


async def until_quiet(server: Server) -> None:
    """Wait until the bot uses next to no processor time."""
    while True:
        before = server.cpu_seconds
        await asyncio.sleep(0.25)
        if server.cpu_seconds - before <= 0.02:
            return


async def _rest(_: int) -> None:
    await asyncio.sleep(_PAUSE)


def _until_card(harness: BenchHarness) -> Rest:
    async def rest(place: int) -> None:
        await harness.peers.cards_posted(place + 1)
        await _rest(place)

    return rest


def _until_posted(harness: BenchHarness) -> Rest:
    async def rest(place: int) -> None:
        await harness.peers.until(lambda: len(harness.peers.seen.results) > place)
        await _rest(place)

    return rest


def _commands(many: int) -> list[bytes]:
    return [command(next_halt()) for _ in range(many)]


def _seconds(sent: Sequence[Sent]) -> list[float]:
    return [each.seconds for each in sent]
