"""The slash command: ack at once, then answer."""

from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.slack.inbound.payloads import read_command
from bot.slack.inbound.text_input import plain_text
from bot.slack.listeners.context import ListenerContext
from bot.slack.listeners.replying import answer_once
from bot.slack.messages.errors import restarting, unreadable_command


async def on_command(
    ack: AsyncAck, body: dict[str, Any], *, context: ListenerContext
) -> None:
    """Ack the command and hand it over; nothing stands before the ack."""
    if not context.tasks.open:
        await ack(restarting(context.translator))
        return
    asked = read_command(body, context.identity.workspace)
    if asked is None:
        await ack(unreadable_command(context.translator))
        return
    await ack()
    context.tasks.spawn(answer_once(plain_text(asked.text), asked, context))
