"""Schema of views: modals and Home tabs, with the inputs of their forms.

https://docs.slack.dev/reference/views
"""

import re
from collections.abc import Iterator
from typing import Final

from bot.sandbox.slack import suggestions
from bot.sandbox.slack.block_schema import EVERYWHERE
from bot.sandbox.slack.element_schema import ID, OPTION, SELECT, plain_text
from bot.sandbox.slack.validators import (
    ObjectValidator,
    Validator,
    anything,
    boolean,
    error_message,
    items,
    number,
    pattern,
    string,
    typed,
    unique,
)

MAX_BLOCKS: Final = 100
MODAL: Final = "modal"
HOME: Final = "home"

_DATE: Final = pattern(re.compile(r"\d{4}-\d\d-\d\d"), "a date such as 2026-01-31")
_TIME: Final = pattern(re.compile(r"([01]\d|2[0-3]):[0-5]\d"), "a time such as 09:30")
_NUMBER: Final = pattern(re.compile(r"-?\d+(\.\d+)?"), "a number such as 12.5")
_COMMON: Final[dict[str, Validator]] = {
    "action_id": ID,
    "focus_on_load": boolean,
    "placeholder": plain_text(150),
}
_LENGTH: Final = number(above=-1)
_USER: Final = string(255, 1)
_SEVERAL: Final[dict[str, Validator]] = {"max_selected_items": number(above=0)}
_INPUTS: Final[dict[str, Validator]] = {
    "plain_text_input": ObjectValidator(
        {},
        {
            **_COMMON,
            "initial_value": string(3000),
            "multiline": boolean,
            "min_length": _LENGTH,
            "max_length": _LENGTH,
            "dispatch_action_config": anything,
        },
    ),
    "number_input": ObjectValidator(
        {"is_decimal_allowed": boolean},
        {
            **_COMMON,
            "initial_value": _NUMBER,
            "min_value": _NUMBER,
            "max_value": _NUMBER,
            "dispatch_action_config": anything,
        },
    ),
    "static_select": SELECT,
    "multi_static_select": ObjectValidator(
        {"options": items(OPTION, 100)},
        {
            **_COMMON,
            **_SEVERAL,
            "initial_options": items(OPTION, 100),
        },
    ),
    "radio_buttons": ObjectValidator(
        {"options": items(OPTION, 10)},
        {"action_id": ID, "initial_option": OPTION, "focus_on_load": boolean},
    ),
    "checkboxes": ObjectValidator(
        {"options": items(OPTION, 10)},
        {
            "action_id": ID,
            "initial_options": items(OPTION, 10),
            "focus_on_load": boolean,
        },
    ),
    "datepicker": ObjectValidator({}, {**_COMMON, "initial_date": _DATE}),
    "timepicker": ObjectValidator(
        {}, {**_COMMON, "initial_time": _TIME, "timezone": string(255, 1)}
    ),
    "users_select": ObjectValidator({}, {**_COMMON, "initial_user": _USER}),
    "multi_users_select": ObjectValidator(
        {}, {**_COMMON, **_SEVERAL, "initial_users": items(_USER, 100)}
    ),
    suggestions.KIND: ObjectValidator(
        {},
        {
            **_COMMON,
            **_SEVERAL,
            "initial_options": items(suggestions.OPTION, 100),
            "min_query_length": _LENGTH,
        },
    ),
}
_INPUT: Final = ObjectValidator(
    {"label": plain_text(2000), "element": typed(_INPUTS)},
    {
        "block_id": ID,
        "hint": plain_text(2000),
        "optional": boolean,
        "dispatch_action": boolean,
    },
)
_BLOCKS: Final = unique(
    "block_id", items(typed({**EVERYWHERE, "input": _INPUT}), MAX_BLOCKS, 0)
)
_SHARED: Final[dict[str, Validator]] = {
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
_MODAL: Final = ObjectValidator(
    {"title": plain_text(24), "blocks": _BLOCKS},
    {
        **_SHARED,
        "submit": plain_text(24),
        "close": plain_text(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
    },
)
_HOME: Final = ObjectValidator({"blocks": _BLOCKS}, _SHARED)


def validate_view(value: object, kind: str) -> Iterator[str]:
    """Yield what is wrong with a view of this kind: "modal" or "home"."""
    if isinstance(value, dict) and value.get("type") != kind:
        yield error_message(f"must be a view of the type {kind}", "/view/type")
        return
    errors = list((_MODAL if kind == MODAL else _HOME)(value, "/view"))
    yield from errors
    if errors or kind == HOME or not isinstance(value, dict):
        return
    asks = any(block["type"] == "input" for block in value["blocks"])
    if asks and not value.get("submit"):
        yield error_message("a view with an input block needs submit", "/view/submit")
