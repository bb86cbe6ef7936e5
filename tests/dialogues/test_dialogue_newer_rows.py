"""Rows of rules and locks of a newer version: nothing is let pass, no halt is held."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import insert, update

from bot.db.locks import LOCKS
from bot.db.request_statements import REQUESTS
from bot.db.rules import RULES
from bot.domain.rules import Rule, SecondPerson
from bot.sandbox.server import Sandbox
from bot.sandbox.store.seed import MAIL
from tests.dialogues.conversation import Conversation
from tests.dialogues.under_rules import APPROVE, ask, in_one_time, new_url
from tests.slack_users import ANN, BEN, IN_MAIL, TEAM, labels, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALWAYS = Rule(finalize=SecondPerson.YES, set=SecondPerson.YES)
STOPPED = "PackageRolloutStopped"
NEWER = '{"version": 9}'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    sandbox: Sandbox, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Conversation]:
    """The bot, in the sandbox's time."""
    url = new_url(sqlite_template, tmp_path_factory.mktemp("bot"))
    async with in_one_time(sandbox, url) as conversation:
        yield conversation


async def test_a_halt_goes_on_beside_a_card_whose_rule_is_not_readable(
    chat: Conversation,
) -> None:
    await ask(chat, ALWAYS)
    await chat.database.run(update(REQUESTS).values(rule=NEWER))
    await chat.database.run(update(RULES).values(rule=NEWER))

    await chat.say(BEN, "/rollout halt mail crash")
    await chat.press(BEN, "Halt rollout")

    assert chat.rollout(MAIL).status == STOPPED
    assert labels(chat.card()) == []
    assert "Halted" in words(chat.card())
    [told] = chat.thread()
    assert "Confirmed by <@U0BEN>" in told
    assert chat.told(BEN) == []


async def test_what_goes_forward_is_refused_where_the_rule_is_not_readable(
    chat: Conversation,
) -> None:
    await ask(chat, ALWAYS)
    await chat.database.run(update(RULES).values(rule=NEWER))

    await chat.press(BEN, APPROVE)

    assert chat.writes() == []
    assert len(chat.told(BEN)) == 1


async def test_thousands_of_locks_do_not_hold_up_a_halt(chat: Conversation) -> None:
    await ask(chat, Rule(), "/rollout halt mail crash")
    lock = {
        "workspace": TEAM,
        "account": "",
        "app_id": "",
        "flight_id": "",
        "channel": IN_MAIL,
        "reason": "freeze",
        "locked_by": ANN,
        "locked_at": chat.clock(),
        "ends_at": None,
        "weekly": NEWER,
    }
    await chat.database.run(insert(LOCKS).values([lock] * 2000))

    await chat.press(BEN, "Halt rollout")

    assert chat.rollout(MAIL).status == STOPPED
    assert chat.told(BEN) == []
    await chat.say(ANN, "/rollout finalize mail")
    assert chat.cards()[1:] == []
    assert "locked" in chat.told(ANN)[-1]
