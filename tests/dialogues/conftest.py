"""Fixtures: a sandbox and the whole bot in it, one for each module, fresh each test.

dbos allows one bot in a process at a time, and starting one takes a second: the bot of
a module goes on, and what it, its Slack and its Store remember is taken away.
"""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.engine import EngineTiming
from bot.sandbox.server import Sandbox
from bot.slack.messages.translator import Translator, Translators
from bot.store import StoreTimeouts
from tests.dialogues.conversation import (
    DONE_WITHIN,
    FAST,
    SOCKET,
    STORE_LIMIT,
    Conversation,
    conversing,
    open_sandbox,
)
from tests.engine.harness import HURRIED
from tests.slack_users import Clock
from tests.translators import ENGLISH


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox on a free port, whose certificate this process trusts."""
    with pytest.MonkeyPatch.context() as patch:
        running = await open_sandbox()
        patch.setenv("REQUESTS_CA_BUNDLE", str(running.ca_file))
        yield running
        await running.stop()


@pytest.fixture(scope="module")
def way(request: pytest.FixtureRequest) -> str:
    """How Slack reaches the bot: Socket Mode, unless a module asks for HTTP."""
    return str(getattr(request, "param", SOCKET))


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """How long the bot waits between two tries, where a module does not say."""
    return FAST


@pytest.fixture(scope="module")
def patience() -> StoreTimeouts:
    """How long the bot waits for the Store, where a module does not say."""
    return HURRIED


@pytest.fixture(scope="module")
def store_limit() -> str:
    """How many requests a minute the Store takes, where a module does not say."""
    return STORE_LIMIT


@pytest.fixture(scope="module")
def notice_after() -> float:
    """Seconds after which an asker is told what is waited for."""
    return DONE_WITHIN


@pytest.fixture(scope="module")
def translator() -> Translator:
    """The language of the bot, where a module does not say."""
    return ENGLISH


@pytest.fixture(scope="module")
def translators(translator: Translator) -> Translators:
    """The languages of the bot: that one, whoever reads it."""
    return Translators(translator, folder=None)


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The bot's clock, which goes ahead of Slack's and the Store's where it is moved.

    A module about ramps has them share one: no step is sent by a clock that is wrong.
    """
    return Clock()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    *,
    sandbox: Sandbox,
    clock: Clock,
    way: str,
    timing: EngineTiming,
    translators: Translators,
    patience: StoreTimeouts,
    store_limit: str,
    notice_after: float,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Conversation]:
    """The bot, for as long as the module's tests run."""
    folder = tmp_path_factory.mktemp("bot")
    path = shutil.copy(sqlite_template, folder / "rollout.db")
    url = f"sqlite:///{path}"
    async with conversing(
        sandbox,
        way,
        url,
        engine_timing=timing,
        patience=patience,
        translators=translators,
        store_limit=store_limit,
        notice_after=notice_after,
        clock=clock,
    ) as conversation:
        yield conversation


@pytest_asyncio.fixture(loop_scope="module")
async def chat(running: Conversation) -> AsyncIterator[Conversation]:
    """The bot in a Slack without messages, with the seeded Store and no memory."""
    await running.start_over()
    yield running
    await running.quiet()
