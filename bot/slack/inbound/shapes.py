"""Shapes of payloads: what Bolt and this package rely on before anything is read."""

from collections.abc import Mapping
from typing import Any, Final, TypeGuard

Payload = Mapping[str, Any]

_OBJECT: Final = (dict, type(None))
_NAMED: Final = (dict, str, type(None))
_WORD: Final = (str, type(None))
# Slack's payloads have about ten levels; Bolt and its helpers follow each by recursion.
_MOST_LEVELS: Final = 50
_OUR_TYPES: Final = (
    "block_actions",
    "block_suggestion",
    "event_callback",
    "url_verification",
    "view_submission",
)
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
        and ("actions" not in body or are_actions(actions))
        and (body.get("type") != "block_actions" or _have_ids(actions))
        and (body.get("type") != "view_submission" or _has_form(body))
        and (authorizations is None or _are_objects(authorizations))
        and ("response_urls" not in body or _are_objects(body["response_urls"]))
    )


def is_for_us(body: Payload) -> bool:
    """Return whether a readable payload is of a kind that the manifest asks for.

    Bolt reads parts of the other kinds that need not be there.
    """
    if "type" in body:
        return body["type"] in _OUR_TYPES
    return "command" in body or "ssl_check" in body


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


def are_actions(values: object) -> bool:
    """Return whether this is a list of at least one action."""
    return bool(values) and _are_objects(values)


def _have_ids(values: object) -> bool:
    return isinstance(values, list) and all(
        isinstance(value.get("action_id"), str) for value in values
    )


def _has_form(body: Payload) -> bool:
    view = body.get("view")
    return isinstance(view, dict) and all(
        isinstance(view.get(key), str) for key in ("type", "callback_id")
    )
