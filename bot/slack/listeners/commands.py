"""Take the slash command: ack at once, then answer."""

from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.slack.inbound.payloads import read_command
from bot.slack.inbound.text_input import typed
from bot.slack.listeners.context import ListenerContext
from bot.slack.listeners.replying import answer

_CLOSING = "I am being restarted. Please type the command again in a minute."
_UNREADABLE = "I cannot tell who asked this, or where. Please type the command again."


async def on_command(
    ack: AsyncAck, body: dict[str, Any], *, context: ListenerContext
) -> None:
    """Ack the command and hand it over; nothing stands before the ack."""
    if not context.tasks.open:
        await ack(_CLOSING)
        return
    asked = read_command(body)
    if asked is None:
        await ack(_UNREADABLE)
        return
    await ack()
    context.tasks.spawn(answer(typed(asked.text), asked, context))
