"""Enterprise Grid under a rule: a colleague elsewhere in it may, an outsider may not.

A click names one workspace of the presser, which need not be the bot's:
https://github.com/slackapi/bolt-js/issues/1875
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.domain.rules import Rule, SecondPerson
from bot.sandbox.server import Sandbox
from bot.sandbox.slack.directory import Person, Team
from bot.sandbox.store.seed import MAIL
from bot.slack.ids import REASON_BLOCK
from tests.dialogues.conversation import Conversation
from tests.dialogues.under_rules import (
    APPROVE,
    FINALIZE,
    MANAGERS,
    agree,
    in_one_time,
    new_url,
)
from tests.slack_users import ANN, BEN, IN_GAMES, TEAM, texts

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORGANISATION, OTHERS = "E0CONTOSO", "E0OTHERS"
# A colleague in another workspace of the organisation, and somebody of another one.
LEE, MAX = "U0LEE", "U0MAX"
LABS, FOREIGN = "T0LABS", "T0FOREIGN"
ALWAYS = Rule(finalize=SecondPerson.YES)
COMPLETE = "PackageRolloutComplete"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    sandbox: Sandbox, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Conversation]:
    """The bot, in the sandbox's time."""
    url = new_url(sqlite_template, tmp_path_factory.mktemp("bot"))
    async with in_one_time(sandbox, url) as conversation:
        yield conversation


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def grid(chat: Conversation) -> AsyncIterator[None]:
    """Make the workspace one of Enterprise Grid, with Lee and Max in a channel."""
    directory = chat.slack.workspace.directory
    teams, people = dict(directory.teams), dict(directory.people)
    directory.teams[TEAM] = replace(directory.home, organisation=ORGANISATION)
    directory.teams[LABS] = Team(LABS, "Labs", "labs", ORGANISATION)
    directory.teams[FOREIGN] = Team(FOREIGN, "Foreign", "foreign", OTHERS)
    directory.people[LEE] = Person(LEE, "lee", "Lee Park", LABS, "en-US", "Asia/Seoul")
    directory.people[MAX] = Person(MAX, "max", "Max Roe", FOREIGN, "en-US", "UTC")
    for who in (LEE, MAX):
        directory.channels[IN_GAMES].members.add(who)
    await chat.bot.identity.learn()
    yield
    for who in (LEE, MAX):
        directory.channels[IN_GAMES].members.discard(who)
    directory.teams.clear()
    directory.teams.update(teams)
    directory.people.clear()
    directory.people.update(people)
    await chat.bot.identity.learn()


async def asked(chat: Conversation, rule: Rule, who: str = ANN) -> None:
    """Let somebody ask for a finalize in the shared channel, under a rule."""
    await chat.say(ANN, f"/rollout alias add mail {MAIL}", IN_GAMES)
    await agree(chat, rule)
    text = FINALIZE if who != LEE else "@Rollout finalize mail all is well"
    await chat.say(who, text, IN_GAMES)


async def test_a_colleague_of_another_workspace_is_the_second_person(
    chat: Conversation,
) -> None:
    await asked(chat, ALWAYS)

    await chat.press(LEE, APPROVE, IN_GAMES)

    assert chat.rollout(MAIL).status == COMPLETE
    assert (await chat.ending(IN_GAMES)).decided_by == LEE


async def test_a_person_of_another_organisation_is_not(chat: Conversation) -> None:
    await asked(chat, ALWAYS)

    await chat.press(MAX, APPROVE, IN_GAMES)

    assert "Only members" in chat.told(MAX, IN_GAMES)[-1]
    assert chat.writes() == []


async def test_an_asker_of_another_workspace_is_the_same_person_everywhere(
    chat: Conversation,
) -> None:
    await asked(chat, ALWAYS, LEE)
    assert "Asked by" in texts(chat.card(IN_GAMES))

    await chat.press(LEE, APPROVE, IN_GAMES)
    # Lee has come into the bot's own workspace: the click names that one now.
    people = chat.slack.workspace.directory.people
    people[LEE] = replace(people[LEE], team_id=TEAM)
    await chat.press(LEE, APPROVE, IN_GAMES)

    told = chat.told(LEE, IN_GAMES)
    assert [each for each in told if "asked for this yourself" in each] == told[-2:]
    assert chat.writes() == []
    await chat.press(BEN, APPROVE, IN_GAMES)
    assert chat.rollout(MAIL).status == COMPLETE


async def test_a_colleague_in_the_group_that_a_rule_names_may_confirm(
    chat: Conversation,
) -> None:
    listed = Rule(groups=(MANAGERS,), finalize=SecondPerson.YES)
    await asked(chat, listed)

    await chat.press(LEE, APPROVE, IN_GAMES)
    assert "you are not among those" in chat.told(LEE, IN_GAMES)[-1]
    assert chat.writes() == []

    chat.slack.directory_actions.change_group_member(MANAGERS, LEE, member=True)
    await chat.slack.settle()
    await chat.press(LEE, APPROVE, IN_GAMES)
    assert chat.rollout(MAIL).status == COMPLETE


async def test_a_colleague_alone_says_why_in_the_form(chat: Conversation) -> None:
    await asked(chat, Rule(finalize=SecondPerson.ALONE_AFTER_10_MINUTES), LEE)
    chat.clock.forward(10.1)

    await chat.press(LEE, APPROVE, IN_GAMES)
    assert await chat.slack.submit(LEE, **{REASON_BLOCK: "\u2800"}) != {}
    assert chat.writes() == []
    assert await chat.slack.submit(LEE, **{REASON_BLOCK: "nobody is here"}) == {}
    await chat.quiet()

    assert chat.rollout(MAIL).status == COMPLETE
    assert (await chat.ending(IN_GAMES)).alone_reason == "nobody is here"
