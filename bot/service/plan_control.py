"""Control of a ramp that was started: pause, resume, stop, go on where it is held."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.domain.failures import StoreError
from bot.domain.percentages import same_percentage
from bot.domain.plan_changes import ended, gone_on, paused, resumed
from bot.domain.plan_events import plan_changed
from bot.domain.plan_outcomes import (
    NoPlan,
    PlanChanged,
    PlanMoved,
    PlanOutcome,
    PlanUnchanged,
)
from bot.domain.plans import Plan, PlanEnd, PlanState
from bot.domain.ramp_commands import ChangePlan, PlanAction
from bot.domain.results import Unavailable
from bot.domain.submissions import Target
from bot.domain.verbs import Phase
from bot.service.plan_repository import PlanRepository
from bot.service.ports import Stores


@dataclass(frozen=True, slots=True)
class PlanControl:
    """Changes ramps; who may is decided before. Raises what the repository raises."""

    stores: Stores
    plans: PlanRepository
    clock: Callable[[], datetime]

    async def change(
        self, wanted: ChangePlan, by: str, plan_id: str | None = None
    ) -> PlanOutcome:
        """Pause, resume or stop the ramp of a target; with an id this one alone.

        What a person has not seen they cannot confirm: a held ramp goes on from where
        it is only by `go_on`.
        """
        while True:
            plan = await self.plans.live_plan(wanted.app.target)
            if plan is None or plan_id not in {None, plan.id}:
                return NoPlan(wanted.app.target, wanted.app.alias)
            after = self._changed(plan, wanted.action, by)
            if after is None:
                return PlanUnchanged(plan, wanted.action)
            event = plan_changed(after, wanted.reason)
            if await self.plans.save_plan(plan, after, event):
                return PlanChanged(after)

    async def go_on(
        self, target: Target, plan_id: str, percentage: float, by: str
    ) -> PlanOutcome:
        """Let a held ramp go on from the percentage that the person was shown.

        The Store is read: where it shows another, nothing is changed.
        """
        plan = await self.plans.live_plan(target)
        if plan is None or plan.id != plan_id:
            return NoPlan(target)
        if plan.state is not PlanState.HELD:
            return PlanUnchanged(plan, PlanAction.RESUME)
        try:
            reading = await self.stores[target.account].get_rollout(plan.ref)
        except StoreError as failure:
            return Unavailable(failure.detail, failure.correlation_id)
        shown = reading.rollout
        in_progress = shown.phase is Phase.IN_PROGRESS
        if not (in_progress and same_percentage(shown.percentage, percentage)):
            return PlanMoved(plan, shown)
        after = gone_on(plan, by, self.clock(), shown.percentage)
        if await self.plans.save_plan(plan, after, plan_changed(after)):
            return PlanChanged(after)
        current = await self.plans.live_plan(target)
        return PlanUnchanged(current or plan, PlanAction.RESUME)

    def _changed(self, plan: Plan, action: PlanAction, by: str) -> Plan | None:
        """Return what becomes of the plan; None where it cannot in this state."""
        now = self.clock()
        match action:
            case PlanAction.STOP:
                return ended(plan, PlanEnd.STOPPED, by, now)
            case PlanAction.PAUSE if plan.state is PlanState.RUNNING:
                return paused(plan, by, now)
            case PlanAction.RESUME if plan.state is PlanState.PAUSED:
                return resumed(plan, by, now)
            case PlanAction.PAUSE | PlanAction.RESUME:
                return None
        assert_never(action)
