"""Payloads of the buttons about a ramp."""

from dataclasses import dataclass

from bot.domain.ramp_commands import PlanAction
from bot.domain.requests import Person, Place
from bot.slack.ids import GO_ON, RAMP_ACTION, HeldRamp, held_of
from bot.slack.inbound.fields import delivery_id, text_in
from bot.slack.inbound.payloads import read_click
from bot.slack.inbound.shapes import Payload, are_actions


@dataclass(frozen=True, slots=True)
class RampPress:
    """A press that does something to a ramp; `ramp` is None where it is unreadable.

    `action` is None where it lets a held ramp go on.
    """

    action: PlanAction | None
    ramp: HeldRamp | None
    place: Place
    person: Person
    response_url: str | None
    delivery_id: str


def read_ramp_press(body: Payload, workspace: str) -> RampPress | None:
    """Read a press; None where it does not say who, where or what is asked for."""
    click, actions = read_click(body, workspace), body.get("actions")
    if click is None or not isinstance(actions, list) or not are_actions(actions):
        return None
    named = click.action_id.removeprefix(RAMP_ACTION)
    return RampPress(
        None if click.action_id == GO_ON else PlanAction(named),
        held_of(actions[0].get("value")),
        click.place,
        click.person,
        click.response_url,
        delivery_id(text_in(body, "trigger_id")),
    )
