"""Channels that follow an app: what is changed elsewhere, and what they are shown."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Final

from sqlalchemy import text

from bot.domain.events import EventKind
from bot.domain.notices import topic_of
from bot.domain.submissions import Target
from bot.domain.watching import Topics
from bot.sandbox.slack.messages import Message
from bot.sandbox.store.seed import FIRST_ID, MAIL
from bot.slack.ids import BOARD_TYPE, NOTICE_TYPE
from tests.dialogues.conversation import DONE_WITHIN, Conversation
from tests.slack_users import BEN, IN_MAIL, texts, words

_POLL: Final = 0.01

MAIL_102 = str(FIRST_ID + 102)


async def follow(chat: Conversation, *channels: str) -> None:
    """Name the app in these channels, and wait until they have all that is to tell.

    That is a board in each, and that a draft waits behind the rollout.
    """
    for channel in channels:
        await chat.say(BEN, f"/rollout alias add mail {MAIL}", channel)
    await chat.until(lambda: all(boards(chat, channel) for channel in channels))
    await all_told(chat)
    # No edit comes sooner after the post.
    chat.clock.forward(0.1)


def reads_of_mail(chat: Conversation) -> int:
    """Return how often the rollout of the app was read."""
    path = f"/submissions/{MAIL_102}/packagerollout"
    return sum(path in entry.path for entry in chat.sandbox.store.requests)


async def change(chat: Conversation, percentage: float) -> None:
    """Set the percentage in Partner Center, and wait until the bot has looked."""
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, percentage)
    await look(chat)


async def look(chat: Conversation, minutes: float = 20) -> None:
    """Let time pass until the bot has looked: it does after 16 minutes at the latest.

    It must have stored the look: the next one is due after that time, and would be put
    off by a clock that is moved meanwhile.
    """
    before = await _looked_at(chat, MAIL)
    chat.clock.forward(minutes)
    await looked_since(chat, before, MAIL)


async def looked_since(chat: Conversation, before: datetime | None, app: str) -> None:
    """Wait until a look at the app is stored that is another than the one before.

    A request that the Store has answered is not enough: the look is stored after it.
    """
    async with asyncio.timeout(DONE_WITHIN):
        while await _looked_at(chat, app) == before:
            await asyncio.sleep(_POLL)


async def all_told(chat: Conversation) -> None:
    """Wait until there are notices, and all of them are posted and recorded as such.

    One that is being posted would be posted again by a clock that is moved meanwhile.
    """
    async with asyncio.timeout(DONE_WITHIN):
        while not await _is_all_told(chat):
            await asyncio.sleep(_POLL)


async def _is_all_told(chat: Conversation) -> bool:
    told = text("SELECT count(*) AS made, count(closed_at) AS told FROM notices")
    [row] = await chat.database.run(told)
    return bool(row.made > 0 and row.made == row.told)


async def _looked_at(chat: Conversation, app: str) -> datetime | None:
    seen = await chat.repositories.watching.list_observed([Target("main", app)])
    return seen[0].looked_at if seen else None


def boards(chat: Conversation, channel: str = IN_MAIL) -> list[Message]:
    """Return the boards of a channel, the oldest first."""
    return _marked(chat, BOARD_TYPE, channel)


def notices(chat: Conversation, channel: str = IN_MAIL) -> list[Message]:
    """Return the notices of changes in a channel and its threads, the oldest first."""
    found = _marked(chat, NOTICE_TYPE, channel)
    return [message for message in found if not _is_reminder(message)]


def reminders(chat: Conversation, channel: str = IN_MAIL) -> list[Message]:
    """Return the notices for which a person is needed, the oldest first."""
    return [
        message
        for message in _marked(chat, NOTICE_TYPE, channel)
        if _is_reminder(message)
    ]


def told(chat: Conversation, channel: str = IN_MAIL) -> list[str]:
    """Return what a channel reads about changes."""
    return [words(asdict(message)) for message in notices(chat, channel)]


def reminded(chat: Conversation, words_of_it: str, channel: str = IN_MAIL) -> list[str]:
    """Return what a channel reads because a person is needed, and says these words."""
    found = [words(asdict(message)) for message in reminders(chat, channel)]
    return [text for text in found if words_of_it in text]


def shown(chat: Conversation, channel: str = IN_MAIL) -> str:
    """Return what the newest board of a channel shows, nothing before there is one."""
    return "".join(texts(asdict(board)) for board in boards(chat, channel)[-1:])


def block_types(message: Message) -> list[str]:
    """Return the types of a message's blocks."""
    return [block["type"] for block in message.blocks or ()]


def direct_messages(chat: Conversation) -> list[str]:
    """Return what the bot has posted to one person alone."""
    posted = chat.slack.calls("chat.postMessage")
    return [str(call.args["text"]) for call in posted if call.args["channel"] == BEN]


def _is_reminder(message: Message) -> bool:
    key = str((message.metadata or {})["event_payload"]["event"])
    kinds = [kind for kind in EventKind if key.startswith(f"{kind}/")]
    return any(topic_of(kind) is Topics.ATTENTION for kind in kinds)


def _marked(chat: Conversation, kind: str, channel: str) -> list[Message]:
    return sorted(
        (
            message
            for message in chat.slack.workspace.messages.everything()
            if message.bot
            and message.channel == channel
            and (message.metadata or {}).get("event_type") == kind
        ),
        key=lambda message: message.ts,
    )
