"""A text or a message that is too long for Slack is cut where it harms least."""

import json

import pytest

from bot.slack.messages.blocks import Message, context, fields, header, section
from bot.slack.messages.limits import MOST_JSON, fit, fit_lines, fit_message

DATE = "<!date^1772547420^{date_short_pretty} {time}|2026-03-03 14:17 UTC>"


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [("Cancel", 6, "Cancel"), ("Cancel it", 6, "Cance…"), ("", 6, "")],
)
def test_a_text_is_cut_at_its_end(text: str, most: int, cut: str) -> None:
    assert fit(text, most) == cut


def test_a_paragraph_is_cut_between_its_lines() -> None:
    assert fit_lines("one\ntwo\nthree", 11) == "one\ntwo\n…"


def test_the_longest_paragraphs_of_a_large_message_are_cut() -> None:
    small, long = section("Nothing was changed."), section("ש" * 2800)
    longest = section("ש" * 2900)

    blocks = Message(
        "text", (header("Halted"), small, longest, *[long] * 4, context("x"))
    ).rendered()

    assert len(json.dumps(blocks, ensure_ascii=False)) <= MOST_JSON
    assert blocks[1]["text"]["text"] == "Nothing was changed."
    assert blocks[2]["text"]["text"].endswith("ש…")


def test_a_message_that_no_cut_makes_small_enough_is_not_cut_for_ever() -> None:
    buttons = {"type": "actions", "elements": [{"value": "x" * MOST_JSON}]}
    paragraph = {"type": "section", "text": {"type": "mrkdwn", "text": "Which app?"}}

    assert fit_message([paragraph, buttons])[1] == buttons


def test_letters_of_every_script_count_as_one_character_each() -> None:
    paragraphs = [section(letter * 2700) for letter in "шשx文"]

    blocks = Message("text", tuple(paragraphs)).rendered()

    assert [len(block["text"]["text"]) for block in blocks] == [2700] * 4


def test_no_date_or_mention_is_cut_in_its_middle() -> None:
    # Three quarters of the text end inside the date.
    text = f"{'ש' * 2200}{DATE}{'ש' * (2990 - 2200 - len(DATE))}"

    block, *_ = Message("text", (section(text), *[section("x" * 2950)] * 3)).rendered()

    assert block["text"]["text"] == f"{'ש' * 2200}…"


def test_a_message_without_paragraphs_is_left_as_it_is() -> None:
    many = [fields(["ש" * 1999] * 2).to_dict()]

    assert fit_message([dict(each) for each in many]) == many
