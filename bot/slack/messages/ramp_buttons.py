"""The buttons about a ramp, under a board and under what a person has to decide."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, assert_never

from slack_sdk.models.blocks import ActionsBlock, ButtonElement

from bot.domain.plans import Plan, PlanState
from bot.domain.ramp_commands import PlanAction
from bot.slack.ids import GO_ON, RAMP_ACTION, RAMP_BLOCK, HeldRamp, held_value
from bot.slack.messages.blocks import button_label
from bot.slack.messages.translator import N_, Translator

_LABELS: Final[Mapping[PlanAction, str]] = MappingProxyType(
    {
        PlanAction.PAUSE: N_("Pause ramp"),
        PlanAction.RESUME: N_("Resume ramp"),
        PlanAction.STOP: N_("Stop ramp"),
    }
)


def ramp_row(
    t: Translator, plan: Plan, percentage: float | None
) -> tuple[ActionsBlock, ...]:
    """Draw the row of a ramp's buttons; no row where nothing can be done with it."""
    buttons = ramp_buttons(t, plan, percentage)
    if not buttons:
        return ()
    return (ActionsBlock(block_id=RAMP_BLOCK, elements=[*buttons]),)


def ramp_buttons(
    t: Translator, plan: Plan, percentage: float | None
) -> tuple[ButtonElement, ...]:
    """Draw what can be done with a ramp now; the Store shows the percentage.

    None is shown where the rollout is not in progress.
    """
    ramp = HeldRamp(plan.id, plan.ref.target, percentage or 0.0)
    match plan.state:
        case PlanState.RUNNING:
            return (_button(t, ramp, PlanAction.PAUSE),)
        case PlanState.PAUSED:
            return (
                _button(t, ramp, PlanAction.RESUME),
                _button(t, ramp, PlanAction.STOP),
            )
        case PlanState.HELD:
            return ways_on(t, ramp, goes_on=percentage is not None)
        case PlanState.ENDED:
            return ()
    assert_never(plan.state)


def ways_on(
    t: Translator, ramp: HeldRamp, *, goes_on: bool
) -> tuple[ButtonElement, ...]:
    """Draw what a person can decide of a held ramp: to let it go on, where it can."""
    stop = _button(t, ramp, PlanAction.STOP)
    if not goes_on:
        return (stop,)
    percentage = t.percent(ramp.percentage)
    label = t.gettext("Go on from {percentage}", percentage=percentage)
    value = held_value(ramp)
    button = ButtonElement(text=button_label(label), action_id=GO_ON, value=value)
    return button, stop


def _button(t: Translator, ramp: HeldRamp, action: PlanAction) -> ButtonElement:
    label = _LABELS[action]
    return ButtonElement(
        text=button_label(t.gettext(label)),
        action_id=f"{RAMP_ACTION}{action.value}",
        value=held_value(ramp),
    )
