"""What a channel reads of a rollout that somebody changes in Partner Center."""

from dataclasses import replace

import pytest

from bot.domain.results import Done
from bot.engine import EngineTiming
from bot.sandbox.store.seed import FIRST_ID, MAIL
from tests.dialogues.conversation import FAST, Conversation
from tests.slack_users import ANN, BEN, IN_GAMES, IN_MAIL, words

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


async def change(chat: Conversation, percentage: float) -> None:
    """Set the percentage in Partner Center, and wait until the bot has looked."""
    looks = reads_of_mail(chat)
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, percentage)
    chat.clock.forward(6)
    await chat.until(lambda: reads_of_mail(chat) > looks)


def searches(chat: Conversation) -> int:
    """Return how often the bot has looked for a message of its own."""
    return len(chat.slack.calls("conversations.history"))


def direct_messages(chat: Conversation) -> list[str]:
    """Return what the bot has posted to one person alone."""
    posted = chat.slack.calls("chat.postMessage")
    return [str(call.args["text"]) for call in posted if call.args["channel"] == BEN]


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


@pytest.mark.parametrize(
    ("verb", "words_of_it"),
    [
        ("halt", "🛑 *Contoso Mail* is halted: outside Rollout Bot."),
        ("finalize", "✅ *Contoso Mail* is finalized: outside Rollout Bot."),
    ],
)
async def test_an_end_in_partner_center_is_told(
    chat: Conversation, verb: str, words_of_it: str
) -> None:
    await follow(chat, IN_MAIL)
    chat.sandbox.store.change_in_partner_center(verb, MAIL_102)

    chat.clock.forward(6)
    await chat.until(lambda: bool(told(chat)))

    assert words_of_it in told(chat)[0]


async def test_what_the_bot_does_is_told_in_the_other_channels_without_a_look(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL, IN_GAMES)
    await chat.say(ANN, "/rollout halt mail crash on start")
    looks = reads_of_mail(chat)

    await chat.press(BEN, "Halt rollout")
    await chat.until(lambda: bool(told(chat, IN_GAMES)))

    assert isinstance((await chat.ending()).result, Done)
    assert reads_of_mail(chat) == looks
    [message] = told(chat, IN_GAMES)
    assert f"🛑 *Contoso Mail* is halted: by <@{BEN}>. It was in progress at 10 %." in (
        message
    )
    # The card and its thread have it already.
    assert len(told(chat)) == 1


async def test_a_notice_whose_answer_was_lost_is_posted_once(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    before = searches(chat)
    chat.slack.arm("chat.postMessage", "lost_answer")
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, 40)

    chat.clock.forward(6)
    await chat.until(lambda: bool(told(chat)))
    chat.clock.forward(1)
    await chat.until(lambda: searches(chat) > before)
    chat.clock.forward(1)

    assert len(told(chat)) == 1


async def test_a_channel_that_takes_nothing_is_named_once_to_who_named_the_app(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    chat.slack.archive(IN_MAIL)
    direct = direct_messages(chat)
    await change(chat, 20)
    await change(chat, 30)
    await chat.until(lambda: len(direct_messages(chat)) > len(direct))

    [message] = direct_messages(chat)[len(direct) :]
    assert (
        f"I could not post this in <#{IN_MAIL}>: Slack says `is_archived`." in message
    )
