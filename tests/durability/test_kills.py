"""A bot that is killed anywhere leaves one effect, the right outcome, one message."""

from functools import partial

import pytest

from bot.domain.results import Done
from bot.domain.rollout import achieved
from bot.domain.verbs import Verb
from tests.durability.bot_process import POINTS
from tests.durability.everywhere import everywhere
from tests.durability.harness import Scene, until
from tests.durability.killed_processes import Nursery
from tests.durability.places import ASKED, TRAPS, has_buttons, places
from tests.durability.postgres import MakeDatabase


@pytest.mark.parametrize("verb", [Verb.HALT, Verb.FINALIZE, Verb.SET])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_wherever_the_bot_is_killed_the_click_ends_in_one_effect_and_one_message(
    kind: str, verb: Verb, make_database: MakeDatabase, nursery: Nursery
) -> None:
    failed = await everywhere(
        places(verb), partial(make_database, kind), nursery, partial(kill_at, verb)
    )

    assert not failed, failed


async def kill_at(verb: Verb, place: str, stage: Scene) -> None:
    """Let a bot die at this place, start another, and look at what it makes of it."""
    bot = await stage.started(point=place if place in POINTS else None)
    request_id = await stage.ask(ASKED[verb])
    if place in TRAPS:
        TRAPS[place](stage, bot.kill)

    await stage.click(request_id)
    await bot.gone()
    await stage.started()
    code = await stage.closed(request_id)

    result = (await stage.request(request_id)).result
    assert code == "done", code
    assert isinstance(result, Done)
    assert achieved(result.after, (await stage.request(request_id)).change)
    assert len(stage.effects()) == 1, stage.effects()
    assert stage.told(request_id) == ["result:done"], stage.told(request_id)
    card = stage.cards()[request_id]
    await until(lambda: not has_buttons(card.blocks or []))
    assert "Details are in the thread" in str(card.blocks), card.blocks
