"""Frozen replicas: their work is taken over, and they do no harm when they wake."""

import asyncio
import signal
from functools import partial
from typing import Final

import pytest

from bot.domain.verbs import Verb
from bot.service.executor import MAX_PAUSE_BEFORE_WRITE
from tests.durability.bot_process import BUSY, BUSY_SECONDS, FAST, HANGS
from tests.durability.each_point import at_each_point, one_after_another
from tests.durability.fork_server import BotProcess, ForkServer
from tests.durability.harness import DurabilityHarness, open_harness, until
from tests.durability.kill_points import APPROVE_KILL_POINTS, KILL_POINTS, points_on
from tests.durability.peer_kill_points import (
    COMMANDS,
    PEER_KILL_POINTS,
    after_the_effect,
    command,
    kill_points,
)
from tests.durability.postgres import MakeDatabase

# Between the last read of the database and the call to Slack nothing can be checked:
# a replica that freezes there, and only there, posts again what was posted meanwhile.
WINDOW: Final = {"before the message"}


@pytest.mark.parametrize("verb", [Verb.HALT, Verb.SET])
async def test_a_frozen_replica_is_taken_over_and_does_nothing_twice_when_it_wakes(
    verb: Verb, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    failed = await one_after_another(
        kill_points(verb, "postgresql"),
        partial(make_database, "postgresql"),
        fork_server,
        partial(freeze_at, verb),
    )

    assert not failed, failed


async def freeze_at(verb: Verb, point: str, harness: DurabilityHarness) -> None:
    """Freeze one of two replicas at this point, and wake it when the work is done."""
    frozen_at_once = point if point in KILL_POINTS else None
    if harness.bots:
        # The one that woke last time is the one that freezes again.
        sleeper, _ = harness.bots
        if frozen_at_once is not None:
            await sleeper.arm(frozen_at_once, signal.SIGSTOP)
    else:
        sleeper, _ = await _two_replicas(harness, frozen_at_once)
    before = len(harness.effects())
    request_id = await harness.ask(command(verb, harness.add_apps(1)[0]))
    if point in PEER_KILL_POINTS:
        left = [sleeper]

        def freeze() -> None:
            while left:
                left.pop().send(signal.SIGSTOP)

        PEER_KILL_POINTS[point](harness, freeze)

    click = asyncio.create_task(harness.press(request_id))
    await until(lambda: sleeper.frozen)
    frozen_at = asyncio.get_running_loop().time()
    code = await harness.closed(request_id)
    took = asyncio.get_running_loop().time() - frozen_at
    await asyncio.sleep(max(0.0, MAX_PAUSE_BEFORE_WRITE + 0.3 - took))
    sleeper.send(signal.SIGCONT)
    await click
    await asyncio.sleep(1.5)

    assert sleeper.alive
    assert code == "done", code
    assert len(harness.effects()[before:]) == 1, harness.effects()[before:]
    most = 2 if point in WINDOW else 1
    assert 1 <= len(harness.posted(request_id)) <= most, harness.posted(request_id)
    assert not await harness.open_requests()
    assert "Confirmed by" in str(harness.cards()[request_id].blocks)


async def test_a_replica_that_is_frozen_while_it_approves_locks_nobody_out(
    make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    failed = await at_each_point(
        points_on("postgresql", APPROVE_KILL_POINTS),
        partial(make_database, "postgresql"),
        fork_server,
        freeze_approving,
    )

    assert not failed, failed


async def freeze_approving(point: str, harness: DurabilityHarness) -> None:
    """Freeze a replica in its approval, press on the other, and wake the first."""
    sleeper, other = await _two_replicas(harness, point)
    request_id = await harness.ask(COMMANDS[Verb.HALT])
    click = asyncio.create_task(harness.click(request_id))
    await until(lambda: sleeper.frozen)

    await harness.sandbox.slack.delivery.use_http(_url(other))
    assert await harness.click(request_id)
    code = await harness.closed(request_id)
    sleeper.send(signal.SIGCONT)
    await click
    await until(lambda: _click_ended(sleeper))

    assert code == "done", code
    assert len(harness.effects()) == 1, harness.effects()
    assert harness.posted(request_id) == ["result:done"], harness.posted(request_id)
    events = await harness.events(request_id)
    assert events == ["asked", "approved", "started", "ended"], events
    assert not await harness.open_requests()


@pytest.mark.parametrize(
    ("number", "taken_over"), [(BUSY, False), (HANGS, True)], ids=["busy", "hangs"]
)
async def test_an_event_loop_that_hangs_is_taken_over_and_one_that_is_busy_is_not(
    number: signal.Signals,
    taken_over: bool,
    make_database: MakeDatabase,
    fork_server: ForkServer,
) -> None:
    async with open_harness(make_database("postgresql"), fork_server) as harness:
        busy, other = await _two_replicas(harness, None)
        request_id = await harness.ask(COMMANDS[Verb.HALT])
        left = [number]

        def send() -> None:
            while left:
                busy.send(left.pop())

        after_the_effect(harness, send)
        click = asyncio.create_task(harness.press(request_id))
        code = await harness.closed(request_id)
        busy.kill()
        await click

    assert FAST.heartbeat_timeout < BUSY_SECONDS
    assert code == "done"
    assert len(harness.effects()) == 1
    assert ("took over" in other.log_text()) is taken_over, other.log_text()
    assert "session was ended" not in other.log_text()
    assert ("the heartbeat stops" in busy.log_text()) is taken_over


async def _two_replicas(
    harness: DurabilityHarness, point: str | None
) -> tuple[BotProcess, BotProcess]:
    """Start two; the first takes what Slack sends, and freezes at the point."""
    sleeper = await harness.started(http=True, point=point, signal=signal.SIGSTOP)
    other = await harness.started(http=True)
    await harness.sandbox.slack.delivery.use_http(_url(sleeper))
    return sleeper, other


def _url(bot: BotProcess) -> str:
    return f"http://127.0.0.1:{bot.port}/slack/events"


def _click_ended(bot: BotProcess) -> bool:
    """Return whether the bot knows that its click has decided nothing."""
    return any(end in bot.log_text() for end in ("click of", "click is not stored"))
