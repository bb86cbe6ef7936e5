"""Payloads of Slack, read into types: who, where, what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from bot.domain.requests import Person, Place
from bot.slack.ids import request_id_of

Payload = Mapping[str, Any]

_OBJECT: Final = (dict, type(None))
_NAMED: Final = (dict, str, type(None))
_WORD: Final = (str, type(None))
# Slack's payloads have about ten levels; Bolt and its helpers follow each by recursion.
_MOST_LEVELS: Final = 50
_OUR_TYPES: Final = ("block_actions", "event_callback", "url_verification")
# The forms on which Bolt relies without a look; anything else would end in a traceback
# inside it instead of an answer.
_SHAPES: Final[dict[str, tuple[type, ...]]] = {
    "type": _WORD,
    "command": (str,),
    "team": _NAMED,
    "enterprise": _NAMED,
    "user": _NAMED,
    "channel": _NAMED,
    "view": _OBJECT,
    "message": _OBJECT,
    "previous_message": _OBJECT,
    "item": _OBJECT,
    "assistant_thread": _OBJECT,
    "team_id": _WORD,
    "user_id": _WORD,
    "channel_id": _WORD,
    "enterprise_id": _WORD,
    "response_url": _WORD,
    "thread_ts": _WORD,
    "callback_id": _WORD,
    "action_id": _WORD,
    "block_id": _WORD,
    "subtype": _WORD,
    "bot_id": _WORD,
    "function_execution_id": _WORD,
    "bot_access_token": _WORD,
    "function_data": _OBJECT,
    "id": _WORD,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A command's text as Slack sent it, with who asked, where, and how to answer."""

    text: str
    place: Place
    person: Person
    response_url: str | None = None


@dataclass(frozen=True, slots=True)
class Click:
    """A press of one of our buttons."""

    action_id: str
    request_id: str | None
    card: str
    place: Place
    person: Person
    response_url: str | None = None


def is_readable(body: object) -> TypeGuard[dict[str, Any]]:
    """Return whether a payload has the form that Bolt and this package rely on."""
    if not (
        isinstance(body, dict) and _is_flat(body, _MOST_LEVELS) and _well_formed(body)
    ):
        return False
    event, actions = body.get("event", {}), body.get("actions")
    authorizations = body.get("authorizations")
    return (
        isinstance(event, dict)
        and _well_formed(event)
        and (body.get("type") != "event_callback" or isinstance(event.get("type"), str))
        and ("actions" not in body or _are_actions(actions))
        and (body.get("type") != "block_actions" or _have_ids(actions))
        and (authorizations is None or _are_objects(authorizations))
        and not isinstance(body.get("response_urls"), str | int | dict)
    )


def is_for_us(body: Payload) -> bool:
    """Return whether a readable payload is of a kind that the manifest asks for.

    Bolt reads parts of the other kinds that need not be there.
    """
    if "type" in body:
        return body["type"] in _OUR_TYPES
    return "command" in body or "ssl_check" in body


def workspace_of(body: Payload) -> str:
    """Return the id of the workspace that a payload names; empty where it names none.

    A command and an event name it as `team_id`: in a shared channel that is ours,
    whoever spoke. A click names it as `team`; the presser's own is in `user`.
    """
    return _text(body, "team_id") or _text(_object(body, "team"), "id")


def read_command(body: Payload) -> Asked | None:
    """Read a slash command; None where it does not say who asks, or where."""
    user, channel = _text(body, "user_id"), _text(body, "channel_id")
    if not user or not channel:
        return None
    return Asked(
        _text(body, "text"),
        Place(workspace_of(body), channel),
        Person(user, _text(body, "team_id")),
        _text(body, "response_url") or None,
    )


def read_mention(body: Payload) -> Asked | None:
    """Read an `app_mention`; None where it is a bot's, an edit, or says too little."""
    event = _object(body, "event")
    user, channel = _text(event, "user"), _text(event, "channel")
    edited = "edited" in event or "subtype" in event
    if not user or not channel or edited or event.get("bot_id"):
        return None
    thread = _text(event, "thread_ts") or None
    # In a shared channel `team_id` of the envelope is ours, whoever spoke.
    own = "" if body.get("is_ext_shared_channel") else _text(body, "team_id")
    team = _first(event, "user_team", "source_team", "team") or own
    return Asked(
        _text(event, "text"),
        Place(workspace_of(body), channel, thread),
        Person(user, team),
    )


def read_click(body: Payload) -> Click | None:
    """Read a press of a button; None where it does not say who, where or on what."""
    user, container = _object(body, "user"), _object(body, "container")
    message, channel = _object(body, "message"), _object(body, "channel")
    user_id = _text(user, "id")
    channel_id = _text(channel, "id") or _text(container, "channel_id")
    card = _text(container, "message_ts") or _text(message, "ts")
    if not user_id or not channel_id or not card:
        return None
    thread = _text(container, "thread_ts") or _text(message, "thread_ts")
    # The card itself may have a thread below it, which is not a place it is in.
    inside = thread if thread and thread != card else None
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and _are_actions(actions) else {}
    return Click(
        _text(first, "action_id"),
        request_id_of(first.get("value")),
        card,
        Place(workspace_of(body), channel_id, inside),
        Person(user_id, _text(user, "team_id")),
        _text(body, "response_url") or None,
    )


def _is_flat(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    parts = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_flat(part, levels - 1) for part in parts)


def _well_formed(part: Payload) -> bool:
    return all(
        isinstance(part[key], shapes) for key, shapes in _SHAPES.items() if key in part
    ) and all(
        _well_formed(value)
        for key, value in part.items()
        if key in _SHAPES and isinstance(value, dict)
    )


def _are_objects(values: object) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, dict) and _well_formed(value) for value in values
    )


def _are_actions(values: object) -> bool:
    return bool(values) and _are_objects(values)


def _have_ids(values: object) -> bool:
    return isinstance(values, list) and all(
        isinstance(value.get("action_id"), str) for value in values
    )


def _object(part: Payload, key: str) -> dict[str, Any]:
    value = part.get(key)
    return value if isinstance(value, dict) else {}


def _text(part: Payload, key: str) -> str:
    value = part.get(key)
    return value if isinstance(value, str) else ""


def _first(part: Payload, *keys: str) -> str:
    return next((text for key in keys if (text := _text(part, key))), "")
