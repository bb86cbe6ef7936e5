"""A mention of the bot: it works in threads too, where commands do not."""

import logging
from http import HTTPStatus
from typing import Any

from slack_bolt import BoltResponse

from bot.domain.storage import StorageUnavailable
from bot.slack.inbound.payloads import Asked, read_mention
from bot.slack.inbound.text_input import mention_text
from bot.slack.listeners.context import ListenerContext
from bot.slack.listeners.replying import answer

_log = logging.getLogger("bot.slack")


async def on_mention(
    body: dict[str, Any], *, context: ListenerContext
) -> BoltResponse | None:
    """Hand the mention over; Bolt acks it when this returns None.

    While the bot ends it is not acked: Slack sends it again, to the bot's next start
    or to another copy. https://docs.slack.dev/apis/events-api#retries
    """
    asked = read_mention(body)
    if asked is None or asked.person.user_id == context.identity.user_id:
        return None
    event_id = body.get("event_id")
    key = event_id if isinstance(event_id, str) else ""
    if context.tasks.spawn(_answer_once(asked, key, context)):
        return None
    return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)


async def on_other_event() -> None:
    """Take an event that is not for us, so that Slack does not send it again."""


async def _answer_once(asked: Asked, event_id: str, context: ListenerContext) -> None:
    """Answer, unless this is the second delivery of a mention that was answered."""
    if event_id and not await _is_first(asked.place.workspace, event_id, context):
        return
    await answer(mention_text(asked.text, context.identity.user_id), asked, context)


async def _is_first(workspace: str, event_id: str, context: ListenerContext) -> bool:
    """Return whether Slack sends this event for the first time.

    Where that cannot be known the mention is answered: the answer will say that the
    database cannot be reached.
    """
    try:
        return await context.service.first_delivery(workspace, event_id)
    except StorageUnavailable as reason:
        _log.warning("event %s is not stored: %s", event_id, reason)
        return True
