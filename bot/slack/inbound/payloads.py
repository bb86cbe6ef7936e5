"""Payloads of Slack, read into types: who, where, what."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bot.domain.requests import Person, Place
from bot.slack.ids import MOST_VALUE, request_id_of
from bot.slack.inbound.shapes import Payload, are_actions

_TIMESTAMP: Final = re.compile(r"[0-9]{1,10}\.[0-9]{1,6}")
# Slack's ids of a delivery are short and plain; what is not is no key of a table.
_DELIVERY_ID: Final = re.compile(r"[!-~]{1,200}")


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
    first = actions[0] if isinstance(actions, list) and are_actions(actions) else {}
    return Click(
        _text(first, "action_id"),
        request_id_of(first.get("value")),
        card,
        Place(workspace, channel_id, inside),
        Person(user_id, _text(user, "team_id")),
        _text(body, "response_url") or None,
        _moment(_text(first, "action_ts")),
    )


def read_choice(body: Payload, workspace: str) -> Asked | None:
    """Read a press of a button that stands for a command; None where it is none.

    Its value is what could be typed, and is read as that. Two presses of one button
    are one command.
    """
    click, actions = read_click(body, workspace), body.get("actions")
    if click is None or not isinstance(actions, list) or not are_actions(actions):
        return None
    text = _text(actions[0], "value")
    if not text or len(text) > MOST_VALUE:
        return None
    delivery_id = f"{click.place.channel}/{click.card}/{click.action_id}"
    return Asked(
        text,
        click.place,
        click.person,
        click.response_url,
        delivery_id if _DELIVERY_ID.fullmatch(delivery_id) else "",
    )


def _moment(timestamp: str) -> datetime | None:
    """Return the moment that a Slack timestamp names; None where it names none."""
    if _TIMESTAMP.fullmatch(timestamp) is None:
        return None
    return datetime.fromtimestamp(float(timestamp), UTC)


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
