"""State of a view's inputs: what a person entered, as Slack sends it to the app.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

import math
from collections.abc import Mapping
from typing import Any, Final

from bot.sandbox.slack import suggestions
from bot.sandbox.slack.errors import UserActionError
from bot.sandbox.slack.sentences import Sentence

REQUIRED: Final = "Please complete this required field."
TOO_SHORT: Final = "Must be at least {least} characters."
TOO_LONG: Final = "Must be at most {most} characters."
NOT_A_NUMBER: Final = "Must be a number."
NOT_WHOLE: Final = "Must be a whole number."
TOO_SMALL: Final = "Must be {least} or more."
TOO_LARGE: Final = "Must be {most} or less."
TOO_MANY: Final = "You can choose up to {most} in this field."
NO_OPTION: Final = "There is no option “{value}” in this field."

# Of each type of input: the property of its state, and that of its initial value.
_PROPERTIES: Final = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    suggestions.KIND: ("selected_options", "initial_options"),
}

Json = dict[str, Any]
# What a person entered, by block id: a text, or the chosen options' values or people.
Entered = Mapping[str, Any]
# The options that the app has offered, by block id and value.
Offered = Mapping[str, Mapping[str, Json]]


def read_state(blocks: list[Json], entered: Entered, offered: Offered) -> Json:
    """Return the `state.values` of a view's input blocks.

    A field that was not touched has its initial value. Raises `UserActionError` for an
    option that a field does not have, and for more of them than it takes.
    """
    values: Json = {}
    for block in blocks:
        if block["type"] == "input":
            element = block["element"]
            name, initial = _PROPERTIES[element["type"]]
            value = element.get(initial)
            if block["block_id"] in entered:
                block_id = block["block_id"]
                options = _options(element, offered.get(block_id, {}))
                value = _value(element, name, entered[block_id], options)
            # Slack sends an empty list for no choice, and null for no text.
            empty: list[Json] | None = [] if name.endswith("s") else None
            state = {"type": element["type"], name: value or empty}
            values[block["block_id"]] = {element["action_id"]: state}
    return values


def find_errors(blocks: list[Json], values: Json) -> dict[str, str]:
    """Return what Slack itself refuses before it asks the app, by block id."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element, block_id = block["element"], block["block_id"]
        name, _ = _PROPERTIES[element["type"]]
        value = values[block_id][element["action_id"]][name]
        if not value:
            error = "" if block.get("optional") else Sentence(REQUIRED)
        elif element["type"] == "number_input":
            error = _number_error(element, value)
        elif element["type"] == "plain_text_input":
            error = _text_error(element, value)
        else:
            error = ""
        if error:
            errors[block_id] = error
    return errors


def _options(element: Json, offered: Mapping[str, Json]) -> dict[str, Json]:
    """Return what can be chosen: one that is chosen at first stays so in any case."""
    own = [*element.get("options", ()), *element.get("initial_options", ())]
    return {**offered, **{option["value"]: option for option in own}}


def _value(
    element: Json, name: str, entered: object, options: Mapping[str, Json]
) -> Any:  # noqa: ANN401 - JSON.
    if name == "selected_option":
        return _option(options, entered) if entered else None
    most = element.get("max_selected_items", math.inf)
    if name.endswith("s") and len(_list(entered)) > most:
        raise UserActionError(TOO_MANY, most=most)
    if name == "selected_options":
        return [_option(options, each) for each in _list(entered)]
    if name == "selected_users":
        return [str(each) for each in _list(entered)]
    # A field with nothing but blanks counts as empty.
    return str(entered) if str(entered or "").strip() else None


def _list(entered: object) -> list[Any]:
    return entered if isinstance(entered, list) else []


def _option(options: Mapping[str, Json], value: object) -> Json:
    if not isinstance(value, str) or value not in options:
        raise UserActionError(NO_OPTION, value=value)
    return dict(options[value])


def _text_error(element: Json, value: str) -> str:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(value) < least:
        return Sentence(TOO_SHORT, least=least)
    return Sentence(TOO_LONG, most=most) if len(value) > most else ""


def _number_error(element: Json, value: str) -> str:
    number = _number(value)
    if number is None:
        return Sentence(NOT_A_NUMBER)
    if not element["is_decimal_allowed"] and not number.is_integer():
        return Sentence(NOT_WHOLE)
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and number < float(least):
        return Sentence(TOO_SMALL, least=least)
    if most is not None and number > float(most):
        return Sentence(TOO_LARGE, most=most)
    return ""


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
