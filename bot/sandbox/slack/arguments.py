"""Arguments of a Web API call, sent as a form, a query or JSON."""

import json
from typing import Any, Final

from bot.sandbox.slack.directory import Channel, Directory
from bot.sandbox.slack.errors import SlackError

Args = dict[str, Any]

MAX_PAGE: Final = 999


def text(args: Args, name: str) -> str:
    """Return an argument as text, empty when it is missing."""
    value = args.get(name)
    return "" if value is None else str(value)


def flag(args: Args, name: str) -> bool:
    """Return an argument as a boolean; forms send "1" or "true"."""
    return text(args, name).lower() in ("1", "true")


def number(args: Args, name: str, default: int) -> int:
    """Return an argument as a number; raises `SlackError` when it is not one."""
    value = text(args, name)
    if not value:
        return default
    if not value.isdecimal():
        raise invalid_arguments(f"[ERROR] must be an integer [json-pointer:/{name}]")
    return int(value)


def invalid_arguments(*messages: str) -> SlackError:
    """Return the error for arguments that Slack does not accept."""
    return SlackError("invalid_arguments", response_metadata={"messages": [*messages]})


def page(found: list[Any], args: Args, *, default: int) -> tuple[list[Any], str]:
    """Return the page that `cursor` and `limit` ask for, and the next cursor."""
    start = number(args, "cursor", 0)
    limit = min(number(args, "limit", default) or default, MAX_PAGE)
    end = start + limit
    return found[start:end], str(end) if end < len(found) else ""


def required(args: Args, name: str) -> str:
    """Return an argument as text; raises `SlackError` when it is missing."""
    value = text(args, name)
    if not value:
        raise invalid_arguments(f"[ERROR] missing required field: {name}")
    return value


def parse_json(value: Any, wrong: str) -> Any:  # noqa: ANN401 - JSON, of any shape
    """Return a value that was sent as JSON text or as JSON itself; None if missing.

    Raises `SlackError` with the code `wrong` for text that is not JSON.
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
    """Return the metadata, None if missing; raises `SlackError` for invalid ones.

    https://docs.slack.dev/messaging/message-metadata
    """
    value = parse_json(args.get("metadata"), "invalid_metadata_format")
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


def channel(args: Args, directory: Directory, *, member: bool) -> Channel:
    """Return the channel; raises `SlackError` for one that the bot may not use.

    A private channel that the bot is not in does not exist for it. With `member` the
    bot has to be a member of a public channel too.
    """
    found = directory.channels.get(required(args, "channel"))
    if found is None or (found.private and not found.bot_is_member):
        raise SlackError("channel_not_found")
    if member and not found.bot_is_member:
        raise SlackError("not_in_channel")
    return found
