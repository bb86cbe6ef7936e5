"""Percentages as people type them, and as people and the Store read them."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.percentages import (
    NotAPercentage,
    format_percentage,
    parse_percentage,
    same_percentage,
)


@pytest.mark.parametrize(
    ("text", "percentage"),
    [
        ("40", 40),
        (" 40 ", 40),
        ("40%", 40),
        ("40 %", 40),
        ("40 PERCENT", 40),
        ("40percent", 40),
        ("12.5 %", 12.5),
        ("12,5", 12.5),
        ("12.", 12),
        ("33.33", 33.33),
        ("40.000", 40),
        ("007", 7),
        ("0", 0),
        ("250", 250),
        ("٤٠", 40),
        ("４０", 40),
        ("40％", 40),
        ("４０ ％", 40),
        ("12．5％", 12.5),
        ("12,5 %", 12.5),
        ("12,5\u00a0%", 12.5),
        ("12,5\u202f%", 12.5),
        ("40 Prozent", 40),
        ("40 pourcent", 40),
        ("40 процентов", 40),
        ("41 ПРОЦЕНТ", 41),
    ],
)
def test_a_percentage_is_read_as_it_is_typed(text: str, percentage: float) -> None:
    assert parse_percentage(text) == percentage


@pytest.mark.parametrize(
    "text",
    [
        "",
        "%",
        "nan",
        "inf",
        "-inf",
        "1e3",
        "0x10",
        "-5",
        "+5",
        ".5",
        "1_000",
        "1.2.3",
        "1,2,3",
        "33.333",
        "40%%",
        "½",
        "²",
        "4 0",
        "1/2",
        "9999999999",
        "forty",
        "40pct",
    ],
)
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(NotAPercentage):
        parse_percentage(text)


@pytest.mark.parametrize(
    ("percentage", "text"),
    [
        (0, "0"),
        (100, "100"),
        (10, "10"),
        (12.5, "12.5"),
        (33.333333, "33.33"),
        (1e-7, "0"),
        (-0.0, "0"),
        (0.01, "0.01"),
    ],
)
def test_a_percentage_is_written_plainly(percentage: float, text: str) -> None:
    assert format_percentage(percentage) == text


@given(st.integers(min_value=1, max_value=10_000).map(lambda number: number / 100))
def test_what_is_sent_is_what_was_typed_and_survives_single_precision(
    percentage: float,
) -> None:
    echoed: float = struct.unpack("f", struct.pack("f", percentage))[0]

    assert parse_percentage(format_percentage(percentage)) == percentage
    assert same_percentage(percentage, echoed)


@given(st.integers(min_value=1, max_value=9_999))
def test_neighbouring_percentages_are_told_apart(hundredths: int) -> None:
    assert not same_percentage(hundredths / 100, (hundredths + 1) / 100)


@given(st.text())
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        percentage = parse_percentage(text)
    except NotAPercentage:
        return
    assert 0 <= percentage < 10**9
