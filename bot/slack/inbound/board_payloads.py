"""Payloads of a board's buttons and of the form that one of them opens."""

import re
from dataclasses import dataclass
from typing import Final

from bot.domain.requests import Person, Place
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from bot.slack.ids import (
    BOARD_ACTION,
    PERCENTAGE_BLOCK,
    REASON_BLOCK,
    TYPED,
    form_subject_of,
    target_of,
)
from bot.slack.inbound.fields import delivery_id, object_in, text_in
from bot.slack.inbound.payloads import read_click
from bot.slack.inbound.shapes import Payload, are_actions

_ACTION: Final = re.compile(f"{BOARD_ACTION}({'|'.join(Verb)})")


@dataclass(frozen=True, slots=True)
class BoardPress:
    """A press of a button that asks for a change; `target` is None where unreadable.

    `place` is where the button is; `trigger_id` opens a form for three seconds.
    """

    verb: Verb
    target: Target | None
    place: Place
    person: Person
    response_url: str | None
    trigger_id: str
    delivery_id: str


@dataclass(frozen=True, slots=True)
class FormSubmission:
    """What somebody has typed into the form, for which target and channel."""

    target: Target
    place: Place
    person: Person
    percentage: str
    reason: str
    delivery_id: str


def read_board_press(body: Payload, workspace: str) -> BoardPress | None:
    """Read a press; None where it does not say who, where or what is asked for."""
    click, actions = read_click(body, workspace), body.get("actions")
    if click is None or not isinstance(actions, list) or not are_actions(actions):
        return None
    verb = _ACTION.fullmatch(click.action_id)
    if verb is None:
        return None
    trigger_id = text_in(body, "trigger_id")
    return BoardPress(
        Verb(verb[1]),
        target_of(actions[0].get("value")),
        click.place,
        click.person,
        click.response_url,
        trigger_id,
        delivery_id(trigger_id),
    )


def read_submission(body: Payload, workspace: str) -> FormSubmission | None:
    """Read a submitted form; None where it does not say who, where or for what.

    One that is sent again after an error at a field has the id and the hash of before.
    """
    user, view = object_in(body, "user"), object_in(body, "view")
    subject = form_subject_of(view.get("private_metadata"))
    if subject is None or not text_in(user, "id"):
        return None
    channel, target = subject
    values = object_in(object_in(view, "state"), "values")
    names = text_in(view, "id"), text_in(view, "hash")
    return FormSubmission(
        target,
        Place(workspace, channel),
        Person(text_in(user, "id"), text_in(user, "team_id")),
        _typed(values, PERCENTAGE_BLOCK).strip(),
        " ".join(_typed(values, REASON_BLOCK).split()),
        delivery_id("/".join(names)) if all(names) else "",
    )


def _typed(values: Payload, block_id: str) -> str:
    return text_in(object_in(object_in(values, block_id), TYPED), "value")
