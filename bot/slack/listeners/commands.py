"""The slash command, typed or chosen by a button: ack at once, then answer."""

import asyncio
import logging
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.slack.inbound.payloads import Asked, read_choice, read_command
from bot.slack.inbound.text_input import plain_text
from bot.slack.listeners.context import ListenerContext
from bot.slack.listeners.replying import answer_once
from bot.slack.messages.blocks import note
from bot.slack.messages.errors import restarting, unreadable_command

_log = logging.getLogger("bot.slack")


async def on_command(
    ack: AsyncAck, body: dict[str, Any], *, context: ListenerContext
) -> None:
    """Ack the command and hand it over; nothing stands before the ack."""
    asked = read_command(body, context.identity.workspace)
    if not context.tasks.open:
        await ack(restarting(context.translator_for(asked)))
        return
    if asked is None:
        await ack(unreadable_command(context.languages.default))
        return
    await ack()
    context.tasks.spawn(
        answer_once(plain_text(asked.text, groups=True), asked, context)
    )


async def on_choice(
    ack: AsyncAck, body: dict[str, Any], *, context: ListenerContext
) -> None:
    """Take the press of a button under a question as the command that it stands for."""
    await ack()
    asked = read_choice(body, context.identity.workspace)
    if asked is None:
        _log.warning("a choice without person, channel or command is dropped")
        return
    if not context.tasks.spawn(_answer_choice(asked, context)):
        reply = context.ephemeral.reply_to(
            asked.place, asked.person, asked.response_url
        )
        await reply(note(restarting(context.translator_for(asked))))


async def _answer_choice(asked: Asked, context: ListenerContext) -> None:
    """Remove the question first, so that it is not answered twice."""
    reply = context.ephemeral.reply_to(asked.place, asked.person, asked.response_url)
    await asyncio.gather(
        reply.delete_original(), answer_once(asked.text, asked, context)
    )
