"""Payloads that Slack sends to the app: commands, clicks and mentions."""

import dataclasses
import secrets
from datetime import datetime
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
class Actor:
    """Who acted, the trigger id of that, and when it was."""

    directory: Directory
    person: Person
    trigger_id: str
    at: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Origin(Actor):
    """Who acted, in which channel, and the response URL for the app."""

    channel: Channel
    response_url: str = ""


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
        "trigger_id": origin.trigger_id,
    }


def block_actions(
    origin: Origin, message: Message, element: dict[str, Any], block_id: str
) -> dict[str, Any]:
    """Return the payload of a click on a button.

    An ephemeral message is not in its own payload.
    https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
    """
    channel = origin.channel
    container: dict[str, Any] = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.seen_by is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload: dict[str, Any] = {
        **interaction("block_actions", origin),
        "container": container,
        "channel": {"id": channel.id, "name": channel.name},
        "state": {"values": {}},
        "response_url": origin.response_url,
        "actions": [{**element, "block_id": block_id, "action_ts": action_ts(origin)}],
    }
    if message.seen_by is None:
        payload["message"] = wire.message(origin.directory, message)
    return payload


def interaction(kind: str, actor: Actor) -> dict[str, Any]:
    """Return what every payload of an interaction begins with.

    `team` is the app's workspace, but on Enterprise Grid it is the presser's own,
    wherever they press. https://github.com/slackapi/bolt-js/issues/1875
    """
    directory, person = actor.directory, actor.person
    in_organisation = person.team_id in directory.colleagues(directory.home.id)
    team = directory.teams[person.team_id] if in_organisation else directory.home
    user = {
        "id": person.id,
        "username": person.name,
        "name": person.name,
        "team_id": person.team_id,
    }
    if person.team_id != directory.home.id:
        user["team_domain"] = directory.teams[person.team_id].domain
    return {
        "type": kind,
        "user": user,
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "trigger_id": actor.trigger_id,
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": {"id": team.organisation} if team.organisation else None,
        "is_enterprise_install": False,
    }


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
    return event_callback(event, shared=channel.shared)


def event_callback(event: dict[str, Any], *, shared: bool = False) -> dict[str, Any]:
    """Return the payload that carries an event.

    https://docs.slack.dev/apis/events-api#callback-field
    """
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(float(event["event_ts"])),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER_ID,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": shared,
        "event_context": f"4-{secrets.token_hex(16)}",
    }


def action_ts(actor: Actor) -> str:
    """Return the time of an action, as Slack writes it."""
    return f"{actor.at.timestamp():.6f}"
