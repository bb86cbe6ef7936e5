"""Payloads about rules: the press that opens the form, and what was chosen in it."""

from dataclasses import dataclass
from typing import Final

from bot.domain.requests import Person, Place
from bot.domain.rules import Rule, SecondPerson
from bot.domain.submissions import Target
from bot.slack.ids import (
    CHOSEN,
    DEFAULT_RULE,
    DROP_OWN_RULE,
    FINALIZE_BLOCK,
    GROUPS_BLOCK,
    OWN_RULE_BLOCK,
    PEOPLE_BLOCK,
    REASONS_BLOCK,
    REASONS_REQUIRED,
    RULE_GROUPS,
    SET_BLOCK,
    rule_form_subject_of,
    target_of,
)
from bot.slack.inbound.fields import delivery_id, object_in, text_in
from bot.slack.inbound.payloads import read_click
from bot.slack.inbound.shapes import Payload, are_actions

# As many as a payload can name before anybody counts them.
_MOST_NAMED: Final = 100


@dataclass(frozen=True, slots=True)
class RulePress:
    """A press of the button that opens the form; None is the workspace's default."""

    target: Target | None
    place: Place
    person: Person
    response_url: str | None
    trigger_id: str
    delivery_id: str


@dataclass(frozen=True, slots=True)
class RuleSubmission:
    """The rule that somebody proposes, and the version of the one that they saw.

    It is None where the target's own rule is to be dropped.
    """

    target: Target | None
    version: int
    rule: Rule | None
    place: Place
    person: Person
    delivery_id: str


def read_rule_press(body: Payload, workspace: str) -> RulePress | None:
    """Read a press; None where it does not say who, where or for what."""
    click, actions = read_click(body, workspace), body.get("actions")
    if click is None or not isinstance(actions, list) or not are_actions(actions):
        return None
    value = actions[0].get("value")
    target = target_of(value)
    if target is None and value != DEFAULT_RULE:
        return None
    trigger_id = text_in(body, "trigger_id")
    return RulePress(
        target,
        click.place,
        click.person,
        click.response_url,
        trigger_id,
        delivery_id(trigger_id),
    )


def read_rule_form(body: Payload, workspace: str) -> RuleSubmission | None:
    """Read a submitted form; None where it does not say who, where, or which rule."""
    user, view = object_in(body, "user"), object_in(body, "view")
    subject = rule_form_subject_of(view.get("private_metadata"))
    values = object_in(object_in(view, "state"), "values")
    rule = _rule(values)
    if subject is None or rule is None or not text_in(user, "id"):
        return None
    channel, target, version = subject
    names = text_in(view, "id"), text_in(view, "hash")
    return RuleSubmission(
        target,
        version,
        None if _option(values, OWN_RULE_BLOCK) == DROP_OWN_RULE else rule,
        Place(workspace, channel),
        Person(text_in(user, "id"), text_in(user, "team_id")),
        delivery_id("/".join(names)) if all(names) else "",
    )


def _rule(values: Payload) -> Rule | None:
    people = _chosen(values, PEOPLE_BLOCK, CHOSEN).get("selected_users")
    groups = _chosen(values, GROUPS_BLOCK, RULE_GROUPS).get("selected_options")
    try:
        return Rule(
            people=_ids(people),
            groups=_ids([_value(one) for one in _list(groups)]),
            finalize=SecondPerson(_option(values, FINALIZE_BLOCK)),
            set=SecondPerson(_option(values, SET_BLOCK)),
            reason_required=_option(values, REASONS_BLOCK) == REASONS_REQUIRED,
        )
    except ValueError:
        return None


def _chosen(values: Payload, block_id: str, action_id: str) -> Payload:
    return object_in(object_in(values, block_id), action_id)


def _option(values: Payload, block_id: str) -> str:
    chosen = _chosen(values, block_id, CHOSEN)
    return text_in(object_in(chosen, "selected_option"), "value")


def _value(option: object) -> str:
    return text_in(option, "value") if isinstance(option, dict) else ""


def _ids(found: object) -> tuple[str, ...]:
    """Return each id once, in an order in which two rules can be compared."""
    ids = {one for one in _list(found)[:_MOST_NAMED] if isinstance(one, str) and one}
    return tuple(sorted(ids))


def _list(found: object) -> list[object]:
    return found if isinstance(found, list) else []
