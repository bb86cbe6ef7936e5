"""Schema of Slack's blocks: properties, limits and elements of each type.

Limits: https://docs.slack.dev/reference/block-kit/blocks and …/block-elements.
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
    unique,
)

MAX_BLOCKS: Final = 50


def _text(kinds: tuple[str, ...], most: int) -> Validator:
    plain = ObjectValidator({"text": string(most, 1)}, {"emoji": boolean})
    mrkdwn = ObjectValidator({"text": string(most, 1)}, {"verbatim": boolean})
    table: dict[str, Validator] = {"plain_text": plain, "mrkdwn": mrkdwn}
    return typed({kind: table[kind] for kind in kinds})


def _plain(most: int) -> Validator:
    return _text(("plain_text",), most)


def _any_text(most: int) -> Validator:
    return _text(("plain_text", "mrkdwn"), most)


_ID: Final = string(255, 1)
_URL: Final = string(3000, 1)
_CONFIRM: Final = ObjectValidator(
    {
        "title": _plain(100),
        "text": _any_text(300),
        "confirm": _plain(30),
        "deny": _plain(30),
    },
    {"style": choice("primary", "danger")},
)
_OPTION: Final = ObjectValidator(
    {"text": _any_text(75), "value": string(150, 1)},
    {"description": _any_text(75), "url": _URL},
)
_BUTTON: Final = ObjectValidator(
    {"text": _plain(75)},
    {
        "action_id": _ID,
        "url": _URL,
        "value": string(2000),
        "style": choice("primary", "danger"),
        "confirm": _CONFIRM,
        "accessibility_label": string(75),
    },
)
_OVERFLOW: Final = ObjectValidator(
    {"options": items(_OPTION, 5)}, {"action_id": _ID, "confirm": _CONFIRM}
)
_SELECT: Final = ObjectValidator(
    {"options": items(_OPTION, 100)},
    {
        "action_id": _ID,
        "confirm": _CONFIRM,
        "placeholder": _plain(150),
        "initial_option": _OPTION,
        "focus_on_load": boolean,
    },
)
_IMAGE: Final = ObjectValidator(
    {"alt_text": string(2000)},
    {"image_url": _URL, "slack_file": anything},
    one_of=("image_url", "slack_file"),
)
_CONTROLS: Final[dict[str, Validator]] = {
    "button": _BUTTON,
    "overflow": _OVERFLOW,
    "static_select": _SELECT,
}
_TASK: Final = ObjectValidator(
    {"task_id": string(255, 1), "title": string(255, 1)},
    {
        "status": choice("pending", "in_progress", "complete", "error"),
        "details": anything,
        "output": anything,
        "sources": anything,
        "block_id": _ID,
    },
)

_BLOCKS: Final[dict[str, Validator]] = {
    "section": ObjectValidator(
        {},
        {
            "block_id": _ID,
            "text": _any_text(3000),
            "fields": items(_any_text(2000), 10),
            "accessory": typed({**_CONTROLS, "image": _IMAGE}),
            "expand": boolean,
        },
        one_of=("text", "fields"),
    ),
    "header": ObjectValidator({"text": _plain(150)}, {"block_id": _ID}),
    "divider": ObjectValidator({}, {"block_id": _ID}),
    "context": ObjectValidator(
        {
            "elements": items(
                typed(
                    {
                        "image": _IMAGE,
                        "mrkdwn": _any_text(3000),
                        "plain_text": _any_text(3000),
                    }
                ),
                10,
            )
        },
        {"block_id": _ID},
    ),
    "actions": ObjectValidator(
        {"elements": unique("action_id", items(typed(_CONTROLS), 25))},
        {"block_id": _ID},
    ),
    "image": ObjectValidator(
        {"alt_text": string(2000)},
        {
            "block_id": _ID,
            "image_url": _URL,
            "slack_file": anything,
            "title": _plain(2000),
        },
        one_of=("image_url", "slack_file"),
    ),
    "markdown": ObjectValidator({"text": string(12_000, 1)}, {"block_id": _ID}),
    "rich_text": ObjectValidator(
        {
            "elements": items(
                typed(
                    {
                        "rich_text_section": anything,
                        "rich_text_list": anything,
                        "rich_text_quote": anything,
                        "rich_text_preformatted": anything,
                    }
                ),
                100,
                0,
            )
        },
        {"block_id": _ID},
    ),
    "task_card": _TASK,
    "plan": ObjectValidator(
        {"title": string(255, 1)}, {"tasks": items(_TASK, 50), "block_id": _ID}
    ),
}
validate_blocks: Final = unique("block_id", items(typed(_BLOCKS), MAX_BLOCKS, 0))
