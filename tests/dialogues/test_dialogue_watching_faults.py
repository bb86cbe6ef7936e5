"""What a channel reads where Slack, the Store or the clock do what they seldom do."""

import asyncio
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.engine import EngineTiming
from bot.sandbox.slack.directory import Channel
from bot.sandbox.store.model import RolloutStatus
from bot.sandbox.store.seed import MAIL
from tests.dialogues.conversation import DONE_WITHIN, FAST, UNLIMITED, Conversation
from tests.dialogues.following import (
    MAIL_102,
    boards,
    change,
    direct_messages,
    follow,
    look,
    reminded,
    shown,
    told,
)
from tests.slack_users import IN_MAIL

WAITING = text("SELECT count(*) AS waiting FROM notices WHERE closed_at IS NULL")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.02)


@pytest.fixture(scope="module")
def store_limit() -> str:
    """Let the Store take a request for each of many looks."""
    return UNLIMITED


@pytest.fixture
def channel(chat: Conversation) -> Iterator[Channel]:
    """Leave the channel as it was, which a new dialogue does not."""
    channels = chat.slack.workspace.directory.channels
    before = deepcopy(channels[IN_MAIL])
    yield channels[IN_MAIL]
    channels[IN_MAIL] = before


async def in_time(chat: Conversation, true: Callable[[], bool]) -> None:
    """Let time pass until it is true."""
    async with asyncio.timeout(DONE_WITHIN):
        while not true():
            chat.clock.forward(10)
            await asyncio.sleep(0.1)


async def nothing_waits(chat: Conversation) -> None:
    """Wait until Slack has taken or refused every notice, and somebody was told."""
    async with asyncio.timeout(DONE_WITHIN):
        while (await chat.database.run(WAITING))[0].waiting:
            await asyncio.sleep(0.01)
    await chat.until(lambda: bool(direct_messages(chat)))


@pytest.mark.parametrize(
    "becomes", [{"name": "mail-releases"}, {"private": True}, {"shared": True}]
)
async def test_a_channel_that_is_renamed_made_private_or_shared_is_told_as_before(
    chat: Conversation, channel: Channel, becomes: dict[str, object]
) -> None:
    await follow(chat, IN_MAIL)
    for name, value in becomes.items():
        setattr(channel, name, value)

    await change(chat, 40)
    await chat.until(lambda: bool(told(chat)))
    chat.clock.forward(0.1)
    await chat.until(lambda: "40 %" in shown(chat))

    assert len(boards(chat)) == len(told(chat)) == 1
    assert direct_messages(chat) == []


async def test_a_bot_that_was_sent_away_and_is_invited_again_goes_on_with_its_board(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    chat.slack.invite(IN_MAIL, bot=False)
    await change(chat, 20)
    await change(chat, 30)
    await nothing_waits(chat)
    chat.slack.invite(IN_MAIL)

    await change(chat, 40)
    await chat.until(lambda: bool(told(chat)))
    chat.clock.forward(0.1)
    await chat.until(lambda: "40 %" in shown(chat))

    [direct] = direct_messages(chat)
    assert f"I could not post this in <#{IN_MAIL}>" in direct
    assert len(boards(chat)) == 1
    [message] = told(chat)
    assert "is in progress at 40 % now" in message


async def test_what_happened_while_the_bot_was_sent_away_is_told_to_one_person_alone(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    chat.slack.invite(IN_MAIL, bot=False)
    chat.sandbox.store.change_in_partner_center("halt", MAIL_102)
    await look(chat)
    await nothing_waits(chat)
    chat.slack.invite(IN_MAIL)
    await look(chat, 60)

    # Who was told directly knows of it; the channel is not told late.
    assert told(chat) == []
    assert len(direct_messages(chat)) == 1


async def test_an_id_that_is_in_progress_again_after_its_end_is_not_told(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    before = replace(chat.rollout(MAIL))
    chat.sandbox.store.change_in_partner_center("halt", MAIL_102)
    await in_time(chat, lambda: bool(told(chat)))
    published = chat.sandbox.store.slot(MAIL).published
    assert published is not None
    published.rollout = before
    assert published.rollout.status is RolloutStatus.IN_PROGRESS
    for _ in range(3):
        await look(chat)

    assert len(told(chat)) == len(boards(chat)) == 1
    assert "was halted" in told(chat)[0]


async def test_an_older_list_of_apps_closes_no_board(chat: Conversation) -> None:
    await follow(chat, IN_MAIL)
    slot = chat.sandbox.store.slot(MAIL)
    newest = slot.published
    assert newest is not None
    older = newest.rollout.fallback
    slot.published = next(one for one in slot.older if one.id == older)
    slot.older.append(newest)
    await look(chat)
    slot.older.remove(newest)
    slot.published = newest
    await look(chat)
    await change(chat, 40)
    await chat.until(lambda: bool(told(chat)))
    chat.clock.forward(0.1)
    await chat.until(lambda: "40 %" in shown(chat))

    [message] = told(chat)
    assert "is in progress at 40 % now" in message
    assert len(boards(chat)) == 1


async def test_an_app_that_vanishes_is_told_as_unreadable_and_its_return(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    apps = chat.sandbox.store.catalogue.apps
    [app] = [one for one in apps if one.id == MAIL]
    place = apps.index(app)
    apps.remove(app)
    await in_time(chat, lambda: bool(reminded(chat, "I have not been able to read")))
    apps.insert(place, app)
    await in_time(chat, lambda: bool(reminded(chat, "I can read")))

    assert told(chat) == []
    assert len(boards(chat)) == 1
    assert len(reminded(chat, "I have not been able to read")) == 1


async def test_after_the_clock_was_set_back_each_change_is_told_once_and_in_order(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    chat.clock.forward(120)
    await change(chat, 40)
    await chat.until(lambda: bool(told(chat)))
    chat.clock.forward(-60)
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, 50)
    await in_time(chat, lambda: len(told(chat)) > 1)
    for _ in range(6):
        await look(chat)

    assert [("40 % now" in one, "50 % now" in one) for one in told(chat)] == [
        (True, False),
        (False, True),
    ]
    assert len(boards(chat)) == 1
    assert "50 %" in shown(chat)
