"""Bugs of ours: a workflow that breaks off does not leave a click without its end."""

import pytest

from bot.domain.verbs import Verb
from bot.engine.diagnostics import failed_requests
from tests.durability.fork_server import ForkServer
from tests.durability.harness import logs_of, open_harness
from tests.durability.peer_kill_points import COMMANDS
from tests.durability.postgres import MakeDatabase


@pytest.mark.parametrize("method", ["update_card", "post_result"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_result_that_could_not_be_shown_is_shown_later(
    kind: str, method: str, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    async with open_harness(make_database(kind), fork_server) as harness:
        bot = await harness.started(bug=[method, 1])
        request_id = await harness.ask(COMMANDS[Verb.HALT])

        await harness.press(request_id)
        code = await harness.closed(request_id)

        assert code == "done", logs_of(harness.bots)
        assert len(harness.effects()) == 1
        assert harness.posted(request_id) == ["result:done"]
        card = str(harness.cards()[request_id].blocks)
        assert "Confirmed by" in card
        assert "workflow failed" in bot.log_text()
        assert await failed_requests(harness.database_url) == {request_id}
