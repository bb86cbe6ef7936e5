"""What a channel reads of a rollout that somebody changes in Partner Center."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.domain.results import Done
from bot.engine import EngineTiming
from tests.dialogues.conversation import FAST, Conversation
from tests.dialogues.following import (
    MAIL_102,
    boards,
    change,
    direct_messages,
    follow,
    look,
    notices,
    reads_of_mail,
    shown,
    told,
)
from tests.slack_users import ANN, BEN, IN_GAMES, IN_MAIL

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.02)


@pytest.fixture
def archived(chat: Conversation) -> Iterator[None]:
    """Bring the channel back in the end, which a new dialogue does not."""
    yield
    chat.slack.archive(IN_MAIL, archived=False)


def searches(chat: Conversation) -> int:
    """Return how often the bot has looked for a message of its own in a thread."""
    return len(chat.slack.calls("conversations.replies"))


async def test_a_channel_reads_once_what_was_changed_in_partner_center(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL, IN_GAMES)
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, 40)

    chat.clock.forward(6)
    await chat.until(lambda: bool(told(chat)) and bool(told(chat, IN_GAMES)))
    await look(chat)

    for channel in (IN_MAIL, IN_GAMES):
        [message] = told(chat, channel)
        assert (
            "*Contoso Mail* is in progress at 40 % now: changed outside Rollout Bot. "
            "It was in progress at 10 %."
        ) in message
        [board], [notice] = boards(chat, channel), notices(chat, channel)
        assert notice.thread_ts == board.ts
        assert notice.broadcast


@pytest.mark.parametrize(
    ("verb", "words_of_it"),
    [
        ("halt", "🛑 *Contoso Mail* was halted outside Rollout Bot."),
        ("finalize", "✅ *Contoso Mail* was finalized outside Rollout Bot."),
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
    assert notices(chat)[0].broadcast


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
    assert f"🛑 *Contoso Mail* was halted by <@{BEN}>. It was in progress at 10 %." in (
        message
    )
    assert notices(chat, IN_GAMES)[0].broadcast
    # The card and its thread have it already.
    assert told(chat) == []


async def test_a_percentage_that_the_bot_has_set_is_told_in_the_thread_alone(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL, IN_GAMES)
    await chat.say(ANN, "/rollout set mail 30%")

    await chat.press(BEN, "Set to 30 %")
    await chat.until(lambda: bool(told(chat, IN_GAMES)))
    chat.clock.forward(0.1)
    await chat.until(lambda: "30 %" in shown(chat) and "30 %" in shown(chat, IN_GAMES))

    [notice] = notices(chat, IN_GAMES)
    assert notice.thread_ts == boards(chat, IN_GAMES)[0].ts
    assert not notice.broadcast
    assert told(chat) == []


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
    await change(chat, 50)
    await chat.until(lambda: len(told(chat)) > 1)

    assert [text.count("is in progress at 40 %") for text in told(chat)] == [2, 0]


@pytest.mark.usefixtures("archived")
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


@pytest.mark.usefixtures("archived")
async def test_a_channel_that_takes_messages_again_has_its_board_again(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    chat.slack.archive(IN_MAIL)
    direct = direct_messages(chat)
    await change(chat, 20)
    await chat.until(lambda: len(direct_messages(chat)) > len(direct))
    chat.slack.archive(IN_MAIL, archived=False)

    await change(chat, 30)
    await chat.until(lambda: "30 %" in shown(chat))

    assert len(boards(chat)) == 1
    assert len(direct_messages(chat)) == len(direct) + 1
