"""Diagnostics of the access to Slack, for the doctor: scopes, socket, channels."""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notifications import PermanentNotificationError
from bot.slack.client.calls import call

_MANIFEST: Final = "manifest.json"
# Slack tells the scopes of a token with every answer to it.
# https://docs.slack.dev/authentication/installing-with-oauth#scopes
_SCOPES: Final = "x-oauth-scopes"
_ABSENT: Final = frozenset({"not_in_channel", "channel_not_found"})


@dataclass(frozen=True, slots=True)
class Access:
    """What a bot token opens; `scopes` is None where Slack does not tell them.

    `enterprise` is whether the workspace is one of Enterprise Grid. `date` is the Date
    header of Slack's answer, empty without one.
    """

    workspace: str
    user: str
    scopes: frozenset[str] | None
    enterprise: bool
    date: str


def required_scopes() -> frozenset[str]:
    """Return the scopes of the manifest without which the bot does not work."""
    return frozenset(_scopes()["bot"]) - optional_scopes()


def optional_scopes() -> frozenset[str]:
    """Return the scopes that the manifest marks as optional."""
    return frozenset(_scopes()["bot_optional"])


async def access(client: AsyncWebClient) -> Access:
    """Try the bot token.

    Raises RetryableNotificationError, or PermanentNotificationError with Slack's word.
    """
    answer = await call(client.auth_test)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    told = headers.get(_SCOPES)
    return Access(
        workspace=str(answer.get("team") or answer.get("team_id")),
        user=str(answer.get("user") or answer.get("user_id")),
        scopes=None
        if told is None
        else frozenset(scope.strip() for scope in told.split(",")),
        enterprise=bool(answer.get("enterprise_id")),
        date=headers.get("date", ""),
    )


async def open_socket(client: AsyncWebClient, app_token: str) -> None:
    """Try the app token.

    Raises RetryableNotificationError, or PermanentNotificationError with Slack's word.
    """
    await call(client.apps_connections_open, app_token=app_token)


async def is_in_channel(client: AsyncWebClient, channel: str) -> bool:
    """Return whether the bot is a member of a channel.

    A member can read, and nobody else, so this needs no scope of its own beside the
    optional ones for the history. Raises
    RetryableNotificationError, or PermanentNotificationError where Slack refuses for
    another reason.
    """
    try:
        await call(client.conversations_history, channel=channel, limit=1)
    except PermanentNotificationError as refused:
        if refused.code in _ABSENT:
            return False
        raise
    return True


async def count_groups(client: AsyncWebClient) -> int:
    """Return how many user groups there are.

    Raises RetryableNotificationError, or PermanentNotificationError with Slack's word.
    """
    answer = await call(client.usergroups_list)
    return len(answer.get("usergroups") or ())


def _scopes() -> dict[str, list[str]]:
    manifest = json.loads(files("bot.slack").joinpath(_MANIFEST).read_text())
    scopes: dict[str, list[str]] = manifest["oauth_config"]["scopes"]
    return scopes
