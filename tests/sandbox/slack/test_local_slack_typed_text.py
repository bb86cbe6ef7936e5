"""Typed text reaches the app in Slack's escaped format."""

import pytest

from bot.sandbox.slack import typed_text
from bot.sandbox.slack.directory import Channel, seed


@pytest.mark.parametrize(
    ("typed", "wire"),
    [
        ("halt mail", "halt mail"),
        ("  halt   mail ", "halt   mail"),
        ("ask @Ben now", "ask <@U0BEN|ben> now"),
        ("ask @ben kaya now", "ask <@U0BEN|ben> now"),
        ("@Rollout", "<@U0ROLLOUT|rollout>"),
        ("@benjamin", "@benjamin"),
        ("ben@ben.example", "ben@ben.example"),
        ("@nobody", "@nobody"),
        ("in #release-mail!", "in <#C0MAIL|release-mail>!"),
        ("in #release-mail-old", "in #release-mail-old"),
        ("in #release-secret", "in <#G0SECRET|>"),
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("<!channel> <@U0BEN>", "&lt;!channel&gt; &lt;@U0BEN&gt;"),
        ("@here", "<!here>"),
        ("see https://a.example/?b=1&c=2.", "see <https://a.example/?b=1&amp;c=2>."),
        ("(http://a.example)", "(<http://a.example>)"),
        ("شكرا 🚀", "شكرا 🚀"),
    ],
)
def test_a_commands_text_is_escaped_as_should_escape_does(
    typed: str, wire: str
) -> None:
    directory = seed()
    directory.channels["G0SECRET"] = Channel(
        "G0SECRET", "release-secret", "", set(), private=True
    )
    assert typed_text.command_text(typed, directory) == wire


def test_a_message_names_people_by_id_alone() -> None:
    wire = typed_text.message_text("@Rollout ask @Ben about #general", seed())
    assert wire == "<@U0ROLLOUT> ask <@U0BEN> about <#C0GENERAL|general>"


def test_a_typed_message_carries_rich_text() -> None:
    text = "<@U0ROLLOUT> a &lt; b <#C0MAIL|release-mail><!here> <https://a.example> x"

    block = typed_text.rich_text(text, "typed")

    [section] = block["elements"]
    assert section["elements"] == [
        {"type": "user", "user_id": "U0ROLLOUT"},
        {"type": "text", "text": " a < b "},
        {"type": "channel", "channel_id": "C0MAIL"},
        {"type": "broadcast", "range": "here"},
        {"type": "text", "text": " "},
        {"type": "link", "url": "https://a.example"},
        {"type": "text", "text": " x"},
    ]
    assert typed_text.rich_text("<@U0BEN>", "b")["elements"][0]["elements"] == [
        {"type": "user", "user_id": "U0BEN"}
    ]
