"""A bug of ours that breaks the work off does not leave a click without its end."""

import pytest

from bot.domain.verbs import Verb
from bot.engine.diagnostics import failed_requests
from tests.durability.harness import said, scene
from tests.durability.killed_processes import Nursery
from tests.durability.places import ASKED
from tests.durability.postgres import MakeDatabase


@pytest.mark.parametrize("method", ["show_card", "post_result"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_result_that_could_not_be_shown_is_shown_later(
    kind: str, method: str, make_database: MakeDatabase, nursery: Nursery
) -> None:
    async with scene(make_database(kind), nursery) as stage:
        bot = await stage.started(bug=[method, 1])
        request_id = await stage.ask(ASKED[Verb.HALT])

        await stage.click(request_id)
        code = await stage.closed(request_id)

        assert code == "done", said(stage.bots)
        assert len(stage.effects()) == 1
        assert stage.told(request_id) == ["result:done"]
        card = str(stage.cards()[request_id].blocks)
        assert "Details are in the thread" in card
        assert "workflow failed" in bot.said()
        assert await failed_requests(stage.database_url) == {request_id}
