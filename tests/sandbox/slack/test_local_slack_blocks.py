"""The local Slack knows the limits of Block Kit, and agrees with Slack's own SDK."""

import json
from typing import Any

import pytest
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from bot.sandbox.slack import blocks
from bot.sandbox.slack.errors import SlackError


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def button(**more: object) -> dict[str, Any]:
    return {"type": "button", "text": plain("Go"), "action_id": "go", **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def section(**more: object) -> dict[str, Any]:
    return {"type": "section", **more}


def confirm(**more: object) -> dict[str, Any]:
    dialog = {
        "title": plain("Sure?"),
        "text": mrkdwn("It cannot be undone."),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    }
    return actions(button(confirm={**dialog, **more}))


def validate(given: list[dict[str, Any]]) -> None:
    for block in Block.parse_all(given):
        block.validate_json()
        # Elements inside a block are looked at only on the way out.
        block.to_dict()


IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}
OPTION = {"text": plain("One"), "value": "1"}
DIVIDER = {"type": "divider"}
TASK = {"type": "task_card", "task_id": "t", "title": "Halt", "status": "complete"}

GOOD: dict[str, list[dict[str, Any]]] = {
    "a section of the greatest length": [section(text=mrkdwn("x" * 3000))],
    "ten fields of the greatest length, nearly": [
        section(fields=[mrkdwn("x" * 1000)] * 10)
    ],
    "one field of the greatest length": [section(fields=[mrkdwn("x" * 2000)])],
    "a section with a button beside": [section(text=plain("a"), accessory=button())],
    "a section with a picture beside": [section(text=plain("a"), accessory=IMAGE)],
    "a header": [{"type": "header", "text": plain("x" * 150)}],
    "fifty blocks": [DIVIDER] * 50,
    "a context": [{"type": "context", "elements": [IMAGE, mrkdwn("a"), plain("b")]}],
    "a picture": [{**IMAGE, "title": plain("A")}],
    "twenty-five buttons": [actions(*(button(action_id=f"{n}") for n in range(25)))],
    "a button with everything": [
        actions(
            button(
                text=plain("x" * 75),
                value="v" * 2000,
                url="https://example.com",
                style="danger",
                accessibility_label="Go",
                action_id="a" * 255,
            )
        )
    ],
    "two buttons without an action_id": [
        actions(
            {"type": "button", "text": plain("A")},
            {"type": "button", "text": plain("B")},
        )
    ],
    "a confirm dialog of the greatest length": [
        confirm(
            title=plain("x" * 100),
            text=mrkdwn("x" * 300),
            confirm=plain("x" * 30),
            deny=plain("x" * 30),
            style="danger",
        )
    ],
    "a menu": [actions({"type": "overflow", "action_id": "m", "options": [OPTION]})],
    "a choice": [
        actions(
            {
                "type": "static_select",
                "action_id": "s",
                "placeholder": plain("Pick"),
                "options": [OPTION],
            }
        )
    ],
    "markdown": [{"type": "markdown", "text": "**bold**"}],
    "rich text": [{"type": "rich_text", "elements": []}],
    "an unset property": [section(text=plain("a"), block_id=None)],
    "emoji said to be drawn": [section(text={**plain("a"), "emoji": True})],
}

BAD: dict[str, tuple[list[Any], str]] = {
    "an empty section text": ([section(text=mrkdwn(""))], "/blocks/0/text/text"),
    "a section text too long": (
        [section(text=mrkdwn("x" * 3001))],
        "/blocks/0/text/text",
    ),
    "a section with nothing": ([section()], "missing one of: text, fields"),
    "eleven fields": ([section(fields=[mrkdwn("a")] * 11)], "/blocks/0/fields"),
    "no fields": ([section(fields=[])], "no fewer than 1 items"),
    "a field too long": (
        [section(fields=[mrkdwn("x" * 2001)])],
        "/blocks/0/fields/0/text",
    ),
    "a header in mrkdwn": (
        [{"type": "header", "text": mrkdwn("a")}],
        "unsupported type: mrkdwn",
    ),
    "a header too long": (
        [{"type": "header", "text": plain("x" * 151)}],
        "less than 151",
    ),
    "a header without text": ([{"type": "header"}], "missing required field: text"),
    "fifty-one blocks": ([DIVIDER] * 51, "no more than 50 items allowed"),
    "eleven things in a context": (
        [{"type": "context", "elements": [mrkdwn("a")] * 11}],
        "no more than 10 items",
    ),
    "a button in a context": (
        [{"type": "context", "elements": [button()]}],
        "unsupported type: button",
    ),
    "twenty-six buttons": (
        [actions(*(button(action_id=f"{n}") for n in range(26)))],
        "no more than 25 items",
    ),
    "no buttons": ([actions()], "no fewer than 1 items"),
    "the same action_id twice": (
        [actions(button(), button())],
        "`action_id` already exists: go",
    ),
    "the same block_id twice": (
        [{**DIVIDER, "block_id": "b"}, {**DIVIDER, "block_id": "b"}],
        "`block_id` already exists: b",
    ),
    "a block_id too long": ([{**DIVIDER, "block_id": "b" * 256}], "/block_id"),
    "an action_id too long": ([actions(button(action_id="a" * 256))], "/action_id"),
    "a button text too long": ([actions(button(text=plain("x" * 76)))], "less than 76"),
    "a button text in mrkdwn": (
        [actions(button(text=mrkdwn("Go")))],
        "unsupported type: mrkdwn",
    ),
    "a button value too long": ([actions(button(value="v" * 2001))], "/value"),
    "a button value that is a number": ([actions(button(value=1))], "be a string"),
    "a button style that is none": ([actions(button(style="green"))], "enum value"),
    "a confirm title too long": ([confirm(title=plain("x" * 101))], "/confirm/title"),
    "a confirm text too long": ([confirm(text=plain("x" * 301))], "/confirm/text"),
    "a confirm button too long": ([confirm(confirm=plain("x" * 31))], "less than 31"),
    "a deny button too long": ([confirm(deny=plain("x" * 31))], "/confirm/deny"),
    "a confirm dialog without a title": (
        [actions(button(confirm={"text": plain("a")}))],
        "missing required field: title",
    ),
    "six things in a menu": (
        [actions({"type": "overflow", "options": [OPTION] * 6})],
        "no more than 5 items",
    ),
    "an option value too long": (
        [
            actions(
                {"type": "overflow", "options": [{**OPTION, "value": "v" * 151}]},
            )
        ],
        "less than 151",
    ),
    "a picture from nowhere": (
        [{"type": "image", "alt_text": "a"}],
        "missing one of: image_url, slack_file",
    ),
    "an unknown property": ([{**DIVIDER, "colour": "red"}], "property allowed: colour"),
    "emoji in mrkdwn": ([section(text={**mrkdwn("a"), "emoji": True})], "emoji"),
    "emoji that is no boolean": ([section(text={**plain("a"), "emoji": 1})], "boolean"),
    "an unknown block": ([{"type": "carpet"}], "unsupported type: carpet"),
    "a block of modals": ([{"type": "alert"}], "unsupported type: alert"),
    "a block without a type": ([{}], "missing required field: type"),
    "a block that is no object": (["divider"], "must be an object"),
    "a text that is no object": ([section(text="a")], "must be an object"),
    "a dialog that is no object": ([actions(button(confirm="x"))], "be an object"),
    "elements that are no list": (
        [{"type": "actions", "elements": "go"}],
        "must be an array",
    ),
    "an element that is no object": (
        [{"type": "actions", "elements": ["go"]}],
        "must be an object",
    ),
}


