"""Schema of Block Kit's elements: texts, images, and the controls of messages.

Limits: https://docs.slack.dev/reference/block-kit/block-elements and
…/composition-objects.
"""

from typing import Final

from bot.sandbox.slack.validators import (
    ObjectValidator,
    Validator,
    anything,
    boolean,
    choice,
    items,
    string,
    typed,
)


def _typed_text(kinds: tuple[str, ...], most: int) -> Validator:
    plain = ObjectValidator({"text": string(most, 1)}, {"emoji": boolean})
    mrkdwn = ObjectValidator({"text": string(most, 1)}, {"verbatim": boolean})
    table: dict[str, Validator] = {"plain_text": plain, "mrkdwn": mrkdwn}
    return typed({kind: table[kind] for kind in kinds})


def plain_text(most: int) -> Validator:
    """Validate a plain_text object of 1 to `most` characters."""
    return _typed_text(("plain_text",), most)


def any_text(most: int) -> Validator:
    """Validate a text object of 1 to `most` characters, plain or mrkdwn."""
    return _typed_text(("plain_text", "mrkdwn"), most)


ID: Final = string(255, 1)
URL: Final = string(3000, 1)
CONFIRM: Final = ObjectValidator(
    {
        "title": plain_text(100),
        "text": any_text(300),
        "confirm": plain_text(30),
        "deny": plain_text(30),
    },
    {"style": choice("primary", "danger")},
)
OPTION: Final = ObjectValidator(
    {"text": any_text(75), "value": string(150, 1)},
    {"description": any_text(75), "url": URL},
)
_BUTTON: Final = ObjectValidator(
    {"text": plain_text(75)},
    {
        "action_id": ID,
        "url": URL,
        "value": string(2000),
        "style": choice("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
_OVERFLOW: Final = ObjectValidator(
    {"options": items(OPTION, 5)}, {"action_id": ID, "confirm": CONFIRM}
)
SELECT: Final = ObjectValidator(
    {"options": items(OPTION, 100)},
    {
        "action_id": ID,
        "confirm": CONFIRM,
        "placeholder": plain_text(150),
        "initial_option": OPTION,
        "focus_on_load": boolean,
    },
)
IMAGE: Final = ObjectValidator(
    {"alt_text": string(2000)},
    {"image_url": URL, "slack_file": anything},
    one_of=("image_url", "slack_file"),
)
CONTROLS: Final[dict[str, Validator]] = {
    "button": _BUTTON,
    "overflow": _OVERFLOW,
    "static_select": SELECT,
}
