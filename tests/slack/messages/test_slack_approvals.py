"""What a card says that needs a second person, and what refuses a press."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.app_names import ResolvedTarget
from bot.domain.approval import (
    AloneReasonNeeded,
    Disqualification,
    Disqualified,
    LookupRefused,
    NotListed,
    Refusal,
    TooEarly,
    Uncounted,
)
from bot.domain.outcomes import Approved
from bot.domain.press_outcomes import PressRefused, ReasonRequired
from bot.domain.requests import Request
from bot.domain.rollout import Change
from bot.domain.rules import NO_RULE, Rule, RuleInForce, SecondPerson
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from bot.slack.messages.approvers import approval_reminder
from bot.slack.messages.cards import card
from bot.slack.messages.phrases import at
from bot.slack.messages.press_refusals import approved, press_refused, reason_required
from tests.fakes import MAIL, NOON, asked
from tests.slack_users import texts
from tests.translators import ENGLISH

ALWAYS = Rule(finalize=SecondPerson.YES, set=SecondPerson.YES)
AFTER_TEN = Rule(finalize=SecondPerson.ALONE_AFTER_10_MINUTES)
NAMES = {"U2": "Bo *b*", "S1": "@release-managers"}
TEN = timedelta(minutes=10)


def waiting(rule: Rule, change: Change | None = None) -> Request:
    """Return a request of U1 under a rule."""
    request = asked(change or Change(Verb.FINALIZE))
    until = NOON + timedelta(hours=8)
    return replace(request, rule=rule, alias="mail", expires_at=until)


def shown(request: Request) -> list[str]:
    """Return the texts of a card, from its top on."""
    return texts({"blocks": card(ENGLISH, request, NAMES).rendered()}).split("\n")


def refused(
    refusal: Refusal, in_force: RuleInForce, request: Request | None = None
) -> str:
    """Return what a press is answered with that is refused."""
    request = request or waiting(in_force.rule)
    return press_refused(ENGLISH, PressRefused(request, refusal, in_force)).text


def test_the_first_lines_of_a_phone_say_what_the_card_needs() -> None:
    first = shown(waiting(ALWAYS))[:3]

    assert first == [
        "Finalize rollout? Mail",
        f"*Needs one more person, not <@U1>* · until {at(NOON + timedelta(hours=8))}",
        "Can approve: everybody in this channel but <@U1>",
    ]


def test_the_notification_says_it_too() -> None:
    text = card(ENGLISH, waiting(ALWAYS)).text

    assert text.startswith("<@U1> asks: Finalize rollout, Mail.")
    assert "It needs one more person, not <@U1>, until" in text


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        (replace(ALWAYS, groups=("S1",)), "@release-managers"),
        (replace(ALWAYS, people=("U1", "U2")), "Bo ∗b∗"),
        (replace(ALWAYS, people=("U2",), groups=("S1", "S7")), None),
    ],
)
def test_those_who_can_approve_are_named_without_the_asker(
    rule: Rule, who: str | None
) -> None:
    expected = who or "Bo ∗b∗, @release-managers, <!subteam^S7>"

    assert f"Can approve: {expected}" in shown(waiting(rule))


def test_a_rule_without_a_second_person_only_says_who_may() -> None:
    lines = shown(waiting(Rule(groups=("S1",))))

    assert "Can be confirmed by: @release-managers" in lines
    assert lines[1].startswith("*App:*")
    assert "Finalize rollout" in lines


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (AFTER_TEN, "<@U1> can do it alone from {time} with a reason."),
        (
            replace(AFTER_TEN, people=("U1", "U2")),
            "<@U1> can do it alone from {time} with a reason.",
        ),
        (
            replace(AFTER_TEN, groups=("S1",)),
            (
                "<@U1>, if among those who can approve, can do it alone from {time} "
                "with a reason."
            ),
        ),
        (replace(AFTER_TEN, people=("U2", "U3")), None),
        (ALWAYS, None),
    ],
)
def test_the_card_says_from_when_the_asker_can_do_it_alone(
    rule: Rule, sentence: str | None
) -> None:
    found = [line for line in shown(waiting(rule)) if "alone" in line]

    assert found == ([sentence.format(time=at(NOON + TEN))] if sentence else [])


def test_a_refusal_says_which_rule_it_was() -> None:
    flight = Target(MAIL.account, MAIL.app_id, "f-1")
    for target, words in (
        (None, "This is by the default rule of the workspace: `/rollout rules mail`"),
        (MAIL, "This is by the rule of this app: `/rollout rules mail`"),
        (flight, "This is by the rule of this flight: `/rollout rules mail`"),
    ):
        in_force = RuleInForce(ALWAYS, target, 2)
        text = refused(TooEarly(ALWAYS, None), in_force)
        assert words in text
        assert "A halt is open to you all the same: `/rollout halt mail`" in text
    older = refused(TooEarly(ALWAYS, None), RuleInForce(NO_RULE, MAIL, 3))
    assert "the rule that held when it was asked for" in older


def test_the_asker_is_told_who_else_can_and_from_when_they_can() -> None:
    rule = replace(AFTER_TEN, people=("U1", "U2"), groups=("S1",))
    in_force = RuleInForce(rule, MAIL, 1)

    text = refused(TooEarly(rule, NOON + TEN), in_force)

    assert "somebody else has to approve it: <@U2>, <!subteam^S1>." in text
    assert f"You can do it alone from {at(NOON + TEN)}, with a reason." in text
    for_good = refused(TooEarly(rule, None), in_force)
    assert "alone" not in for_good


def test_where_slack_does_not_say_the_way_on_depends_on_why() -> None:
    rule, in_force = Rule(groups=("S1",)), RuleInForce(Rule(groups=("S1",)), MAIL, 1)

    for code in ("plan_upgrade_required", "paid_teams_only"):
        text = refused(LookupRefused(rule, code), in_force)
        assert "People whom the rule names by themselves can confirm this." in text
    scope = refused(LookupRefused(rule, "missing_scope"), in_force)
    assert "`python -m bot doctor`" in scope
    away = refused(LookupRefused(rule, "timeout"), in_force)
    assert "Please press again in a minute." in away
    for text in (scope, away):
        assert "Nothing was done" in text


def test_a_form_that_did_not_open_is_no_refusal() -> None:
    text = refused(AloneReasonNeeded(AFTER_TEN), RuleInForce(AFTER_TEN, MAIL, 1))

    assert "did not open the form" in text
    assert "A halt" not in text


def test_whose_approval_does_not_count_any_more_is_said_and_why() -> None:
    gone = (
        Uncounted("U2", NotListed(ALWAYS)),
        Uncounted("U3", Disqualified(Disqualification.DEACTIVATED)),
    )

    text = approved(ENGLISH, Approved(waiting(ALWAYS), gone)).text

    assert "one more person must approve this" in text
    assert (
        "The approval of <@U2> does not count any more: they are not among those who "
        "may confirm this." in text
    )
    assert (
        "The approval of <@U3> does not count any more: the account is deactivated."
        in text
    )


def test_a_reason_that_lacks_is_asked_for_with_the_whole_command() -> None:
    lacking = ReasonRequired(ResolvedTarget(MAIL, "mail"), Change(Verb.SET, 12.5))

    assert "`/rollout set mail 12.5% REASON`" in reason_required(ENGLISH, lacking).text


def test_only_the_first_reminder_mentions_those_who_can_approve() -> None:
    request = waiting(replace(ALWAYS, people=("U1", "U2"), groups=("S1",)))

    first = approval_reminder(ENGLISH, request).text
    later = approval_reminder(ENGLISH, replace(request, reminders=1)).text

    assert "Can approve: <@U2>, <!subteam^S1>" in first
    for text in (first, later):
        assert "⏳ *Finalize rollout: Mail* still needs one more person, until" in text
        assert "<@U1>" not in text
    assert "<" not in later.replace(at(request.expires_at), "")
