"""Blocks of a message: validation, and the ids that Slack adds to them."""

import json
import secrets
from typing import Any, Final

from bot.sandbox.slack.arguments import parse_json
from bot.sandbox.slack.block_schema import validate_blocks
from bot.sandbox.slack.errors import SlackError

# Slack does not publish this limit; it was measured, over the blocks' JSON:
# https://github.com/slackapi/bolt-js/issues/2509
MAX_JSON: Final = 13_200


def parse(value: object) -> list[dict[str, Any]] | None:
    """Return blocks that were sent as a list or as JSON text, None if missing.

    Raises `SlackError` (``invalid_blocks_format`` or ``invalid_blocks``, with Slack's
    messages).
    """
    value = parse_json(value, "invalid_blocks_format")
    if value is None:
        return None
    if not isinstance(value, list):
        raise SlackError("invalid_blocks_format")
    errors = list(validate_blocks(value, "/blocks"))
    if errors:
        raise SlackError(
            "invalid_blocks", errors=errors, response_metadata={"messages": errors}
        )
    if len(json.dumps(value, ensure_ascii=False)) > MAX_JSON:
        raise SlackError("msg_blocks_too_long")
    return [with_ids(block) for block in value]


def find_button(
    blocks: list[dict[str, Any]] | None, block_id: str, action_id: str
) -> dict[str, Any] | None:
    """Return the interactive element with these ids, or None."""
    for block in blocks or ():
        if block["block_id"] != block_id:
            continue
        for element in [*block.get("elements", ()), block.get("accessory") or {}]:
            if element.get("action_id") == action_id:
                return dict(element)
    return None


def with_ids(block: dict[str, Any]) -> dict[str, Any]:
    """Return the block with a random id wherever the app gave none, as Slack does."""
    whole = {**block, "block_id": block.get("block_id") or _random_id()}
    if block["type"] == "input":
        whole["element"] = _with_action_id(block["element"])
    if block["type"] == "actions":
        whole["elements"] = [_with_action_id(each) for each in block["elements"]]
    if block.get("accessory"):
        whole["accessory"] = _with_action_id(block["accessory"])
    return whole


def _with_action_id(element: dict[str, Any]) -> dict[str, Any]:
    if element["type"] == "image":
        return element
    return {**element, "action_id": element.get("action_id") or _random_id()}


def _random_id() -> str:
    return secrets.token_urlsafe(4)[:5]
