"""Rules as values: what they ask for, and how they are stored."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.directory import Profile
from bot.domain.rules import (
    ALONE_AFTER,
    NO_RULE,
    Ineligible,
    Rule,
    SecondPerson,
    ineligible,
    rule_from_json,
    rule_to_json,
)
from bot.domain.verbs import Verb

IDS = st.lists(st.text(min_size=1), max_size=5).map(tuple)
RULES = st.builds(
    Rule,
    IDS,
    IDS,
    st.sampled_from(SecondPerson),
    st.sampled_from(SecondPerson),
    st.booleans(),
)
ALONE = SecondPerson.ALONE_AFTER_10_MINUTES


@given(RULES)
def test_a_rule_is_the_same_after_it_was_stored(rule: Rule) -> None:
    assert rule_from_json(json.loads(json.dumps(rule_to_json(rule)))) == rule


@given(RULES)
def test_no_rule_holds_a_halt(rule: Rule) -> None:
    assert rule.second_person(Verb.HALT) is SecondPerson.NO


def test_each_knob_is_of_its_own_verb() -> None:
    rule = Rule(finalize=SecondPerson.YES, set=ALONE)

    assert rule.second_person(Verb.FINALIZE) is SecondPerson.YES
    assert rule.second_person(Verb.SET) is ALONE
    assert NO_RULE.second_person(Verb.FINALIZE) is SecondPerson.NO


@pytest.mark.parametrize(
    ("rule", "needed"),
    [
        (NO_RULE, 0),
        (Rule(finalize=SecondPerson.YES), 0),
        (Rule(("U1",)), 1),
        (Rule(groups=("S1",), finalize=ALONE), 1),
        (Rule(("U1",), set=SecondPerson.ALONE_AFTER_1_HOUR), 1),
        (Rule(("U1",), finalize=SecondPerson.YES), 2),
        (Rule(groups=("S1",), finalize=ALONE, set=SecondPerson.YES), 2),
    ],
)
def test_a_second_person_that_is_always_needed_takes_two(
    rule: Rule, needed: int
) -> None:
    assert rule.people_needed == needed


def test_the_asker_is_alone_after_what_the_knob_says() -> None:
    assert {
        SecondPerson.ALONE_AFTER_10_MINUTES: timedelta(minutes=10),
        SecondPerson.ALONE_AFTER_1_HOUR: timedelta(hours=1),
    } == ALONE_AFTER


@pytest.mark.parametrize(
    ("profile", "why"),
    [
        (Profile("U1", "Ann"), None),
        (Profile("U1", "Ann", is_admin=True), None),
        (Profile("U1", "Ann", is_bot=True), Ineligible.BOT),
        (Profile("U1", "Ann", is_deactivated=True), Ineligible.DEACTIVATED),
        (Profile("U1", "Ann", is_colleague=False), Ineligible.OTHER_COMPANY),
    ],
)
def test_apps_people_who_left_and_other_companies_can_confirm_nothing(
    profile: Profile, why: Ineligible | None
) -> None:
    assert ineligible(profile) is why


def test_the_stored_values_stay() -> None:
    assert [one.value for one in SecondPerson] == [
        "no",
        "yes",
        "alone_after_10_minutes",
        "alone_after_1_hour",
    ]
