"""A Store that lets an asker wait: the asker is told, and nobody waits for others."""

import asyncio

import pytest

from bot.sandbox.store.journal import Entry
from bot.sandbox.store.seed import MAIL, NOTES, PHOTOS
from bot.store import StoreTimeouts
from tests.dialogues.conversation import UNLIMITED, Conversation
from tests.slack_users import ANN, IN_MAIL, labels, words

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def notice_after() -> float:
    return 0.0


@pytest.fixture(scope="module")
def store_limit() -> str:
    return UNLIMITED


@pytest.fixture(scope="module")
def patience() -> StoreTimeouts:
    return StoreTimeouts(read=60.0, write=60.0, tries=1)


def hold(chat: Conversation, app_id: str) -> asyncio.Event:
    """Let the Store answer nothing about an app before the event is set."""
    released = asyncio.Event()

    async def wait(entry: Entry) -> None:
        if app_id in entry.path:
            await released.wait()

    chat.sandbox.store.pipeline.before = wait
    return released


@pytest.mark.parametrize("line", ["halt mail", "set mail 40%", "finalize mail"])
async def test_an_asker_who_waits_for_the_store_is_told_what_for(
    chat: Conversation, line: str
) -> None:
    await chat.say(ANN, f"/rollout alias add mail {MAIL}")
    released = hold(chat, MAIL)

    await chat.slack.command(ANN, IN_MAIL, f"/rollout {line}")
    await chat.until(lambda: len(chat.told(ANN)) > 1)
    told = chat.told(ANN)[-1]
    released.set()
    await chat.quiet()

    assert told.startswith("Asking the Store about `mail`…")
    assert len(chat.told(ANN)) == 2
    assert labels(chat.card())[-1] == "Cancel"


async def test_a_slow_app_does_not_hold_up_the_card_of_another(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout alias add mail {MAIL}")
    await chat.say(ANN, f"/rollout alias add pics {PHOTOS}")
    released = hold(chat, PHOTOS)

    await chat.slack.command(ANN, IN_MAIL, "/rollout halt pics, mail")
    await chat.until(lambda: len(chat.cards()) > 0)
    first = words(chat.card())
    waiting = [told for told in chat.told(ANN) if told.startswith("Asking")]
    released.set()
    await chat.quiet()

    assert "Contoso Mail" in first
    assert waiting[0].startswith("Asking the Store about `pics`, `mail`…")
    assert "Contoso Photos" in words(chat.card())


async def test_a_choice_is_noticed_like_a_typed_command(chat: Conversation) -> None:
    await chat.say(ANN, f"/rollout alias add mail {MAIL}")
    await chat.say(ANN, f"/rollout alias add notes {NOTES}")
    await chat.say(ANN, "/rollout halt")

    await chat.press(ANN, "mail")

    assert any(
        told.startswith("Asking the Store about `mail`…") for told in chat.told(ANN)
    )
    assert labels(chat.card()) == ["Halt rollout", "Cancel"]
