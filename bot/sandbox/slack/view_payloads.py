"""Payloads of views that Slack sends to the app: Home opened, pressed, submitted.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from datetime import datetime
from typing import Any

from bot.sandbox.slack import payloads, wire
from bot.sandbox.slack.directory import Person, direct_id
from bot.sandbox.slack.payloads import Actor
from bot.sandbox.slack.views import View

Json = dict[str, Any]


def app_home_opened(person: Person, view: View | None, at: datetime) -> Json:
    """Return the event of a person who opened the Home tab.

    The view is in it from the second time on, after the first was published.
    https://docs.slack.dev/reference/events/app_home_opened
    """
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": direct_id(person.id),
        "tab": "home",
        "event_ts": f"{at.timestamp():.6f}",
    }
    if view is not None:
        event["view"] = wire.view(view, {})
    return payloads.event_callback(event)


def block_actions(actor: Actor, view: View, values: Json, element: Json) -> Json:
    """Return the payload of a press on a button in a view."""
    return {
        **payloads.interaction("block_actions", actor),
        "container": {"type": "view", "view_id": view.id},
        "view": wire.view(view, values),
        "actions": [{**element, "action_ts": payloads.action_ts(actor)}],
    }


def block_suggestion(
    actor: Actor, view: View, values: Json, where: tuple[str, str], typed: str
) -> Json:
    """Return the payload that asks for the options of what is typed into a select.

    `where` are the ids of its block and action. It opens no view.
    https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
    """
    payload = payloads.interaction("block_suggestion", actor)
    del payload["trigger_id"]
    block_id, action_id = where
    return {
        **payload,
        "container": {"type": "view", "view_id": view.id},
        "action_id": action_id,
        "block_id": block_id,
        "value": typed,
        "view": wire.view(view, values),
    }


def view_submission(actor: Actor, view: View, values: Json) -> Json:
    """Return the payload of a form that was submitted."""
    return {
        **payloads.interaction("view_submission", actor),
        "view": wire.view(view, values),
        "response_urls": [],
    }


def view_closed(actor: Actor, view: View, values: Json) -> Json:
    """Return the payload of a form that was closed; it opens no other view."""
    payload = payloads.interaction("view_closed", actor)
    del payload["trigger_id"]
    return {**payload, "view": wire.view(view, values), "is_cleared": False}
