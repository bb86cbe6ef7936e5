"""Suggestions: the options that the app offers for what a person types into a select.

https://docs.slack.dev/reference/block-kit/block-elements/multi-select-menu-element#external_multi_select
"""

from typing import Any, Final

from bot.sandbox.slack.element_schema import plain_text
from bot.sandbox.slack.errors import DeliveryError
from bot.sandbox.slack.validators import ObjectValidator, Validator, items, string

KIND: Final = "multi_external_select"
# Slack asks for no option before so much is typed, unless the app says otherwise.
# https://docs.slack.dev/reference/block-kit/block-elements/multi-select-menu-element
MIN_QUERY_LENGTH: Final = 3
# Slack shows that it could not load the options; here the reason is the code.
BAD_OPTIONS: Final = "invalid_options"

Json = dict[str, Any]

OPTION: Final = ObjectValidator(
    {"text": plain_text(75), "value": string(150, 1)},
    {"description": plain_text(75)},
)
_GROUP: Final = ObjectValidator(
    {"label": plain_text(75), "options": items(OPTION, 100)}
)
_ANSWERS: Final[dict[str, Validator]] = {
    "options": items(OPTION, 100, 0),
    "option_groups": items(_GROUP, 100),
}


def find_select(blocks: list[Json], block_id: str, action_id: str) -> Json | None:
    """Return the select of a form that is fed by the app, or None."""
    for block in blocks:
        element = block.get("element") or {}
        found = block["block_id"], element.get("type"), element.get("action_id")
        if found == (block_id, KIND, action_id):
            return dict(element)
    return None


def is_asked_for(element: Json, typed: str) -> bool:
    """Return whether Slack asks the app for the options of what was typed."""
    return len(typed) >= int(element.get("min_query_length", MIN_QUERY_LENGTH))


def read_options(answer: Json | None) -> list[Json]:
    """Return the options of the app's answer, those of groups in their order.

    Raises `DeliveryError` for what Slack does not take.
    """
    found = answer or {}
    name = next(iter(found), "")
    if name not in _ANSWERS or len(found) != 1:
        raise DeliveryError(BAD_OPTIONS, "neither options nor option_groups")
    errors = list(_ANSWERS[name](found[name], f"/{name}"))
    if errors:
        raise DeliveryError(BAD_OPTIONS, errors[0])
    if name == "options":
        return list(found[name])
    return [option for group in found[name] for option in group["options"]]
