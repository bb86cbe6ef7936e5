"""What a channel is reminded of: a rollout that stands still, a draft, an outage."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.engine import EngineTiming
from bot.sandbox.store.seed import FIRST_ID, MAIL
from tests.dialogues.conversation import FAST, UNLIMITED, Conversation
from tests.dialogues.following import (
    MAIL_102,
    change,
    follow,
    look,
    reminded,
    reminders,
    shown,
    told,
)
from tests.slack_users import BEN, IN_GAMES, IN_MAIL, texts

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOURS = 60.0
DAY = 24 * HOURS


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.02)


@pytest.fixture(scope="module")
def store_limit() -> str:
    """Let the Store take a request for each of many looks."""
    return UNLIMITED


async def pass_days(chat: Conversation, days: int, step: float = 6 * HOURS) -> None:
    """Let days pass, and the bot look at the app a few times in each."""
    for _ in range(round(days * DAY / step)):
        await look(chat, step)


async def until(chat: Conversation, true: Callable[[], bool]) -> None:
    """Wait until something is told."""
    await chat.until(true)


async def test_a_draft_that_waits_is_told_once_with_buttons(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    await until(chat, lambda: bool(reminded(chat, "A draft of")))
    await pass_days(chat, 2)

    [text] = reminded(chat, "A draft of")
    assert f"⏳ A draft of *Contoso Mail* waits, `{FIRST_ID + 103}`" in text
    [notice] = reminders(chat)
    assert notice.broadcast
    assert [block["type"] for block in notice.blocks or ()][-1] == "actions"


async def test_a_rollout_that_stands_still_is_told_three_times_and_no_more(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    await pass_days(chat, 2)
    assert reminded(chat, "nobody has changed it") == []

    await pass_days(chat, 20)
    await until(chat, lambda: len(reminded(chat, "nobody has changed it")) >= 3)

    assert len(reminded(chat, "nobody has changed it")) == 3
    text = reminded(chat, "nobody has changed it")[0]
    assert "⏳ *Contoso Mail* has been in progress at 10 % since" in text
    assert "Raise it, finalize it, or halt it." in text


async def test_a_full_rollout_is_told_the_next_day_and_its_button_makes_the_card(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    await change(chat, 100)
    await pass_days(chat, 1)
    await look(chat)
    await until(chat, lambda: bool(reminded(chat, "is not finalized")))

    before = len(chat.cards(IN_MAIL))
    await chat.press(BEN, "Finalize…")
    await chat.until(lambda: len(chat.cards(IN_MAIL)) > before)

    assert chat.writes() == []
    assert any("Finalize rollout" in texts(card) for card in chat.cards(IN_MAIL))


async def test_a_percentage_that_is_raised_in_time_is_not_told(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    for percentage in (20, 30, 40):
        await pass_days(chat, 2)
        await change(chat, percentage)
    await look(chat)

    assert reminded(chat, "nobody has changed it") == []


async def test_an_outage_is_told_in_the_thread_and_its_end(chat: Conversation) -> None:
    await follow(chat, IN_MAIL)
    chat.sandbox.store.arm("read", "503", -1)
    async with asyncio.timeout(60):
        while not reminded(chat, "I have not been able to read"):
            chat.clock.forward(10)
            await asyncio.sleep(0.1)
    chat.sandbox.store.clear_faults()
    async with asyncio.timeout(60):
        while not reminded(chat, "I can read"):
            chat.clock.forward(10)
            await asyncio.sleep(0.1)

    [during] = reminded(chat, "I have not been able to read")
    [after] = reminded(chat, "I can read")
    assert "It was in progress at 10 % before that." in during
    assert "*Contoso Mail* in the Store again: it is in progress at 10 %." in after
    assert not any(
        one.broadcast for one in reminders(chat) if "in the Store" in (one.text or "")
    )


async def test_a_group_is_mentioned_where_the_channel_has_set_one(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    await chat.say(BEN, "/rollout subscribe mail mention @release-managers")
    await pass_days(chat, 4)
    await until(chat, lambda: bool(reminded(chat, "nobody has changed it")))

    text = reminded(chat, "nobody has changed it")[0]
    assert text.startswith("<!subteam^S0MANAGERS> ⏳")


async def test_a_channel_that_follows_changes_alone_is_not_reminded(
    chat: Conversation,
) -> None:
    # A draft is told once, to those who follow when it is seen.
    await follow(chat, IN_MAIL)
    await until(chat, lambda: bool(reminded(chat, "A draft of")))
    await chat.say(BEN, f"/rollout alias add mail {MAIL}", IN_GAMES)
    await chat.say(BEN, "/rollout subscribe mail changes", IN_GAMES)
    await pass_days(chat, 4)
    await until(chat, lambda: bool(reminded(chat, "nobody has changed it")))
    chat.sandbox.store.change_in_partner_center("halt", MAIL_102)
    await look(chat)
    await until(chat, lambda: bool(told(chat, IN_GAMES)))

    assert reminders(chat, IN_GAMES) == []
    assert reminded(chat, "A draft of", IN_GAMES) == []
    assert "was halted" in told(chat, IN_GAMES)[0]
    await until(chat, lambda: "was halted" in shown(chat))
