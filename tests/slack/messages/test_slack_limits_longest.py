"""Every message with the longest arguments stays inside Slack's limits."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot.sandbox.slack.blocks import parse as read_as_slack_does
from bot.slack.messages.blocks import Message
from bot.slack.messages.card_facts import REASON_LENGTH
from bot.slack.messages.charts import ChartBlock
from bot.slack.messages.limits import MOST_BLOCKS
from bot.slack.messages.translator import Translator
from tests.slack.messages.every_message import Arguments, every_message
from tests.translators import ENGLISH, longer, pseudo

# Slack writes no such limit down; it was seen to refuse blocks from here on.
MOST_JSON = 13_200
# https://docs.slack.dev/reference/block-kit
LIMITS = {
    "header": 150,
    "section": 3000,
    "field": 2000,
    "context": 3000,
    "button": 75,
    "dialog title": 100,
    "dialog text": 300,
    "dialog confirm": 30,
    "dialog deny": 30,
}
# One character more than the longest text that is shown: what is longer is cut alike.
TOO_LONG = REASON_LENGTH + 1
WORD, PERSON, NUMBER = "w" * 80, "U" + "0" * 31, "9" * 80
LONG = {
    "plain": Arguments("W" * TOO_LONG, WORD, PERSON, NUMBER, 99.99, 60),
    "escaped": Arguments("&" * TOO_LONG, WORD, PERSON, NUMBER, 1e300, 60),
    # The Hebrew letter has each of these texts put between two more characters.
    "wide": Arguments(
        ("ש" + "👩‍👩‍👧‍👦" * TOO_LONG)[:TOO_LONG], WORD, PERSON, NUMBER, -1.0, 60
    ),
}
# What fits in a language that is longer by more than half fits in English, too.
LONGER = pseudo(longer)


def lengths(block: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Return each text of a block with the kind of its limit."""
    kind = block["type"]
    if "text" in block:
        yield kind, block["text"]["text"]
    yield from (("field", field["text"]) for field in block.get("fields", ()))
    for element in block.get("elements", ()):
        if kind == "context":
            yield kind, element["text"]
            continue
        yield "button", element["text"]["text"]
        for part, text in element.get("confirm", {}).items():
            if isinstance(text, dict):
                yield f"dialog {part}", text["text"]


def check(message: Message, checked: set[str]) -> None:
    """Check a message, and those of its blocks that were not checked already."""
    body = message.body(None)
    assert 0 < len(body["text"]) <= 4000
    assert 0 < len(body["blocks"]) <= MOST_BLOCKS
    each = [json.dumps(block, ensure_ascii=False) for block in body["blocks"]]
    assert len(f"[{', '.join(each)}]") < MOST_JSON
    for block, written in zip(body["blocks"], each, strict=True):
        if written in checked:
            continue
        checked.add(written)
        # The SDK has no class for a chart; the local Slack knows its limits.
        if block["type"] != ChartBlock.type:
            [parsed] = Block.parse_all([block])
            parsed.validate_json()
        assert read_as_slack_does([block])
        for kind, text in lengths(block):
            assert 0 < len(text) <= LIMITS[kind]


@pytest.mark.parametrize(
    ("t", "arguments"),
    [(ENGLISH, LONG["plain"]), *((LONGER, long) for long in LONG.values())],
    ids=["English", *LONG],
)
def test_slack_takes_every_message_with_the_longest_arguments(
    t: Translator, arguments: Arguments
) -> None:
    checked: set[str] = set()

    for message in every_message(t, arguments):
        check(message, checked)

    kinds = {kind for each in checked for kind, _ in lengths(json.loads(each))}
    assert kinds == set(LIMITS)
