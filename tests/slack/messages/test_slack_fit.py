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
    small, large = section("Nothing was changed."), section("ש" * 2900)

    blocks = Message("text", (header("Halted"), small, large, context("x"))).rendered()

    assert len(json.dumps(blocks)) <= MOST_JSON
    assert blocks[1]["text"]["text"] == "Nothing was changed."
    assert blocks[2]["text"]["text"].endswith("ש…")


def test_no_date_or_mention_is_cut_in_its_middle() -> None:
    # Three quarters of the text end inside the date.
    text = f"{'ש' * 1540}{DATE}{'ש' * (2100 - 1540 - len(DATE))}"

    [block] = Message("text", (section(text),)).rendered()

    assert block["text"]["text"] == f"{'ש' * 1540}…"


def test_a_message_without_paragraphs_is_left_as_it_is() -> None:
    many = [fields(["ש" * 1999] * 2).to_dict()]

    assert fit_message([dict(each) for each in many]) == many
