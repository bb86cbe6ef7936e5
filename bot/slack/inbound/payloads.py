"""Payloads of Slack, read into types: who, where, what."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeGuard

from bot.domain.requests import Person, Place
from bot.slack.ids import request_id_of

Payload = Mapping[str, Any]

_TIMESTAMP: Final = re.compile(r"[0-9]{1,10}\.[0-9]{1,6}")
_OBJECT: Final = (dict, type(None))
_NAMED: Final = (dict, str, type(None))
_WORD: Final = (str, type(None))
# Slack's ids of a delivery are short and plain; what is not is no key of a table.
_DELIVERY_ID: Final = re.compile(r"[!-~]{1,200}")
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
    """A command's text as Slack sent it, with who asked, where, and how to answer.

    `delivery_id` is the same where Slack, or a proxy, delivers it a second time.
    """

    text: str
    place: Place
    person: Person
    response_url: str | None = None
    delivery_id: str = ""


@dataclass(frozen=True, slots=True)
class Click:
    """A press of one of our buttons."""

    action_id: str
    request_id: str | None
    card: str
    place: Place
    person: Person
    response_url: str | None = None
    pressed_at: datetime | None = None


def is_readable(body: object) -> TypeGuard[dict[str, Any]]:
    """Return whether a payload has the form that Bolt and this package rely on."""
    if not isinstance(body, dict) or not _well_formed(body):
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


def workspaces_of(body: Payload) -> frozenset[str]:
    """Return the ids of the workspaces that a payload names as those it is for.

    A command names one as `team_id`, and so does an event; the event's
    `authorizations` name the installation that it is delivered to. A click names one
    as `team`: that of the app, but on Enterprise Grid one of the presser's own.
    """
    granted = body.get("authorizations")
    authorizations = granted if isinstance(granted, list) else []
    named = [
        _text(body, "team_id"),
        _text(_object(body, "team"), "id"),
        *(_text(one, "team_id") for one in authorizations if isinstance(one, dict)),
    ]
    return frozenset(filter(None, named))


def message_of(body: Payload) -> Payload:
    """Return the message that was clicked on; empty where the payload has none."""
    return _object(body, "message")


def read_command(body: Payload, workspace: str) -> Asked | None:
    """Read a slash command; None where it does not say who asks, or where.

    `workspace` is the one that the payload was accepted for, here and below.
    """
    user, channel = _text(body, "user_id"), _text(body, "channel_id")
    if not user or not channel:
        return None
    return Asked(
        _text(body, "text"),
        Place(workspace, channel),
        Person(user, _text(body, "team_id")),
        _text(body, "response_url") or None,
        _delivery_id(body, "trigger_id"),
    )


def read_mention(body: Payload, workspace: str) -> Asked | None:
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
        Place(workspace, channel, thread),
        Person(user, team),
        delivery_id=_delivery_id(body, "event_id"),
    )


def read_click(body: Payload, workspace: str) -> Click | None:
    """Read a press of a button; None where it does not say who, where or on what."""
    user, container = _object(body, "user"), _object(body, "container")
    message, channel = message_of(body), _object(body, "channel")
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
        Place(workspace, channel_id, inside),
        Person(user_id, _text(user, "team_id")),
        _text(body, "response_url") or None,
        _moment(_text(first, "action_ts")),
    )


def _moment(timestamp: str) -> datetime | None:
    """Return the moment that a Slack timestamp names; None where it names none."""
    if _TIMESTAMP.fullmatch(timestamp) is None:
        return None
    return datetime.fromtimestamp(float(timestamp), UTC)


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


def _delivery_id(body: Payload, key: str) -> str:
    found = _text(body, key)
    return found if _DELIVERY_ID.fullmatch(found) else ""


def _first(part: Payload, *keys: str) -> str:
    return next((text for key in keys if (text := _text(part, key))), "")
