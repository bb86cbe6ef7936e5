"""Memberships: the channels that a person is in, as far as the bot may know them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.slack.client.calls import call

# The kinds of channels, and the scope that each needs.
# https://docs.slack.dev/reference/methods/users.conversations
_SCOPES: Final[Mapping[str, str]] = MappingProxyType(
    {"public_channel": "channels:read", "private_channel": "groups:read"}
)
_MISSING_SCOPE: Final = "missing_scope"
_PAGE: Final = 200
_MOST_PAGES: Final = 5
_LOOKUP_SECONDS: Final = 2.0

_log = logging.getLogger("bot.slack")


@dataclass(frozen=True, slots=True)
class Memberships:
    """The channels that somebody is in; `missing` are scopes to know the others."""

    channels: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()


async def channels_of(client: AsyncWebClient, user_id: str) -> frozenset[str]:
    """Return the channels that a person is in, of private ones those of the bot.

    Empty where Slack does not say: the scopes `channels:read` and `groups:read` are
    optional. https://docs.slack.dev/reference/methods/users.conversations
    """
    try:
        return await _list(client, user_id, ",".join(_SCOPES))
    except (RetryableNotificationError, PermanentNotificationError) as reason:
        _log.info("the channels of %s are not known: %s", user_id, reason)
        return frozenset()


async def memberships_of(
    client: AsyncWebClient, user_id: str | None = None
) -> Memberships:
    """Return the channels of a person, or of the bot itself.

    Where a scope is missing, those of the other kind are returned alone. Raises
    RetryableNotificationError or PermanentNotificationError where Slack does not say.
    """
    try:
        return Memberships(await _list(client, user_id, ",".join(_SCOPES)))
    except PermanentNotificationError as refused:
        if refused.code != _MISSING_SCOPE:
            raise
    found: frozenset[str] = frozenset()
    missing = []
    for kind, scope in _SCOPES.items():
        try:
            found |= await _list(client, user_id, kind)
        except PermanentNotificationError as refused:
            if refused.code != _MISSING_SCOPE:
                raise
            missing.append(scope)
    return Memberships(found, tuple(missing))


async def _list(
    client: AsyncWebClient, user_id: str | None, kinds: str
) -> frozenset[str]:
    found: set[str] = set()
    cursor = ""
    for _ in range(_MOST_PAGES):
        answer = await call(
            client.users_conversations,
            timeout_seconds=_LOOKUP_SECONDS,
            user=user_id,
            types=kinds,
            exclude_archived=True,
            limit=_PAGE,
            cursor=cursor,
        )
        found |= {str(channel["id"]) for channel in answer.get("channels") or ()}
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return frozenset(found)
