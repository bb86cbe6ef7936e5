"""Memberships: the channels that a person is in, as far as the bot may know them."""

import logging
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.slack.client.calls import call

_TYPES: Final = "public_channel,private_channel"
_PAGE: Final = 200
_MOST_PAGES: Final = 5
_LOOKUP_SECONDS: Final = 2.0

_log = logging.getLogger("bot.slack")


async def channels_of(client: AsyncWebClient, user_id: str) -> frozenset[str]:
    """Return the channels that a person is in, of private ones those of the bot.

    Empty where Slack does not say: the scopes `channels:read` and `groups:read` are
    optional. https://docs.slack.dev/reference/methods/users.conversations
    """
    found: set[str] = set()
    cursor = ""
    try:
        for _ in range(_MOST_PAGES):
            answer = await call(
                client.users_conversations,
                timeout_seconds=_LOOKUP_SECONDS,
                user=user_id,
                types=_TYPES,
                exclude_archived=True,
                limit=_PAGE,
                cursor=cursor,
            )
            found |= {str(channel["id"]) for channel in answer.get("channels") or ()}
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
    except (RetryableNotificationError, PermanentNotificationError) as reason:
        _log.info("the channels of %s are not known: %s", user_id, reason)
        return frozenset()
    return frozenset(found)
