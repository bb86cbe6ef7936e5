"""Checks of Slack: tokens, scopes, delivery of payloads, channels, clock."""

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Settings
from bot.doctor.certificate import fix_connection
from bot.doctor.clock import check_clock, seconds_ahead
from bot.doctor.finding import TRY_AGAIN, Finding
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.slack.client import diagnostics
from bot.slack.client.calls import PLAN_WITHOUT_GROUPS
from bot.slack.client.clients import make_client, open_session

_REINSTALL: Final = (
    "Add them under OAuth & Permissions of the Slack app, then install it again."
)
# What does not work without these optional scopes.
_WITHOUT: Final[Mapping[frozenset[str], str]] = {
    frozenset({"channels:history", "groups:history"}): (
        "They are for searching a thread: without them the bot posts a result a second"
        " time rather than not at all when Slack's answer was lost."
    ),
    frozenset({"channels:read", "groups:read"}): (
        "They tell in which channels somebody is: without them the Home tab lists no"
        " rollouts of these, and an unknown alias is not looked for in them."
    ),
    frozenset({"usergroups:read"}): (
        "It tells who is in a user group: without it a rule can name people only."
    ),
    frozenset({"users:read"}): (
        "It tells who is an admin, a bot or deactivated: without it a rule that needs"
        " to know a person cannot be met."
    ),
}
_NO_PEOPLE: Final = (
    "On Enterprise Grid it tells a colleague of another workspace from a guest: without"
    " it such a person can halt, and do nothing else."
)
_GROUPS: Final = "usergroups:read"
_NO_GROUPS: Final = (
    "User groups need a paid plan of Slack: until then a rule can name people only."
)
_UNTOLD: Final = (
    "Slack's answer has no X-OAuth-Scopes header; compare OAuth & Permissions of the"
    " Slack app with bot/slack/manifest.json."
)
_NO_SCOPES: Final = "Update the Slack app from bot/slack/manifest.json, then reinstall."
_PEOPLE: Final = "users:read"
_INVITE: Final = "In that channel, type /invite @Rollout"
_TOKENS: Final = {
    "invalid_auth": "SLACK_BOT_TOKEN is wrong: copy it from OAuth & Permissions.",
    "not_authed": "SLACK_BOT_TOKEN is wrong: copy it from OAuth & Permissions.",
    "token_expired": "The token has expired: install the Slack app again.",
    "token_revoked": "The token was revoked: install the Slack app again.",
    "account_inactive": "The Slack app was removed: install it again.",
}
_UNREACHABLE: Final = (
    "Check the network of this machine, HTTPS_PROXY and SLACK_API_URL, then try again."
)
_SOCKET: Final = (
    "Make an app-level token with the scope connections:write and switch Socket Mode"
    " on, or leave SLACK_APP_TOKEN empty to use signed HTTP."
)
_HTTP_MODE: Final = (
    "Slack must reach POST /slack/events at this bot's public address; only Slack's"
    " own signed requests can test that."
)
# The Date header has whole seconds, and the response takes a moment.
_MOST_SKEW: Final = 10.0


async def check_slack(
    settings: Settings, channels: Sequence[str], clock: Callable[[], datetime]
) -> AsyncGenerator[Finding]:
    """Check the tokens, and whether the bot is in the channels that have aliases."""
    async with open_session() as session:
        client = make_client(settings.slack_bot_token, settings.slack_api_url, session)
        try:
            access = await diagnostics.access(client)
            ahead = seconds_ahead(clock(), access.date)
        except (PermanentNotificationError, RetryableNotificationError) as refused:
            again = await fix_connection(
                session, "SLACK_API_URL", settings.slack_api_url, _UNREACHABLE
            )
            yield _refused("Slack", refused, again)
            return
        yield Finding("Slack", f"{access.user} of {access.workspace}")
        for finding in _check_scopes(access):
            yield finding
        if (skew := check_clock(ahead, "Slack's", _MOST_SKEW)) is not None:
            yield skew
        async for finding in _check_delivery(client, settings):
            yield finding
        if access.scopes is None or _GROUPS in access.scopes:
            yield await _check_groups(client)
        for channel in channels:
            if (found := await _check_channel(client, channel)) is not None:
                yield found


def _check_scopes(access: diagnostics.Access) -> Iterator[Finding]:
    subject = "Slack scopes"
    if access.scopes is None:
        yield Finding(subject, "not known", _UNTOLD)
        return
    missing = sorted(diagnostics.required_scopes() - access.scopes)
    if missing:
        found = f"the token lacks the scopes {', '.join(missing)}"
        yield Finding(subject, found, _REINSTALL, bad=True)
    for scopes, without in _WITHOUT.items():
        if optional := sorted(scopes - access.scopes):
            found = f"the token lacks the optional scopes {', '.join(optional)}"
            yield Finding(subject, found, without)
    if access.enterprise and _PEOPLE not in access.scopes:
        yield Finding(subject, f"the token lacks {_PEOPLE}", _NO_PEOPLE)


async def _check_channel(client: AsyncWebClient, channel: str) -> Finding | None:
    subject = f"channel {channel}"
    try:
        is_member = await diagnostics.is_in_channel(client, channel)
    except (PermanentNotificationError, RetryableNotificationError) as refused:
        needed = getattr(refused, "needed", "")
        if needed not in diagnostics.optional_scopes():
            return _refused(subject, refused)
        unknown = f"whether the bot is in it is not known without {needed}"
        return Finding(subject, unknown, _INVITE)
    if is_member:
        return None
    return Finding(subject, "has aliases, but the bot is not in it", _INVITE, bad=True)


async def _check_groups(client: AsyncWebClient) -> Finding:
    subject = "user groups"
    try:
        count = await diagnostics.count_groups(client)
    except PermanentNotificationError as refused:
        if refused.code in PLAN_WITHOUT_GROUPS:
            found = f"this workspace's plan has none ({refused.code})"
            return Finding(subject, found, _NO_GROUPS)
        return Finding(subject, f"cannot be read: {refused.code}", _NO_SCOPES)
    except RetryableNotificationError as away:
        return Finding(subject, f"cannot be read: {away.words}", TRY_AGAIN)
    return Finding(subject, f"found: {count}")


async def _check_delivery(
    client: AsyncWebClient, settings: Settings
) -> AsyncGenerator[Finding]:
    if settings.slack_app_token is None:
        yield Finding("Slack delivery", "signed HTTP", _HTTP_MODE)
        return
    try:
        await diagnostics.open_socket(client, settings.slack_app_token)
    except PermanentNotificationError as refused:
        yield Finding("Socket Mode", refused.code, _SOCKET, bad=True)
    except RetryableNotificationError as away:
        # The running bot retries after a wrong token, since somebody may replace it
        # meanwhile. Who runs the doctor is that somebody.
        fix = _SOCKET if away.code in _TOKENS else TRY_AGAIN
        yield Finding("Socket Mode", away.code or away.words, fix, bad=True)
    else:
        yield Finding("Socket Mode", "works")


def _refused(
    subject: str,
    refused: PermanentNotificationError | RetryableNotificationError,
    again: str = TRY_AGAIN,
) -> Finding:
    if isinstance(refused, RetryableNotificationError) and refused.code not in _TOKENS:
        return Finding(subject, refused.words, again, bad=True)
    fix = _TOKENS.get(refused.code, _NO_SCOPES)
    needed = getattr(refused, "needed", "")
    found = f"{refused.code} (needed: {needed})" if needed else refused.code
    return Finding(subject, found, fix, bad=True)
