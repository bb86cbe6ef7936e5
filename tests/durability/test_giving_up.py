"""A bot that dies while it tells that it stops looking has told so once in the end."""

import asyncio
import time
from dataclasses import replace
from functools import partial
from typing import Final

import pytest

from tests.durability.bot_process import FAST, LATER
from tests.durability.everywhere import everywhere
from tests.durability.harness import MAIL, Scene, until
from tests.durability.killed_processes import Nursery
from tests.durability.postgres import MakeDatabase

# Some looks, two follow-ups, and then no more.
SHORT: Final = replace(FAST, retry_pauses=(0.02, 0.05), follow_up_pauses=(0.2, 0.2))
READ: Final = "conversations.replies"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_that_nobody_looks_any_more_is_told_once_whenever_the_bot_dies(
    kind: str, make_database: MakeDatabase, nursery: Nursery
) -> None:
    failed = await everywhere(LATER, partial(make_database, kind), nursery, kill_at)

    assert not failed, failed


async def kill_at(place: str, stage: Scene) -> None:
    bot = await stage.started(engine_timing=SHORT, point=place)
    stage.sandbox.store.arm("halt", "504_after_effect")
    request_id = await stage.ask(f"halt {MAIL}")
    stage.sandbox.store.arm("read", "503", -1)

    def looked_since_then() -> bool:
        return any(call.at > killed for call in stage.sandbox.slack.calls(READ))

    await stage.click(request_id)
    await bot.gone()
    killed = time.time()
    await stage.started(engine_timing=SHORT)
    # The thread is read first; a second message would come at once.
    await until(lambda: "given_up" in stage.told(request_id))
    await until(looked_since_then)
    await asyncio.sleep(0.3)

    told = stage.told(request_id)
    assert told == ["result:unknown", "given_up"], told
    assert len(stage.effects()) == 1