@pytest.mark.parametrize("given", GOOD.values(), ids=GOOD.keys())
def test_good_blocks_are_taken(given: list[dict[str, Any]]) -> None:
    taken = blocks.parse(given)

    assert taken is not None
    assert [each["type"] for each in taken] == [each["type"] for each in given]
    assert all(each["block_id"] for each in taken)


@pytest.mark.parametrize("given", GOOD.values(), ids=GOOD.keys())
def test_slacks_own_models_take_the_good_blocks_too(
    given: list[dict[str, Any]],
) -> None:
    validate(given)
    assert len(Block.parse_all(given)) == len(given)


@pytest.mark.parametrize(("given", "fault"), BAD.values(), ids=BAD.keys())
def test_bad_blocks_are_refused_with_the_fault_named(
    given: list[Any], fault: str
) -> None:
    with pytest.raises(SlackError) as refused:
        blocks.parse(given)

    assert refused.value.error == "invalid_blocks"
    messages = refused.value.details["response_metadata"]["messages"]
    assert any(fault in message for message in messages), messages


# Slack's SDK checks these as well, so that the two can be held against each other.
SEEN_BY_THE_SDK = (
    "a section text too long",
    "a section with nothing",
    "eleven fields",
    "no fields",
    "a header too long",
    "a header without text",
    "eleven things in a context",
    "twenty-six buttons",
    "a block_id too long",
    "an action_id too long",
    "a button text too long",
    "a button value too long",
    "a button style that is none",
    "a confirm title too long",
    "a confirm text too long",
    "a confirm button too long",
    "a deny button too long",
    "six things in a menu",
)


@pytest.mark.parametrize("name", SEEN_BY_THE_SDK)
def test_slacks_own_models_refuse_the_same(name: str) -> None:
    given, _ = BAD[name]
    with pytest.raises(SlackObjectFormationError):
        validate(given)


def test_no_blocks_at_all_are_no_fault() -> None:
    assert blocks.parse(None) is None
    assert blocks.parse("") is None
    assert blocks.parse([]) == []


def test_blocks_may_come_as_json_text() -> None:
    taken = blocks.parse(json.dumps([DIVIDER]))
    assert taken is not None
    assert taken[0]["type"] == "divider"


def test_blocks_that_are_too_much_together_are_too_long() -> None:
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        blocks.parse([section(text=mrkdwn("x" * 2800))] * 5)


def test_missing_ids_are_made_up_where_slack_makes_them_up() -> None:
    bare = {"type": "button", "text": plain("Go")}
    taken = blocks.parse(
        [actions(bare), section(text=plain("a"), accessory=bare), {**TASK}]
    )

    assert taken is not None
    assert len({each["block_id"] for each in taken}) == 3
    assert taken[0]["elements"][0]["action_id"]
    assert taken[1]["accessory"]["action_id"]


def test_a_button_is_found_by_its_ids() -> None:
    card = blocks.parse(
        [
            {**actions(button(value="1")), "block_id": "row"},
            section(text=plain("a"), accessory=button(value="2"), block_id="side"),
        ]
    )

    found = blocks.find_button(card, "row", "go")
    beside = blocks.find_button(card, "side", "go")

    assert found is not None
    assert beside is not None
    assert (found["value"], beside["value"]) == ("1", "2")
    assert blocks.find_button(card, "row", "stay") is None
    assert blocks.find_button(card, "elsewhere", "go") is None
    assert blocks.find_button(None, "row", "go") is None
