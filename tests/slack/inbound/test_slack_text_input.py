"""What Slack sends for a typed text is turned back into the words that were typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.inbound.text_input import mention_text, plain_text


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("halt mail", "halt mail"),
        ("set mail 40%", "set mail 40%"),
        ("ask <@U0BEN|ben>", "ask @ben"),
        ("ask <@U0BEN>", "ask @U0BEN"),
        ("see <#C0MAIL|release-mail>", "see #release-mail"),
        ("see <#C0MAIL>", "see #C0MAIL"),
        ("see <#C0MAIL|>", "see #C0MAIL"),
        ("tell <!subteam^S01|@oncall>", "tell @oncall"),
        ("tell <!subteam^S01>", "tell @S01"),
        ("<!here> <!channel|channel>", "@here @channel"),
        ("since <!date^1772548320^{date}|3 March>", "since 3 March"),
        ("since <!date^1772548320>", "since 1772548320"),
        ("<https://contoso.com/a?b=1&amp;c=2>", "https://contoso.com/a?b=1&c=2"),
        ("<http://contoso.com|contoso.com>", "contoso.com"),
        ("<http://contoso.com/|contoso.com>", "contoso.com"),
        ("<https://a.b/c|https://a.b/c>", "https://a.b/c"),
        ("<mailto:ann@contoso.com|ann@contoso.com>", "ann@contoso.com"),
        ("<https://bugs/7|bug 7>", "bug 7 (https://bugs/7)"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt;", "&lt;"),
        ("a < b", "a < b"),
        ("<>", "<>"),
        ("", ""),
    ],
)
def test_every_form_that_slack_sends_is_read(sent: str, words: str) -> None:
    assert plain_text(sent) == words


@pytest.mark.parametrize("group", ["<!subteam^S01|@oncall>", "<!subteam^S01>"])
def test_a_group_keeps_its_id_where_its_name_does_not_say_which_it_is(
    group: str,
) -> None:
    sent = f"<@U0ROLLOUT> subscribe mail {group} <@U0BEN|ben> &lt;now&gt;"

    assert mention_text(sent, "U0ROLLOUT") == f"subscribe mail {group} @ben <now>"
    assert plain_text(f"tell {group} <!here>", groups=True) == f"tell {group} @here"


@given(st.text())
def test_any_text_comes_back_through_slacks_escapes(text: str) -> None:
    sent = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    assert plain_text(sent) == text


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    assert isinstance(plain_text(text), str)


@pytest.mark.parametrize(
    "sent",
    [
        "<@U0ROLLOUT> status mail",
        "status <@U0ROLLOUT> mail",
        "status mail <@U0ROLLOUT>",
        "<@U0ROLLOUT|rollout>: status mail",
        "<@U0ROLLOUT> <@U0ROLLOUT>, status mail",
    ],
)
def test_the_bots_own_name_is_taken_out_wherever_it_stands(sent: str) -> None:
    assert mention_text(sent, "U0ROLLOUT").split() == ["status", "mail"]


def test_other_people_stay_in_a_mention() -> None:
    assert mention_text("<@U0ROLLOUT> halt mail <@U0BEN> saw it", "U0ROLLOUT") == (
        "halt mail @U0BEN saw it"
    )
