"""Reading the arguments of a Web API call, whichever way they were sent."""

import json
from typing import Any

from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.world import Channel, World

Args = dict[str, Any]


def text(args: Args, name: str) -> str:
    """Give an argument as text, empty when it is not there."""
    value = args.get(name)
    return "" if value is None else str(value)


def flag(args: Args, name: str) -> bool:
    """Give an argument as yes or no; forms say it in words."""
    return text(args, name).lower() in ("1", "true")


def number(args: Args, name: str, default: int) -> int:
    """Give an argument as a number; raises `SlackError` when it is none."""
    value = text(args, name)
    if not value:
        return default
    if not value.isdecimal():
        raise missing(f"[ERROR] must be an integer [json-pointer:/{name}]")
    return int(value)


def missing(*messages: str) -> SlackError:
    """Give Slack's answer to arguments that it cannot work with."""
    return SlackError("invalid_arguments", response_metadata={"messages": [*messages]})


def required(args: Args, name: str) -> str:
    """Give an argument as text; raises `SlackError` when it is missing."""
    value = text(args, name)
    if not value:
        raise missing(f"[ERROR] missing required field: {name}")
    return value


def from_json(value: Any, wrong: str) -> Any:  # noqa: ANN401 - JSON, of any shape
    """Give what came as JSON, as text or as it is; None where nothing came.

    Raises `SlackError` with the code `wrong` for text that is no JSON.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise SlackError(wrong) from error


def metadata(args: Args) -> dict[str, Any] | None:
    """Give the metadata, None when there is none; raises `SlackError` for bad ones.

    https://docs.slack.dev/messaging/message-metadata
    """
    value = from_json(args.get("metadata"), "invalid_metadata_format")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise SlackError("invalid_metadata_format")
    if value == {}:
        return {}
    fits = isinstance(value.get("event_type"), str) and isinstance(
        value.get("event_payload"), dict
    )
    if not fits:
        raise SlackError("invalid_metadata_schema")
    return value


def channel(args: Args, world: World, *, member: bool) -> Channel:
    """Give the channel; raises `SlackError` as Slack does for one out of reach.

    A private channel that the bot is not in does not exist for it. `member` says that
    being allowed to see a public one is not enough.
    """
    found = world.channels.get(required(args, "channel"))
    if found is None or (found.private and not found.bot_is_member):
        raise SlackError("channel_not_found")
    if member and not found.bot_is_member:
        raise SlackError("not_in_channel")
    return found
