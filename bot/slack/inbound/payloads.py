"""Payloads of Slack, read into types: who, where, what."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.domain.requests import Person, Place
from bot.slack.ids import MOST_VALUE, request_id_of
from bot.slack.inbound.fields import (
    delivery_id,
    first_text_in,
    object_in,
    text_in,
)
from bot.slack.inbound.shapes import Payload, are_actions

_TIMESTAMP: Final = re.compile(r"[0-9]{1,10}\.[0-9]{1,6}")


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
    """A press of one of our buttons; `trigger_id` opens a form for three seconds."""

    action_id: str
    request_id: str | None
    card: str
    place: Place
    person: Person
    response_url: str | None = None
    pressed_at: datetime | None = None
    trigger_id: str = ""


def workspaces_of(body: Payload) -> frozenset[str]:
    """Return the ids of the workspaces that a payload names as those it is for.

    A command names one as `team_id`, and so does an event; the event's
    `authorizations` name the installation that it is delivered to. A click and a form
    name one as `team`: that of the app, but on Enterprise Grid one of the presser's
    own. A form's view names the app's, too.
    """
    granted = body.get("authorizations")
    authorizations = granted if isinstance(granted, list) else []
    named = [
        text_in(body, "team_id"),
        text_in(object_in(body, "team"), "id"),
        text_in(object_in(body, "view"), "app_installed_team_id"),
        *(text_in(one, "team_id") for one in authorizations if isinstance(one, dict)),
    ]
    return frozenset(filter(None, named))


def message_of(body: Payload) -> Payload:
    """Return the message that was clicked on; empty where the payload has none."""
    return object_in(body, "message")


def read_command(body: Payload, workspace: str) -> Asked | None:
    """Read a slash command; None where it does not say who asks, or where.

    `workspace` is the one that the payload was accepted for, here and below.
    """
    user, channel = text_in(body, "user_id"), text_in(body, "channel_id")
    if not user or not channel:
        return None
    return Asked(
        text_in(body, "text"),
        Place(workspace, channel),
        Person(user, text_in(body, "team_id")),
        text_in(body, "response_url") or None,
        delivery_id(text_in(body, "trigger_id")),
    )


def read_mention(body: Payload, workspace: str) -> Asked | None:
    """Read an `app_mention`; None where it is a bot's, an edit, or says too little."""
    event = object_in(body, "event")
    user, channel = text_in(event, "user"), text_in(event, "channel")
    edited = "edited" in event or "subtype" in event
    if not user or not channel or edited or event.get("bot_id"):
        return None
    thread = text_in(event, "thread_ts") or None
    # In a shared channel `team_id` of the envelope is ours, whoever spoke.
    own = "" if body.get("is_ext_shared_channel") else text_in(body, "team_id")
    team = first_text_in(event, "user_team", "source_team", "team") or own
    return Asked(
        text_in(event, "text"),
        Place(workspace, channel, thread),
        Person(user, team),
        delivery_id=delivery_id(text_in(body, "event_id")),
    )


def read_click(body: Payload, workspace: str) -> Click | None:
    """Read a press of a button; None where it does not say who, where or on what."""
    user, container = object_in(body, "user"), object_in(body, "container")
    message, channel = message_of(body), object_in(body, "channel")
    user_id = text_in(user, "id")
    channel_id = text_in(channel, "id") or text_in(container, "channel_id")
    card = text_in(container, "message_ts") or text_in(message, "ts")
    if not user_id or not channel_id or not card:
        return None
    thread = text_in(container, "thread_ts") or text_in(message, "thread_ts")
    # The card itself may have a thread below it, which is not a place it is in.
    inside = thread if thread and thread != card else None
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and are_actions(actions) else {}
    return Click(
        text_in(first, "action_id"),
        request_id_of(first.get("value")),
        card,
        Place(workspace, channel_id, inside),
        Person(user_id, text_in(user, "team_id")),
        text_in(body, "response_url") or None,
        _moment(text_in(first, "action_ts")),
        text_in(body, "trigger_id"),
    )


def read_choice(body: Payload, workspace: str) -> Asked | None:
    """Read a press of a button that stands for a command; None where it is none.

    Its value is what could be typed, and is read as that. Two presses of one button
    are one command.
    """
    click, actions = read_click(body, workspace), body.get("actions")
    if click is None or not isinstance(actions, list) or not are_actions(actions):
        return None
    text = text_in(actions[0], "value")
    if not text or len(text) > MOST_VALUE:
        return None
    return Asked(
        text,
        click.place,
        click.person,
        click.response_url,
        delivery_id(f"{click.place.channel}/{click.card}/{click.action_id}"),
    )


def _moment(timestamp: str) -> datetime | None:
    """Return the moment that a Slack timestamp names; None where it names none."""
    if _TIMESTAMP.fullmatch(timestamp) is None:
        return None
    return datetime.fromtimestamp(float(timestamp), UTC)
