"""Nothing that a person typed, or the Store named, does anything in a message."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.messages.escape import ELLIPSIS, code, cut, escape, mention, plain
from tests.translators import ENGLISH

LIVE = re.compile(r"<[^>]*>")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Contoso Mail", "Contoso Mail"),
        ("<!channel> now", "&lt;!channel&gt; now"),
        ("<@U0BEN>", "&lt;@U0BEN&gt;"),
        ("R&D", "R&amp;D"),
        ("*bold* ~gone~ `code`", "∗bold∗ ∼gone∼ ˋcodeˋ"),
        ("_slanted_ but mail_beta", "ˍslantedˍ but mail_beta"),
        ("two\nlines\tand\x00more", "two lines and" + "more"),
        ("  wide   blanks  ", "wide blanks"),
        ("שלום", "\u2068שלום\u2069"),
        ("turn \u202eround", "turn round"),
        ("half \ud83d a pair", "half a pair"),
        ("🚀 go", "🚀 go"),
    ],
)
def test_text_is_shown_as_it_was_typed_and_acts_on_nothing(
    typed: str, shown: str
) -> None:
    assert escape(typed) == shown


@given(st.text())
def test_no_text_can_ping_link_or_format(text: str) -> None:
    shown = escape(text)

    assert not LIVE.search(shown)
    assert "<" not in shown
    assert not set(shown) & set("*~`\n\r")
    assert not re.search(r"&(?!amp;|lt;|gt;)", shown)


@given(st.text(), st.integers(2, 80))
def test_no_text_is_longer_than_its_room(text: str, limit: int) -> None:
    assert len(cut(text, limit)) <= limit
    assert len(plain(text, limit)) <= limit + 2
    assert "\n" not in plain(text, limit)


@given(st.text())
def test_a_code_span_ends_where_it_should(text: str) -> None:
    shown = code(text)

    assert shown == "–" or (shown[0], shown[-1]) == ("`", "`")
    assert shown.count("`") in (0, 2)
    assert "<" not in shown


def test_a_long_reason_is_cut_with_an_ellipsis() -> None:
    assert plain("x" * 3000, 400) == "x" * 399 + ELLIPSIS


def test_an_emoji_family_is_not_cut_between_a_joiner_and_its_person() -> None:
    assert cut("ab\U0001f469\u200d\U0001f467cdef", 5) == "ab\U0001f469" + ELLIPSIS


@pytest.mark.parametrize(
    ("user_id", "shown"),
    [
        ("U0ANN", "<@U0ANN>"),
        (None, "(unknown person)"),
        ("", "(unknown person)"),
        ("<!channel>", "&lt;!channel&gt;"),
    ],
)
def test_only_a_slack_id_becomes_a_mention(user_id: str | None, shown: str) -> None:
    assert mention(ENGLISH, user_id) == shown
