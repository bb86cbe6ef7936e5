"""Payloads about rules: what is read of a press and of a form, and what is not."""

from typing import Any

import pytest

from bot.domain.requests import Person, Place
from bot.domain.rules import Rule, SecondPerson
from bot.domain.submissions import Target
from bot.slack.ids import (
    CHANGE_RULE,
    CHOSEN,
    DEFAULT_RULE,
    FINALIZE_BLOCK,
    GROUPS_BLOCK,
    PEOPLE_BLOCK,
    REASONS_BLOCK,
    RULE_FORM,
    RULE_GROUPS,
    SET_BLOCK,
    rule_form_subject,
    rule_form_subject_of,
    target_value,
)
from bot.slack.inbound.rule_payloads import (
    RulePress,
    RuleSubmission,
    read_rule_form,
    read_rule_press,
)
from bot.slack.inbound.shapes import is_for_us, is_readable

MAIL = Target("main", "9NMAIL000001")
BETA = Target("main", "9NMAIL000001", "f-1")
TEAM = "T0CONTOSO"


def chosen(value: str) -> dict[str, Any]:
    return {CHOSEN: {"type": "radio_buttons", "selected_option": {"value": value}}}


def people(*ids: object) -> dict[str, Any]:
    return {CHOSEN: {"type": "multi_users_select", "selected_users": list(ids)}}


def groups(*ids: object) -> dict[str, Any]:
    options = [{"text": {"type": "plain_text", "text": "a"}, "value": i} for i in ids]
    kind = "multi_external_select"
    return {RULE_GROUPS: {"type": kind, "selected_options": options}}


def form(**changed: object) -> dict[str, Any]:
    """Return a form that is submitted, with what is changed in its values."""
    values = {
        PEOPLE_BLOCK: people("U0BEN", "U0ANN", "U0BEN"),
        GROUPS_BLOCK: groups("S0MANAGERS"),
        FINALIZE_BLOCK: chosen("yes"),
        SET_BLOCK: chosen("no"),
        REASONS_BLOCK: chosen("required"),
        **changed,
    }
    return {
        "type": "view_submission",
        "team": {"id": TEAM},
        "user": {"id": "U0ANN", "team_id": TEAM},
        "view": {
            "id": "V1",
            "hash": "1.a",
            "type": "modal",
            "callback_id": RULE_FORM,
            "private_metadata": rule_form_subject("C0MAIL", MAIL, 3),
            "state": {"values": values},
        },
    }


def press(value: object) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": "U0ANN", "team_id": TEAM},
        "channel": {"id": "C0MAIL"},
        "container": {"message_ts": "1700.1", "is_ephemeral": True},
        "response_url": "https://hooks.example/1",
        "trigger_id": "1.2.3",
        "actions": [{"action_id": CHANGE_RULE, "value": value}],
    }


def test_a_form_is_read_as_a_rule_whose_ids_are_in_order() -> None:
    assert is_readable(form())
    assert read_rule_form(form(), TEAM) == RuleSubmission(
        MAIL,
        3,
        Rule(
            ("U0ANN", "U0BEN"),
            ("S0MANAGERS",),
            SecondPerson.YES,
            SecondPerson.NO,
            reason_required=True,
        ),
        Place(TEAM, "C0MAIL"),
        Person("U0ANN", TEAM),
        "V1/1.a",
    )


def test_a_form_without_the_fields_of_people_and_groups_is_for_everybody() -> None:
    found = read_rule_form(form(people={}, groups={}), TEAM)

    assert found is not None
    assert found.rule is not None
    assert found.rule.everybody


def test_a_form_that_drops_the_own_rule_has_none() -> None:
    dropped = read_rule_form(form(own_rule=chosen("drop")), TEAM)
    kept = read_rule_form(form(own_rule=chosen("keep")), TEAM)

    assert dropped is not None
    assert dropped.rule is None
    assert kept is not None
    assert kept.rule is not None


@pytest.mark.parametrize(
    "changed",
    [
        {FINALIZE_BLOCK: {}},
        {FINALIZE_BLOCK: chosen("maybe")},
        {SET_BLOCK: {CHOSEN: {"selected_option": None}}},
        {SET_BLOCK: []},
    ],
)
def test_a_form_that_names_no_known_option_is_not_read(changed: Any) -> None:  # noqa: ANN401
    assert read_rule_form(form(**changed), TEAM) is None


@pytest.mark.parametrize(
    "odd",
    [
        {PEOPLE_BLOCK: {CHOSEN: {"selected_users": "U0ANN"}}},
        {PEOPLE_BLOCK: people(1, None, {}, "")},
        {GROUPS_BLOCK: {RULE_GROUPS: {"selected_options": ["S1", None, {"value": 1}]}}},
    ],
)
def test_what_is_no_id_is_left_out(odd: Any) -> None:  # noqa: ANN401
    found = read_rule_form(form(**{PEOPLE_BLOCK: {}, GROUPS_BLOCK: {}, **odd}), TEAM)

    assert found is not None
    assert found.rule is not None
    assert found.rule.everybody


def test_a_form_for_no_rule_or_of_nobody_is_not_read() -> None:
    unknown, nobody = form(), form()
    unknown["view"]["private_metadata"] = "C0MAIL other 3"
    nobody["user"] = {}

    assert read_rule_form(unknown, TEAM) is None
    assert read_rule_form(nobody, TEAM) is None


@pytest.mark.parametrize(
    ("value", "target"),
    [(DEFAULT_RULE, None), (target_value(MAIL), MAIL), (target_value(BETA), BETA)],
)
def test_a_press_names_a_target_or_the_default(
    value: str, target: Target | None
) -> None:
    assert read_rule_press(press(value), TEAM) == RulePress(
        target,
        Place(TEAM, "C0MAIL"),
        Person("U0ANN", TEAM),
        "https://hooks.example/1",
        "1.2.3",
        "1.2.3",
    )


@pytest.mark.parametrize("value", ["", None, 1, "else", "main/9N", "a b/c/d"])
def test_a_press_that_names_neither_is_not_read(value: object) -> None:
    assert read_rule_press(press(value), TEAM) is None


def test_a_press_without_an_action_or_a_person_is_not_read() -> None:
    assert read_rule_press({**press(DEFAULT_RULE), "actions": []}, TEAM) is None
    assert read_rule_press({**press(DEFAULT_RULE), "user": {}}, TEAM) is None


@pytest.mark.parametrize("target", [None, MAIL, BETA])
def test_the_subject_of_a_form_is_read_as_it_was_written(target: Target | None) -> None:
    written = rule_form_subject("C0MAIL", target, 12)

    assert rule_form_subject_of(written) == ("C0MAIL", target, 12)


@pytest.mark.parametrize(
    "metadata",
    [
        *(None, 1, "", "C0MAIL", "C0MAIL default", "c0mail default 1"),
        *("C0MAIL default -1", "C0MAIL default x", "C0MAIL other 1"),
        *("C0MAIL default 1 2", f"C0MAIL default {'1' * 19}"),
    ],
)
def test_another_subject_is_none(metadata: object) -> None:
    assert rule_form_subject_of(metadata) is None


def test_what_is_typed_into_a_select_is_a_payload_for_us() -> None:
    typed = {
        "type": "block_suggestion",
        "action_id": RULE_GROUPS,
        "block_id": GROUPS_BLOCK,
        "value": "rel",
    }

    assert is_readable(typed)
    assert is_for_us(typed)
    assert not is_readable({**typed, "action_id": 1})
