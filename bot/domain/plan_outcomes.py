"""Outcomes of commands and presses about a ramp: a closed list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.locks import HeldLock
from bot.domain.plan_terms import RefusedPlan
from bot.domain.plans import Plan
from bot.domain.ramp_commands import PlanAction
from bot.domain.results import Unavailable
from bot.domain.rollout import Rollout
from bot.domain.submissions import Target


@dataclass(frozen=True, slots=True)
class PlanLives:
    """The target has a ramp that has not ended: there is no second one beside it."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class NoPlan:
    """The target has no ramp, or it has ended."""

    target: Target
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """This command or press, and no other, has brought the ramp into its state."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class PlanUnchanged:
    """The ramp is as it was: what was asked for cannot be done in this state."""

    plan: Plan
    action: PlanAction


@dataclass(frozen=True, slots=True)
class PlanMoved:
    """A held ramp does not go on: the Store shows another state than was confirmed."""

    plan: Plan
    now: Rollout


@dataclass(frozen=True, slots=True)
class Plans:
    """The ramps that have not ended, and the locks that hold the next step of some.

    They are those of the apps of the channel, or of the one that was asked about.
    """

    plans: tuple[Plan, ...]
    locks: tuple[HeldLock, ...]
    at: datetime


# What a change of a ramp is answered with.
PlanOutcome = NoPlan | PlanChanged | PlanUnchanged | PlanMoved | Unavailable
# What else a command about ramps is answered with.
PlanAnswer = (
    RefusedPlan | PlanLives | NoPlan | PlanChanged | PlanUnchanged | PlanMoved | Plans
)

# They stand in logs, and never change.
PLAN_CODES: Final[dict[type[object], str]] = {
    PlanLives: "plan_lives",
    NoPlan: "no_plan",
    PlanChanged: "plan_changed",
    PlanUnchanged: "plan_unchanged",
    PlanMoved: "plan_moved",
    Plans: "plans",
}
