"""A mention of the bot: it works in threads too, where commands do not."""

from http import HTTPStatus
from typing import Any

from slack_bolt import BoltResponse

from bot.slack.inbound.payloads import read_mention
from bot.slack.inbound.text_input import mention_text
from bot.slack.listeners.context import ListenerContext
from bot.slack.listeners.replying import answer_once


async def on_mention(
    body: dict[str, Any], *, context: ListenerContext
) -> BoltResponse | None:
    """Hand the mention over; Bolt acks it when this returns None.

    While the bot ends it is not acked: Slack sends it again, to the bot's next start
    or to another copy. https://docs.slack.dev/apis/events-api#retries
    """
    asked = read_mention(body, context.identity.workspace)
    if asked is None or asked.person.user_id == context.identity.user_id:
        return None
    text = mention_text(asked.text, context.identity.user_id)
    if context.tasks.spawn(answer_once(text, asked, context)):
        return None
    return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)


async def on_other_event() -> None:
    """Take an event that is not for us, so that Slack does not send it again."""
