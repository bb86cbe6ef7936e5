"""Whole dialogues in a pseudo-locale: no text that people see escapes the catalogue."""

from typing import Any

import pytest
import pytest_asyncio

from bot.sandbox.store.seed import FIRST_ID, MAIL
from bot.slack.messages.translator import Translator
from tests.dialogues.conversation import Conversation
from tests.slack_users import ANN, BEN, GIL, IN_GAMES, IN_MAIL, labels, words
from tests.translators import OPEN, accented, pseudo, untranslated

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAIL_102 = str(FIRST_ID + 102)
# What the Store, and the people of these dialogues, put into the messages.
ARGUMENTS = (
    MAIL,
    "Contoso Mail",
    "Contoso Maps",
    "mail",
    "crash on start",
    "Published",
    "Insiders",
    "Dogfood",
    "7bfc11d5-f710-47c5-8a98-",
    # The Store's own words.
    "The package rollout is not in a state that allows this operation.",
)

HALT = accented("Halt rollout")
FINALIZE = accented("Finalize rollout")
CANCEL = accented("Cancel")
SET = accented("Set to {percentage}").format(percentage="40 %")


@pytest.fixture(scope="module")
def translator() -> Translator:
    """The bot of this module writes in no language that is spoken."""
    return pseudo()


@pytest_asyncio.fixture(loop_scope="module")
async def _mail(chat: Conversation) -> None:
    await chat.say(ANN, f"/rollout alias add mail {MAIL}")


def of_the_bot(chat: Conversation) -> list[dict[str, Any]]:
    """Return all messages of the bot that anybody sees, those in threads too."""
    everywhere = ((ANN, IN_MAIL), (BEN, IN_MAIL), (GIL, IN_GAMES))
    seen = [each for who, where in everywhere for each in chat.seen(who, where)]
    return [
        message
        for each in seen
        for message in (each, *each["replies"])
        if message["bot"]
    ]


def check(chat: Conversation, *, at_least: int) -> None:
    """Check every text of the bot, and every label and dialog of its buttons."""
    shown = {words(message) for message in of_the_bot(chat)}

    assert len(shown) >= at_least
    assert {
        text: left for text in shown if (left := untranslated(text, ARGUMENTS))
    } == {}
    assert [text for text in shown if OPEN not in text] == []


@pytest.mark.usefixtures("_mail")
@pytest.mark.parametrize(
    ("text", "button"),
    [
        ("halt mail crash on start", HALT),
        ("finalize mail crash on start", FINALIZE),
        ("set mail 40% crash on start", SET),
        ("halt mail", CANCEL),
    ],
)
async def test_a_card_its_result_and_its_history_are_translated(
    chat: Conversation, text: str, button: str
) -> None:
    await chat.say(ANN, f"/rollout {text}")
    asked = chat.card()
    assert button in labels(asked)
    check(chat, at_least=2)

    await chat.press(BEN, button)
    await chat.press_on(BEN, asked, button)
    await chat.quiet()
    await chat.say(ANN, "/rollout history mail")

    assert labels(chat.card()) == []
    check(chat, at_least=4)


@pytest.mark.usefixtures("_mail")
async def test_answers_to_commands_are_translated(chat: Conversation) -> None:
    asked = (
        "",
        "status",
        "status mail",
        "alias list",
        "alias add other-mail 9NMAIL000001 flight nothing",
        "status mial",
        "halt nobody",
        "halt 9NMAPS000004",
        "frobnicate",
        "undo mail",
        "set mail 0",
        "set mail 400",
        "set mail",
        "alias remove mail",
        "status",
        "history",
    )
    for text in asked:
        await chat.say(ANN, f"/rollout {text}")

    assert len(chat.told(ANN)) >= len(asked)
    check(chat, at_least=len(asked) - 1)


@pytest.mark.usefixtures("_mail")
async def test_a_refusal_of_the_store_is_translated(chat: Conversation) -> None:
    await chat.say(ANN, "/rollout halt mail crash on start")
    chat.sandbox.store.change_in_partner_center("finalize", MAIL_102, 0)

    await chat.press(BEN, HALT)

    assert accented("NOT halted: {app}").format(app="Contoso Mail") in words(
        chat.card()
    )
    check(chat, at_least=3)


async def test_a_guest_is_answered_in_the_language_too(chat: Conversation) -> None:
    await chat.say(GIL, f"@Rollout halt {MAIL}", IN_GAMES)

    check(chat, at_least=1)
