"""What a channel reads of a rollout that somebody changes in Partner Center."""

from dataclasses import replace

import pytest

from bot.engine import EngineTiming
from bot.sandbox.store.seed import FIRST_ID, MAIL
from tests.dialogues.conversation import FAST, Conversation
from tests.slack_users import BEN, IN_GAMES, IN_MAIL, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAIL_102 = str(FIRST_ID + 102)


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.02)


async def follow(chat: Conversation, *channels: str) -> None:
    """Name the app in these channels, and wait for the first look at it."""
    for channel in channels:
        await chat.say(BEN, f"/rollout alias add mail {MAIL}", channel)
    await chat.until(lambda: reads_of_mail(chat) > 0)


def reads_of_mail(chat: Conversation) -> int:
    """Return how often the rollout of the app was read."""
    path = f"/submissions/{MAIL_102}/packagerollout"
    path = f"/submissions/{MAIL_102}/packagerollout"
    return sum(path in entry.path for entry in chat.sandbox.store.requests)


def told(chat: Conversation, channel: str = IN_MAIL) -> list[str]:
    """Return what the bot has posted in a channel by itself."""
    return [words(card) for card in chat.cards(channel)]


async def test_a_channel_reads_once_what_was_changed_in_partner_center(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL, IN_GAMES)
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, 40)

    chat.clock.forward(6)
    await chat.until(lambda: bool(told(chat)) and bool(told(chat, IN_GAMES)))
    looks = reads_of_mail(chat)
    chat.clock.forward(6)
    await chat.until(lambda: reads_of_mail(chat) > looks)

    for channel in (IN_MAIL, IN_GAMES):
        [message] = told(chat, channel)
        assert (
            "*Contoso Mail* is in progress at 40 % now: changed outside Rollout Bot. "
            "It was in progress at 10 %."
        ) in message
