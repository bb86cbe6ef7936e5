"""Answers about ramps: refused, listed, shown, paused, resumed, stopped."""

from typing import assert_never

from bot.domain.plan_outcomes import (
    NoPlan,
    PlanAnswer,
    PlanChanged,
    PlanLives,
    PlanMoved,
    Plans,
    PlanUnchanged,
)
from bot.domain.plan_terms import RefusedPlan
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.translator import Translator


def ramp_answer(t: Translator, answer: PlanAnswer) -> Message:
    """Draw the answer to a command or a press about ramps."""
    match answer:
        case RefusedPlan():
            return note(t.gettext("This ramp cannot be started."))
        case PlanLives():
            return note(t.gettext("It has a ramp already."))
        case NoPlan():
            return note(t.gettext("It has no ramp."))
        case PlanChanged():
            return note(t.gettext("The ramp is changed."))
        case PlanUnchanged():
            return note(t.gettext("The ramp is as it was."))
        case PlanMoved():
            return note(t.gettext("The Store shows another state by now."))
        case Plans():
            return note(t.gettext("No ramp is under way."))
    assert_never(answer)
