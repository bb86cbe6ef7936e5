"""Payloads that Slack sends to the app: commands, clicks and mentions."""

import dataclasses
import secrets
import time
from typing import Any, Final

from bot.sandbox.slack import typed_text, wire
from bot.sandbox.slack.directory import (
    APP_ID,
    BOT_USER_ID,
    TEAM_ID,
    VERIFICATION_TOKEN,
    Channel,
    Directory,
    Person,
)
from bot.sandbox.slack.messages import Message


@dataclasses.dataclass(frozen=True, slots=True)
class Retry:
    """Which retry of an event a delivery is, 0 for none, and why it is needed."""

    number: int = 0
    reason: str = ""


FIRST_ATTEMPT: Final = Retry()


@dataclasses.dataclass(frozen=True, slots=True)
class Origin:
    """Who acted, in which channel, and the response URL for the app."""

    directory: Directory
    person: Person
    channel: Channel
    response_url: str = ""


def trigger_id() -> str:
    """Return a random trigger id in Slack's format."""
    return (
        f"{time.time_ns() // 1_000_000}.{secrets.randbits(40)}.{secrets.token_hex(16)}"
    )


def command(origin: Origin, name: str, text: str) -> dict[str, Any]:
    """Return the form fields of a slash command.

    https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling
    """
    directory, person, channel = origin.directory, origin.person, origin.channel
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": directory.home.id,
        "team_domain": directory.home.domain,
        "channel_id": channel.id,
        "channel_name": "privategroup" if channel.private else channel.name,
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": origin.response_url,
        "trigger_id": trigger_id(),
    }


def block_actions(
    origin: Origin, message: Message, element: dict[str, Any], block_id: str
) -> dict[str, Any]:
    """Return the payload of a click on a button.

    An ephemeral message is not in its own payload. `team` is the app's workspace, but
    on Enterprise Grid it is the presser's own, wherever they press.
    https://github.com/slackapi/bolt-js/issues/1875
    https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
    """
    directory, person, channel = origin.directory, origin.person, origin.channel
    in_organisation = person.team_id in directory.colleagues(directory.home.id)
    team = directory.teams[person.team_id] if in_organisation else directory.home
    container: dict[str, Any] = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.seen_by is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team_id,
        },
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "container": container,
        "trigger_id": trigger_id(),
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": {"id": team.organisation} if team.organisation else None,
        "is_enterprise_install": False,
        "channel": {"id": channel.id, "name": channel.name},
        "state": {"values": {}},
        "response_url": origin.response_url,
        "actions": [{**element, "block_id": block_id, "action_ts": _now()}],
    }
    if person.team_id != directory.home.id:
        guest = directory.teams[person.team_id]
        payload["user"]["team_domain"] = guest.domain
    if message.seen_by is None:
        payload["message"] = wire.message(directory, message)
    return payload


def app_mention(origin: Origin, message: Message) -> dict[str, Any]:
    """Return the event of a message that mentions the bot.

    https://docs.slack.dev/reference/events/app_mention
    """
    person, channel = origin.person, origin.channel
    event: dict[str, Any] = {
        "type": "app_mention",
        "user": person.id,
        "text": message.text,
        "ts": message.ts,
        "client_msg_id": secrets.token_hex(16),
        "team": person.team_id,
        "blocks": [typed_text.rich_text(message.text, "typed")],
        "channel": channel.id,
        "event_ts": message.ts,
    }
    if message.is_reply:
        event["thread_ts"] = message.thread_ts
    if person.team_id != TEAM_ID:
        event |= {"user_team": person.team_id, "source_team": person.team_id}
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER_ID,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": channel.shared,
        "event_context": f"4-{secrets.token_hex(16)}",
    }


def _now() -> str:
    return f"{time.time():.6f}"
