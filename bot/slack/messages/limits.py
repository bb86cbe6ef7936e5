"""Slack's limits for messages, and how a text or a message is cut to stay inside them.

https://docs.slack.dev/reference/block-kit/blocks
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from slack_sdk.models.blocks import Block

MOST_BLOCKS: Final = 50
MOST_SECTION: Final = 3000
MOST_HEADER: Final = 150
MOST_FIELD: Final = 2000
MOST_BUTTON: Final = 75
# Slack's advice for the text of a message with blocks.
# https://docs.slack.dev/reference/methods/chat.postMessage#truncating
MOST_TEXT: Final = 4000
# Slack takes fewer characters of blocks than their single limits add up to; it was
# seen to refuse from about 13,200 on: https://github.com/slackapi/bolt-js/issues/2509
MOST_JSON: Final = 12_000

_SEPARATOR: Final = ", "
_MORE_LINE: Final = 500

_ELLIPSIS: Final = "…"
_CUT: Final = f"\n{_ELLIPSIS}"

Rendered = list[dict[str, Any]]


def fit(text: str, most: int) -> str:
    """Cut the end of a text that is too long for its place."""
    return text if len(text) <= most else text[: most - 1] + _ELLIPSIS


def fit_lines(text: str, most: int) -> str:
    """Leave out the last lines of a text that is too long for its place."""
    if len(text) <= most:
        return text
    kept = text[: most - len(_CUT)]
    lines, newline, _ = kept.rpartition("\n")
    return (lines if newline else kept) + _CUT


def fit_message(blocks: Rendered) -> Rendered:
    """Cut the longest paragraphs of a message that is too large as a whole."""
    while _json_size(blocks) > MOST_JSON:
        # A section of fields has no text of its own.
        sections = (block for block in blocks if block["type"] == "section")
        paragraphs = [section["text"] for section in sections if "text" in section]
        longest = max(paragraphs, key=_json_size, default={"text": ""})
        text = longest["text"]
        cut = _without_half_token(text[: len(text) * 3 // 4]) + _ELLIPSIS
        if len(cut) >= len(text):
            break
        longest["text"] = cut
    return blocks


def fitting(entries: Sequence[Block], around: Iterable[Block]) -> tuple[Block, ...]:
    """Return as many entries as one message holds beside the blocks `around` them.

    Room is left for the line that says how many more there are.
    """
    others = list(around)
    remaining = MOST_JSON - _MORE_LINE - sum(map(_size, others))
    kept: list[Block] = []
    for entry in entries[: MOST_BLOCKS - 1 - len(others)]:
        remaining -= _size(entry)
        if remaining < 0:
            break
        kept.append(entry)
    return tuple(kept)


def _without_half_token(text: str) -> str:
    """Leave out a mention, date or link that the cut has left without its end."""
    opened, closed = text.rfind("<"), text.rfind(">")
    return text[:opened] if opened > closed else text


def _size(block: Block) -> int:
    return _json_size(block.to_dict()) + len(_SEPARATOR)


def _json_size(part: object) -> int:
    # Slack counts the characters that it has read, not the escapes of the request.
    return len(json.dumps(part, ensure_ascii=False))
