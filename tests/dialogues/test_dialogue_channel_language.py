"""A channel in which a language was set reads all of it, and the others do not.

The German catalogue of this dialogue has the English messages behind a mark.
"""

from dataclasses import replace

import pytest

from bot.domain.languages import Language
from bot.engine import EngineTiming
from bot.slack.messages.translator import Translators
from tests.dialogues.conversation import FAST, UNLIMITED, Conversation
from tests.dialogues.following import (
    all_told,
    boards,
    change,
    direct_messages,
    follow,
)
from tests.slack_users import ANN, BEN, IN_GAMES, IN_MAIL, labels, words
from tests.translators import write_catalogue

pytestmark = pytest.mark.asyncio(loop_scope="module")

GERMAN = "(de) "


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.02)


@pytest.fixture(scope="module")
def store_limit() -> str:
    return UNLIMITED


@pytest.fixture(scope="module")
def translators(tmp_path_factory: pytest.TempPathFactory) -> Translators:
    folder = tmp_path_factory.mktemp("locales")
    write_catalogue(folder, Language.GERMAN, lambda message: f"{GERMAN}{message}")
    return Translators(folder=folder)


async def test_boards_notices_cards_and_results_are_in_the_channels_language(
    chat: Conversation,
) -> None:
    await chat.say(ANN, "/rollout language Deutsch")
    await follow(chat, IN_MAIL, IN_GAMES)
    await change(chat, 40.0)
    await all_told(chat)
    await chat.say(ANN, "/rollout halt mail crash on start")
    card = chat.card()
    await chat.press(BEN, f"{GERMAN}Halt rollout")
    await all_told(chat)

    assert labels(card) == [f"{GERMAN}Halt rollout", f"{GERMAN}Cancel"]
    assert not [each for each in chat.cards() if GERMAN not in words(each)]
    assert boards(chat, IN_MAIL)
    assert not [each for each in chat.cards(IN_GAMES) if GERMAN in words(each)]
    assert boards(chat, IN_GAMES)
    below = [reply for each in chat.cards() for reply in each["replies"]]
    assert len(below) > 2
    assert not [reply for reply in below if GERMAN not in words(reply)]
    # Ann reads English, and Ben German, whatever the channel reads.
    assert not [text for text in chat.told(ANN) if GERMAN in text]
    assert not [text for text in chat.told(BEN, IN_GAMES) if GERMAN not in text]

    await chat.say(ANN, "/rollout history")
    assert GERMAN not in chat.told(ANN)[-1]


async def test_what_a_closed_channel_is_not_told_its_follower_reads_in_their_language(
    chat: Conversation,
) -> None:
    await follow(chat, IN_GAMES)
    before = len(direct_messages(chat))
    chat.slack.archive(IN_GAMES)

    await change(chat, 30.0)
    await chat.until(lambda: len(direct_messages(chat)) > before)
    chat.slack.archive(IN_GAMES, archived=False)

    message = direct_messages(chat)[before]
    assert message.startswith(f"{GERMAN}I could not post this in <#{IN_GAMES}>")
    assert message.count(GERMAN) > 1
