"""What Slack accepts as the blocks of a message, and what it adds to them.

Limits: https://docs.slack.dev/reference/block-kit/blocks and …/block-elements.
"""

import json
import secrets
from typing import Any, Final

from bot.sandbox.slack.arguments import parse_json
from bot.sandbox.slack.errors import SlackError
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
# Slack does not publish this limit; it was measured, over the blocks' JSON:
# https://github.com/slackapi/bolt-js/issues/2509
MAX_JSON: Final = 13_200


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
_CHECK: Final = unique("block_id", items(typed(_BLOCKS), MAX_BLOCKS, 0))


def parse(value: object) -> list[dict[str, Any]] | None:
    """Give blocks that came as a list or as JSON text, None when there are none.

    Raises `SlackError` (``invalid_blocks_format`` or ``invalid_blocks``, with Slack's
    messages).
    """
    value = parse_json(value, "invalid_blocks_format")
    if value is None:
        return None
    if not isinstance(value, list):
        raise SlackError("invalid_blocks_format")
    faults = list(_CHECK(value, "/blocks"))
    if faults:
        raise SlackError(
            "invalid_blocks", errors=faults, response_metadata={"messages": faults}
        )
    if len(json.dumps(value, ensure_ascii=False)) > MAX_JSON:
        raise SlackError("msg_blocks_too_long")
    return [_completed(block) for block in value]


def find_button(
    blocks: list[dict[str, Any]] | None, block_id: str, action_id: str
) -> dict[str, Any] | None:
    """Give the interactive element with these ids, if the blocks have it."""
    for block in blocks or ():
        if block["block_id"] != block_id:
            continue
        for element in [*block.get("elements", ()), block.get("accessory") or {}]:
            if element.get("action_id") == action_id:
                return dict(element)
    return None


def _completed(block: dict[str, Any]) -> dict[str, Any]:
    """Give the block with the ids that Slack makes up where the app gave none."""
    whole = {**block, "block_id": block.get("block_id") or _made_up()}
    if block["type"] == "actions":
        whole["elements"] = [_with_action_id(each) for each in block["elements"]]
    if block.get("accessory"):
        whole["accessory"] = _with_action_id(block["accessory"])
    return whole


def _with_action_id(element: dict[str, Any]) -> dict[str, Any]:
    if element["type"] == "image":
        return element
    return {**element, "action_id": element.get("action_id") or _made_up()}


def _made_up() -> str:
    return secrets.token_urlsafe(4)[:5]
