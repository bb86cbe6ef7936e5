"""A replica that stands still is taken over, and does no harm when it wakes."""

import asyncio
import signal
from functools import partial
from typing import Final

import pytest

from bot.domain.verbs import Verb
from bot.service.executor import MAX_PAUSE_BEFORE_WRITE
from tests.durability.bot_process import POINTS
from tests.durability.everywhere import everywhere
from tests.durability.harness import Scene, until
from tests.durability.killed_processes import Nursery
from tests.durability.places import ASKED, TRAPS, places
from tests.durability.postgres import MakeDatabase

# Between the last look at the database and the call to Slack nothing can be checked:
# a replica that freezes there, and only there, says again what was said meanwhile.
WINDOW: Final = {"before the message"}


@pytest.mark.parametrize("verb", [Verb.HALT, Verb.SET])
async def test_a_frozen_replica_is_taken_over_and_does_nothing_twice_when_it_wakes(
    verb: Verb, make_database: MakeDatabase, nursery: Nursery
) -> None:
    failed = await everywhere(
        places(verb),
        partial(make_database, "postgresql"),
        nursery,
        partial(freeze_at, verb),
    )

    assert not failed, failed


async def freeze_at(verb: Verb, place: str, stage: Scene) -> None:
    """Freeze one of two replicas at this place, and wake it when the work is done."""
    sleeper = await stage.started(
        http=True, point=place if place in POINTS else None, signal=signal.SIGSTOP
    )
    await stage.started(http=True)
    url = f"http://127.0.0.1:{sleeper.port}/slack/events"
    await stage.sandbox.slack.delivery.use_http(url)
    request_id = await stage.ask(ASKED[verb])
    if place in TRAPS:
        awake = [sleeper]

        def freeze() -> None:
            while awake:
                awake.pop().send(signal.SIGSTOP)

        TRAPS[place](stage, freeze)

    click = asyncio.create_task(stage.click(request_id))
    await until(lambda: sleeper.frozen)
    frozen_at = asyncio.get_running_loop().time()
    code = await stage.closed(request_id)
    took = asyncio.get_running_loop().time() - frozen_at
    await asyncio.sleep(max(0.0, MAX_PAUSE_BEFORE_WRITE + 0.3 - took))
    sleeper.send(signal.SIGCONT)
    await click
    await asyncio.sleep(1.5)

    assert sleeper.alive
    assert code == "done", code
    assert len(stage.effects()) == 1, stage.effects()
    most = 2 if place in WINDOW else 1
    assert 1 <= len(stage.told(request_id)) <= most, stage.told(request_id)
    assert not await stage.open_requests()
    assert "Details are in the thread" in str(stage.cards()[request_id].blocks)
