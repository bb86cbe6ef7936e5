"""Fixtures: the sandbox page with the whole bot behind it, one bot for each module.

The browser lives on the session's event loop, and so must all that a page talks to.
"""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.engine import EngineTiming
from bot.sandbox.server import Sandbox
from bot.slack.messages.translator import Translators
from tests.browser_fixtures import browser, free_pages, open_page
from tests.dialogues.conversation import (
    FAST,
    SOCKET,
    Conversation,
    conversing,
    open_sandbox,
)
from tests.dialogues.shared_clock import SharedClock
from tests.translators import IN_ENGLISH_ALONE

__all__ = ["browser", "chat", "free_pages", "open_page", "running", "sandbox"]


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """How long the bot waits between two tries, where a module does not say."""
    return FAST


@pytest.fixture(scope="module")
def translators() -> Translators:
    """The languages of the bot: English, where a module does not say."""
    return IN_ENGLISH_ALONE


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    timing: EngineTiming,
    translators: Translators,
) -> AsyncIterator[Conversation]:
    """The bot and its sandbox, for as long as the module's tests run."""
    folder = tmp_path_factory.mktemp("bot")
    path = shutil.copy(sqlite_template, folder / "rollout.db")
    place = await open_sandbox()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(place.ca_file))
        url = f"sqlite:///{path}"
        clock = SharedClock(place.clock)
        async with conversing(
            place,
            SOCKET,
            url,
            engine_timing=timing,
            translators=translators,
            clock=clock,
        ) as bot:
            yield bot
    await place.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def chat(running: Conversation) -> AsyncIterator[Conversation]:
    """The bot in a Slack without messages, with the seeded Store and no requests."""
    await running.start_over()
    yield running
    await running.quiet()


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(chat: Conversation) -> Sandbox:
    """The sandbox whose page `open_page` opens: the one with the bot in it."""
    return chat.sandbox
