"""Kills at the end of a follow-up: its message is posted once all the same."""

import asyncio
import time
from dataclasses import replace
from functools import partial
from typing import Final

import pytest

from tests.durability.bot_process import FAST
from tests.durability.each_point import at_each_point
from tests.durability.fork_server import ForkServer
from tests.durability.harness import MAIL, DurabilityHarness, until
from tests.durability.kill_points import FOLLOW_UP_KILL_POINTS
from tests.durability.postgres import MakeDatabase

# Some attempts, two follow-ups, and then no more.
SHORT: Final = replace(FAST, retry_pauses=(0.02, 0.05), follow_up_pauses=(0.2, 0.2))
READ: Final = "conversations.replies"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_wherever_it_is_killed_the_end_of_a_follow_up_is_posted_once(
    kind: str, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    failed = await at_each_point(
        FOLLOW_UP_KILL_POINTS, partial(make_database, kind), fork_server, kill_at
    )

    assert not failed, failed


async def kill_at(point: str, harness: DurabilityHarness) -> None:
    bot = await harness.started(timing=SHORT, point=point)
    harness.sandbox.store.arm("halt", "504_after_effect")
    request_id = await harness.ask(f"halt {MAIL}")
    harness.sandbox.store.arm("read", "503", -1)

    def read_since_then() -> bool:
        return any(call.at > killed for call in harness.sandbox.slack.calls(READ))

    await harness.press(request_id)
    await bot.gone()
    killed = time.time()
    await harness.started(timing=SHORT)
    # The thread is read first; a second message would come at once.
    await until(lambda: "given_up" in harness.posted(request_id))
    await until(read_since_then)
    await asyncio.sleep(0.3)

    posted = harness.posted(request_id)
    assert posted == ["result:unknown", "given_up"], posted
    assert len(harness.effects()) == 1
