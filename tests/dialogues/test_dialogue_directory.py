"""Slack tells the whole bot of a change of people, whichever way it reaches the bot."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.sandbox.store.seed import MAIL
from tests.dialogues.conversation import HTTP, SOCKET, Conversation
from tests.slack_users import BEN, GIL, IN_GAMES, TEAM, texts

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("way", [SOCKET, HTTP], indirect=True, scope="module"),
]

FABRIKAM, ORGANISATION = "T0FABRIKAM", "E0CONTOSO"


@pytest_asyncio.fixture(loop_scope="module")
async def grid(chat: Conversation) -> AsyncIterator[None]:
    """Make the workspace one of Enterprise Grid, and Gil's one of another company."""
    teams = chat.slack.workspace.directory.teams
    before = dict(teams)
    teams[TEAM] = replace(teams[TEAM], organisation=ORGANISATION)
    await chat.bot.identity.learn()
    yield
    teams |= before
    await chat.bot.identity.learn()


@pytest.mark.usefixtures("grid")
async def test_who_comes_into_the_organisation_is_a_colleague_at_once(
    chat: Conversation,
) -> None:
    teams = chat.slack.workspace.directory.teams
    await chat.say(BEN, f"/rollout alias add mail {MAIL}", IN_GAMES)
    await chat.say(GIL, "@Rollout finalize mail", IN_GAMES)
    assert "Only members" in chat.told(GIL, IN_GAMES)[-1]

    teams[FABRIKAM] = replace(teams[FABRIKAM], organisation=ORGANISATION)
    await chat.say(GIL, "@Rollout finalize mail", IN_GAMES)
    assert "Only members" in chat.told(GIL, IN_GAMES)[-1]
    assert chat.cards(IN_GAMES) == []

    chat.slack.directory_actions.change_person(GIL, admin=True)
    await chat.slack.settle()
    await chat.say(GIL, "@Rollout finalize mail", IN_GAMES)

    assert "Finalize rollout? Contoso Mail" in texts(chat.card(IN_GAMES))


async def test_without_a_rule_nobody_is_looked_up(chat: Conversation) -> None:
    await chat.say(BEN, f"/rollout alias add mail {MAIL}")
    before = len(chat.slack.calls())
    await chat.say(BEN, "/rollout finalize mail")
    await chat.press(BEN, "Finalize rollout")

    called = {call.method for call in chat.slack.calls()[before:]}
    assert not called & {
        "conversations.members",
        "usergroups.list",
        "usergroups.users.list",
        "users.info",
    }
