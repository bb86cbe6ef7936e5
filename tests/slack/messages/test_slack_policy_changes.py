"""The history says in whole sentences who changed a lock, a rule or a channel."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from bot.domain.events import EventKind
from bot.domain.lock_events import LockChange
from bot.domain.locks import Lock, WeeklyWindow
from bot.domain.outcomes import History
from bot.domain.policy_history import AgreedRule, ChannelChange, PolicyChange
from bot.domain.rules import NO_RULE, Rule, SecondPerson
from bot.domain.submissions import Target
from bot.slack.messages.phrases import at
from bot.slack.messages.replies import answer_message
from tests.slack_users import texts
from tests.translators import ENGLISH

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=3)
APP = Target("main", "9NMAIL000001")
ONCE = Lock(7, "T1", "C1", APP, "code <freeze>", "U1", NOON, LATER)
WEEKEND = WeeklyWindow(4, time(16), 0, time(8), "Europe/Berlin")


def told(change: PolicyChange) -> str:
    message = answer_message(ENGLISH, History((change,)))
    return texts({"blocks": message.rendered()})


def test_a_lock_says_who_until_when_and_why() -> None:
    locked = LockChange(EventKind.LOCKED, ONCE, NOON, "U1", app_name="Mail")

    assert (
        f"🔒 <@U1> locked *Mail*, {at(NOON)}, until {at(LATER)}.\n"
        "Why: code &lt;freeze&gt;"
    ) in told(locked)
    newest = answer_message(ENGLISH, History((locked,))).text
    assert "<@U1> locked *Mail*" in newest


def test_a_weekly_lock_of_everything_says_its_window() -> None:
    weekly = replace(ONCE, target=None, ends_at=None, weekly=WEEKEND)

    text = told(LockChange(EventKind.LOCKED, weekly, NOON, "U1"))

    assert "<@U1> locked all apps" in text
    assert "every week, Fri 16:00 – Mon 08:00 (`Europe/Berlin`)." in text


def test_a_lifted_lock_says_whose_it_was_and_why_it_is_lifted() -> None:
    own = told(LockChange(EventKind.UNLOCKED, ONCE, LATER, "U1"))
    another = told(LockChange(EventKind.UNLOCKED, ONCE, LATER, "U2", "all is well"))

    assert f"🔓 <@U1> unlocked *9NMAIL000001*, {at(LATER)}.\nIt was locked" in own
    assert "<@U2> lifted the lock of *9NMAIL000001* that <@U1> had set" in another
    assert "Why: all is well" in another
    assert f"It was locked {at(NOON)}: code &lt;freeze&gt;" in another


def test_a_rule_says_who_agreed_to_what() -> None:
    rule = Rule(finalize=SecondPerson.YES)
    two = told(AgreedRule(APP, NOON, "U2", "U1", NO_RULE, rule, "Mail"))
    alone = told(AgreedRule(None, NOON, "U1", "U1", NO_RULE, rule))

    assert "<@U2> agreed to the rule for *Mail* that <@U1> proposed" in two
    assert "• *Finalize needs a second person:* No → *Yes*" in two
    assert "<@U1> changed the default rule of the workspace as an admin" in (alone)


def test_a_channel_that_was_let_in_or_gave_an_app_up_says_by_whom() -> None:
    added, removed = EventKind.CHANNEL_ADDED, EventKind.CHANNEL_REMOVED
    two = told(ChannelChange(added, APP, NOON, "U2", "U1", "Mail"))
    one = told(ChannelChange(added, APP, NOON, "U1", "U1", "Mail"))
    gone = told(ChannelChange(removed, APP, NOON, "U1", None, "Mail"))

    assert f"<@U2> let this channel in, {at(NOON)}, as <@U1> had asked: *Mail*" in two
    assert f"<@U1> let this channel in, {at(NOON)}: *Mail*" in one
    assert f"<@U1> gave *Mail* up, {at(NOON)}" in gone
