"""Payloads of the buttons below a ramp that waits for a person."""

from dataclasses import dataclass

from bot.domain.requests import Person, Place
from bot.slack.ids import GO_ON, HeldRamp, held_of
from bot.slack.inbound.fields import delivery_id, text_in
from bot.slack.inbound.payloads import read_click
from bot.slack.inbound.shapes import Payload, are_actions


@dataclass(frozen=True, slots=True)
class RampPress:
    """A press that lets a ramp go on, or stops it; `ramp` is None where unreadable."""

    goes_on: bool
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
    return RampPress(
        click.action_id == GO_ON,
        held_of(actions[0].get("value")),
        click.place,
        click.person,
        click.response_url,
        delivery_id(text_in(body, "trigger_id")),
    )
