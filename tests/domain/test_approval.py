"""Whether one person's press counts, by the rules of then and of now."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.approval import (
    Allowed,
    AloneReasonNeeded,
    Disqualification,
    Disqualified,
    LookupRefused,
    NotListed,
    Presser,
    ReasonMissing,
    Refusal,
    TooEarly,
    alone_from,
    asked_groups,
    asks_who,
    judge,
    refusal_code,
    refuse_person,
    rules_of,
)
from bot.domain.directory import Profile
from bot.domain.requests import Request
from bot.domain.rollout import Change
from bot.domain.rules import NO_RULE, Rule, RuleInForce, SecondPerson
from bot.domain.verbs import Verb
from tests.fakes import NOON, asked

ASKER, OTHER, STRANGER = "U1", "U2", "U3"
FINALIZE, HALT = Change(Verb.FINALIZE), Change(Verb.HALT)
TEN, HOUR = timedelta(minutes=10), timedelta(hours=1)
ALWAYS = Rule(finalize=SecondPerson.YES, set=SecondPerson.YES)
AFTER_TEN = Rule(
    finalize=SecondPerson.ALONE_AFTER_10_MINUTES,
    set=SecondPerson.ALONE_AFTER_10_MINUTES,
)
AFTER_HOUR = Rule(finalize=SecondPerson.ALONE_AFTER_1_HOUR)
LISTED = Rule(people=(OTHER,), groups=("S1",))
WANTS_REASON = Rule(reason_required=True)

PEOPLE = st.sampled_from([(), (ASKER,), (OTHER,), (ASKER, OTHER)])
RULES = st.builds(
    Rule,
    PEOPLE,
    st.sampled_from([(), ("S1",), ("S1", "S2")]),
    st.sampled_from(SecondPerson),
    st.sampled_from(SecondPerson),
    st.booleans(),
)
CHANGES = st.sampled_from([FINALIZE, Change(Verb.SET, 40.0)])
GROUPS = st.sampled_from([frozenset[str](), frozenset({"S1"}), frozenset({"S1", "S2"})])
MINUTES = st.integers(0, 600)


def request(rule: Rule = NO_RULE, change: Change = FINALIZE) -> Request:
    return replace(asked(change), rule=rule)


def person(user_id: str = OTHER, *groups: str) -> Presser:
    return Presser(user_id, Profile(user_id, "Somebody"), frozenset(groups))


def press(
    then: Rule,
    now: Rule,
    who: Presser,
    after: timedelta = timedelta(0),
    reason: str | None = None,
) -> Allowed | Refusal:
    in_force = RuleInForce(now, version=1)
    return judge(request(then), in_force, who, NOON + after, reason)


def test_where_nobody_has_agreed_on_anything_everybody_may_press() -> None:
    for who in (ASKER, OTHER):
        assert press(NO_RULE, NO_RULE, Presser(who)) == Allowed()
    assert not asks_who(rules_of(request(), RuleInForce()), Verb.FINALIZE)


def test_a_halt_is_never_judged() -> None:
    strictest = replace(ALWAYS, people=("U9",), reason_required=True)
    halt = replace(request(strictest, HALT), reason="")
    unknown = Presser(ASKER, failed="timeout")

    assert judge(halt, RuleInForce(strictest), unknown, NOON) == Allowed()
    assert refuse_person(halt, RuleInForce(strictest), unknown) is None
    assert rules_of(halt, RuleInForce(strictest)) == ()


@pytest.mark.parametrize(("then", "now"), [(ALWAYS, NO_RULE), (NO_RULE, ALWAYS)])
def test_another_person_is_needed_where_either_rule_says_so(
    then: Rule, now: Rule
) -> None:
    assert press(then, now, person(ASKER), 10 * HOUR, "why") == TooEarly(ALWAYS, None)
    assert press(then, now, person(OTHER)) == Allowed()


@pytest.mark.parametrize(
    ("then", "now", "pause"),
    [
        (AFTER_TEN, AFTER_TEN, TEN),
        (AFTER_TEN, NO_RULE, TEN),
        (NO_RULE, AFTER_TEN, TEN),
        (AFTER_TEN, AFTER_HOUR, HOUR),
        (AFTER_HOUR, AFTER_TEN, HOUR),
    ],
)
def test_the_asker_alone_waits_for_the_later_time_of_both_rules(
    then: Rule, now: Rule, pause: timedelta
) -> None:
    early = press(then, now, person(ASKER), pause - timedelta(seconds=1), "why")
    assert isinstance(early, TooEarly)
    assert early.alone_from == NOON + pause

    lacking = press(then, now, person(ASKER), pause)
    assert isinstance(lacking, AloneReasonNeeded)
    assert press(then, now, person(ASKER), pause, "why") == Allowed(alone=True)


def test_a_rule_that_lets_nobody_alone_wins_over_one_that_does() -> None:
    for then, now in ((ALWAYS, AFTER_TEN), (AFTER_TEN, ALWAYS)):
        assert press(then, now, person(ASKER), HOUR, "why") == TooEarly(ALWAYS, None)


def test_who_is_not_listed_is_refused_by_the_rule_that_lists_others() -> None:
    for then, now in ((LISTED, NO_RULE), (NO_RULE, LISTED)):
        assert press(then, now, person(STRANGER)) == NotListed(LISTED)
        assert press(then, now, person(OTHER)) == Allowed()
        assert press(then, now, person(STRANGER, "S1")) == Allowed()
        assert press(then, now, person(STRANGER, "S2")) == NotListed(LISTED)


def test_an_asker_who_is_not_listed_cannot_do_it_alone_either() -> None:
    rule = replace(LISTED, finalize=SecondPerson.ALONE_AFTER_10_MINUTES)

    assert press(rule, rule, person(ASKER), HOUR, "why") == NotListed(rule)
    assert press(rule, rule, person(ASKER, "S1"), HOUR, "why") == Allowed(alone=True)


@pytest.mark.parametrize(
    ("profile", "in_channel", "why"),
    [
        (Profile(OTHER, "B", is_bot=True), True, Disqualification.BOT),
        (Profile(OTHER, "B", is_deactivated=True), True, Disqualification.DEACTIVATED),
        (Profile(OTHER, "B", is_colleague=False), True, Disqualification.NO_COLLEAGUE),
        (Profile(OTHER, "B"), False, Disqualification.LEFT_CHANNEL),
    ],
)
def test_nobody_counts_on_a_bot_or_on_whoever_is_gone(
    profile: Profile, in_channel: bool, why: Disqualification
) -> None:
    who = Presser(OTHER, profile, frozenset({"S1"}), in_channel)

    for rule in (ALWAYS, LISTED):
        assert press(rule, NO_RULE, who) == Disqualified(why)
        assert press(NO_RULE, rule, who) == Disqualified(why)


def test_where_slack_does_not_say_who_it_is_nothing_is_allowed() -> None:
    unknown = Presser(OTHER, failed="timeout")

    assert press(ALWAYS, NO_RULE, unknown) == LookupRefused(ALWAYS, "timeout")
    assert press(NO_RULE, LISTED, unknown) == LookupRefused(LISTED, "timeout")
    early = press(ALWAYS, ALWAYS, Presser(ASKER, failed="timeout"))
    assert early == TooEarly(ALWAYS, None)


def test_a_group_that_is_not_known_matters_to_those_alone_whom_no_other_has() -> None:
    failed = replace(person(STRANGER), failed="plan_upgrade_required")
    rule = Rule((OTHER,), ("S1", "S2"))

    refused = press(rule, NO_RULE, failed)
    assert refused == LookupRefused(rule, "plan_upgrade_required")
    inside = replace(failed, groups=frozenset({"S2"}))
    assert press(rule, NO_RULE, inside) == Allowed()
    named = replace(failed, user_id=OTHER)
    assert press(rule, NO_RULE, named) == Allowed()


def test_what_was_asked_for_without_a_reason_is_refused_where_one_is_wanted() -> None:
    silent = replace(request(), reason=" ")
    in_force = RuleInForce(WANTS_REASON, version=1)

    refused = judge(silent, in_force, person(), NOON)
    assert refused == ReasonMissing(WANTS_REASON)
    assert judge(request(), in_force, person(), NOON) == Allowed()
    assert not asks_who([WANTS_REASON], Verb.FINALIZE)


def test_the_groups_of_all_rules_are_asked_for() -> None:
    assert asked_groups([Rule(groups=("S1",)), Rule(groups=("S1", "S2"))]) == {
        "S1",
        "S2",
    }


def test_every_refusal_has_a_code_of_its_own() -> None:
    refusals: list[Refusal] = [
        *map(Disqualified, Disqualification),
        NotListed(NO_RULE),
        TooEarly(NO_RULE, None),
        AloneReasonNeeded(NO_RULE),
        ReasonMissing(NO_RULE),
        LookupRefused(NO_RULE, "timeout"),
    ]

    assert len({refusal_code(one) for one in refusals}) == len(refusals)


@given(
    then=RULES,
    now=RULES,
    change=CHANGES,
    groups=GROUPS,
    minutes=MINUTES,
    reason=st.none() | st.just("why"),
    failed=st.none() | st.just("timeout"),
)
def test_no_press_of_the_asker_counts_early_whatever_the_rules(  # noqa: PLR0917
    then: Rule,
    now: Rule,
    change: Change,
    groups: frozenset[str],
    minutes: int,
    reason: str | None,
    failed: str | None,
) -> None:
    asked_for, at = request(then, change), NOON + timedelta(minutes=minutes)
    who = Presser(ASKER, Profile(ASKER, "Ann"), groups, failed=failed)

    verdict = judge(asked_for, RuleInForce(now), who, at, reason)

    need = [r for r in (then, now) if r.second_person(change.verb) != SecondPerson.NO]
    times = [alone_from(asked_for, rule) for rule in need]
    if any(time is None or at < time for time in times):
        assert not isinstance(verdict, Allowed)
    if need and isinstance(verdict, Allowed):
        assert verdict.alone
        assert reason


@given(
    then=RULES,
    now=RULES,
    change=CHANGES,
    groups=GROUPS,
    who=st.sampled_from([ASKER, OTHER, STRANGER]),
    minutes=MINUTES,
)
def test_what_either_rule_alone_refuses_both_together_refuse(  # noqa: PLR0917
    then: Rule,
    now: Rule,
    change: Change,
    groups: frozenset[str],
    who: str,
    minutes: int,
) -> None:
    presser, at = person(who, *groups), NOON + timedelta(minutes=minutes)

    def verdict(one: Rule, other: Rule) -> Allowed | Refusal:
        return judge(request(one, change), RuleInForce(other), presser, at, "why")

    alone = verdict(then, then), verdict(now, now)
    both = isinstance(verdict(then, now), Allowed)
    assert both == all(isinstance(one, Allowed) for one in alone)
