"""What a halt's press costs: as many statements and calls whatever is agreed on."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Connection, Engine, event, text

from bot.db.request_statements import OPEN_UNDER_RULE
from bot.domain.requests import EndReason
from bot.domain.rules import NO_RULE, Rule, SecondPerson
from bot.sandbox.server import Sandbox
from tests.dialogues.conversation import FAST, Conversation
from tests.dialogues.under_rules import FINALIZE, ask, in_one_time, new_url
from tests.slack_users import ANN, BEN

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRICTEST = Rule(
    groups=("S0EMPTY",),
    finalize=SecondPerson.YES,
    set=SecondPerson.YES,
    reason_required=True,
)
HALT = "/rollout halt mail crash on start"
LOOKUPS = (
    "conversations.members",
    "users.conversations",
    "usergroups.list",
    "usergroups.users.list",
    "users.info",
)
PROBE = text("SELECT 1")
# Read, claim, and count the attempt: the Store is called after that.
UNTIL_THE_POST = [
    "requests",
    "BEGIN IMMEDIATE",
    "UPDATE requests",
    "INSERT INTO approvals",
    "INSERT INTO events",
    "INSERT INTO operations",
    # The claim of a halt ends the ramp of its rollout.
    "UPDATE plans",
    "COMMIT",
    "BEGIN IMMEDIATE",
    "UPDATE operations",
    "INSERT INTO events",
    "COMMIT",
]
SUBJECT = re.compile(r"^(?:UPDATE|INSERT INTO) \w+|(?<=\nFROM )requests")
OVERTAKEN = str(OPEN_UNDER_RULE).splitlines()[0]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    sandbox: Sandbox, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Conversation]:
    """The bot without its sweeps: every statement is one of what people do."""
    url = new_url(sqlite_template, tmp_path_factory.mktemp("bot"))
    timing = replace(FAST, sweep_interval=3600)
    async with in_one_time(sandbox, url, timing) as conversation:
        yield conversation


@asynccontextmanager
async def statements(chat: Conversation) -> AsyncIterator[list[str]]:
    """Collect the bot's statements but those of the engine and of the test itself."""
    found: list[tuple[Engine, str]] = []

    def record(connection: Connection, _: object, words: str, *__: object) -> None:
        found.append((connection.engine, words))

    event.listen(Engine, "before_cursor_execute", record)
    try:
        await chat.database.run(PROBE)
        [(ours, _)] = [one for one in found if one[1] == str(PROBE)]
        kept: list[str] = []
        yield kept
    finally:
        event.remove(Engine, "before_cursor_execute", record)
    kept += [
        words
        for engine, words in found
        if engine is not ours and engine.url.database == ours.url.database
    ]


@asynccontextmanager
async def silent_directory(chat: Conversation) -> AsyncIterator[None]:
    """Let Slack say nothing of people, groups and channels."""
    faults = chat.slack.workspace.faults
    for method in LOOKUPS:
        faults.arm(method, "internal_error", times=1000)
    yield
    faults.clear()


async def halt(chat: Conversation) -> tuple[list[str], list[str]]:
    """Press a halt; return the bot's statements, and the methods of Slack it called."""
    before = len(chat.slack.calls())
    async with statements(chat) as found:
        await chat.press(BEN, "Halt rollout")
    return found, [call.method for call in chat.slack.calls()[before:]]


def until_the_post(found: list[str]) -> list[str]:
    """Return what is done to which table, until the Store may be called."""
    short = [" ".join(SUBJECT.findall(words)[:1] or [words]) for words in found]
    return short[: len(UNTIL_THE_POST)]


@pytest.mark.parametrize("strict", [False, True])
async def test_a_halt_costs_the_same_whatever_is_agreed_on(
    chat: Conversation, strict: bool
) -> None:
    if strict:
        await chat.say(ANN, "/rollout lock all freeze")
    await ask(chat, STRICTEST if strict else NO_RULE, HALT)

    async with silent_directory(chat):
        found, called = await halt(chat)

    assert until_the_post(found) == UNTIL_THE_POST
    assert not [words for words in found if words.startswith(OVERTAKEN)]
    assert not {*called} & {*LOOKUPS}
    assert len(chat.writes()) == 1


async def test_a_halt_asks_what_it_overtakes_where_something_waits(
    chat: Conversation,
) -> None:
    await ask(chat, STRICTEST, FINALIZE)
    waits = (await chat.ending()).id
    await chat.say(ANN, HALT)

    found, _ = await halt(chat)

    assert [words for words in found if words.startswith(OVERTAKEN)]
    ended = await chat.repositories.requests.get_request(waits)
    assert ended is not None
    assert ended.end_reason is EndReason.OVERTAKEN
