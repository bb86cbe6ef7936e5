"""Dispatch of an accepted payload to Bolt, which finds its listener."""

from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.domain.actor_names import actor_names, remember_name
from bot.slack.inbound.fields import first_text_in, object_in, text_in


async def dispatch(app: AsyncApp, body: dict[str, Any]) -> BoltResponse:
    """Return Bolt's ack of a payload.

    Given the text of a request, Bolt would lose every command with the word "payload"
    in it. The signature was checked before, and no header that would steer how Bolt
    runs a listener is passed on.
    """
    user = object_in(body, "user")
    with actor_names():
        remember_name(text_in(user, "id"), first_text_in(user, "username", "name"))
        remember_name(text_in(body, "user_id"), text_in(body, "user_name"))
        return await app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
