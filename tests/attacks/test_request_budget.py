"""A Store that allows 20 requests a minute: no status keeps a halt away."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from bot.domain.requests import Alias, Place
from bot.domain.submissions import Target
from bot.engine import EngineTiming
from bot.sandbox.server import Sandbox
from bot.sandbox.store.model import (
    PUBLISHED,
    App,
    Rollout,
    RolloutStatus,
    Submission,
    SubmissionSlot,
)
from bot.service.readings import REUSE_FOR
from bot.store import StoreTimeouts
from tests.dialogues.conversation import SOCKET, Conversation, conversing, open_sandbox
from tests.slack_users import ANN, BEN, IN_MAIL, TEAM, labels, texts

pytestmark = pytest.mark.asyncio(loop_scope="module")

APPS: Final = 45
# Halfway through the list of what a status reads.
PRESSED: Final = "app22"
# Without the budget it took a minute; the benchmark of it is status_storm.py.
CARD_SECONDS: Final = 20.0
POST_SECONDS: Final = 20.0


@pytest_asyncio.fixture(loop_scope="module")
async def chat(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Conversation]:
    """The bot as it runs, beside a Store with the limit and a channel of 45 apps."""
    sandbox = await open_sandbox()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sandbox.ca_file))
    sandbox.slack.invite(IN_MAIL)
    path = shutil.copy(sqlite_template, tmp_path / "rollout.db")
    try:
        async with conversing(
            sandbox,
            SOCKET,
            f"sqlite:///{path}",
            engine_timing=EngineTiming(),
            patience=StoreTimeouts(),
            reuse_readings_for=REUSE_FOR,
            STORE_REQUESTS_PER_MINUTE="20",
        ) as chat:
            await add_apps(chat, sandbox)
            sandbox.store.switch(rate_limit="20")
            yield chat
    finally:
        await sandbox.stop()


async def add_apps(chat: Conversation, sandbox: Sandbox) -> None:
    """Publish apps with open rollouts, and name each in the channel."""
    catalogue = sandbox.store.catalogue
    for number in range(APPS):
        app_id = f"9NSTATUS{number:04d}"
        older = Submission(catalogue.new_id(), 1, PUBLISHED, ["1.0.0.0"])
        rollout = Rollout(True, 10.0, RolloutStatus.IN_PROGRESS, older.id)
        now = Submission(catalogue.new_id(), 2, PUBLISHED, ["1.1.0.0"], rollout)
        slot = SubmissionSlot(now, None, [older])
        catalogue.apps.append(App(app_id, f"App {number}", slot))
        alias = Alias(f"app{number:02d}", Target("main", app_id), f"App {number}")
        await chat.repositories.aliases.add_alias(
            Place(TEAM, IN_MAIL), alias, datetime.now(UTC)
        )


def refused(chat: Conversation) -> int:
    """Return how many requests the Store has answered with 429."""
    return sum(entry.status == 429 for entry in chat.sandbox.store.requests)


def reads(chat: Conversation) -> int:
    """Return how many requests reached the Store's API."""
    entries = chat.sandbox.store.requests
    return sum(entry.path.startswith("/store/") for entry in entries)


async def asked(chat: Conversation, text: str) -> None:
    """Type a command, and wait for no answer."""
    await chat.slack.command(BEN, IN_MAIL, f"/rollout {text}")


async def test_a_status_of_many_apps_does_not_delay_a_pressed_halt(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout halt {PRESSED}")
    for_the_card = reads(chat)
    await asked(chat, "status")
    await chat.until(lambda: reads(chat) > for_the_card)

    await chat.slack.press_label(ANN, IN_MAIL, "Halt rollout")

    await chat.until(lambda: bool(chat.sandbox.store.effects()), POST_SECONDS)
    await chat.quiet()
    assert refused(chat) == 0


async def test_a_status_every_second_keeps_no_halt_away(chat: Conversation) -> None:
    for _ in range(5):
        await asked(chat, "status")
    await chat.until(lambda: reads(chat) > 0)
    await asked(chat, f"halt {PRESSED}")
    await chat.until(lambda: bool(chat.cards()), CARD_SECONDS)
    assert labels(chat.card()) == ["Halt rollout", "Cancel"]

    await chat.slack.press_label(ANN, IN_MAIL, "Halt rollout")

    await chat.until(lambda: bool(chat.sandbox.store.effects()), POST_SECONDS)
    await chat.quiet()
    assert refused(chat) == 0


async def test_a_status_shows_every_app_and_what_was_not_read(
    chat: Conversation,
) -> None:
    await chat.say(BEN, "/rollout status")
    answer = texts([m for m in chat.seen(BEN) if m["ephemeral"]][-1])
    first = reads(chat)

    for number in range(APPS):
        assert f"app{number:02d}" in answer
    assert "in progress at 10 %" in answer
    assert "Not read yet:" in answer
    assert first <= 20

    await chat.say(ANN, "/rollout status")
    assert reads(chat) == first
    assert refused(chat) == 0
