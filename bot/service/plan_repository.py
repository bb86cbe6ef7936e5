"""Port of the repository of plans: what the service stores and reads of ramps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.due_steps import ClaimedStep, DuePlan
from bot.domain.events import Event
from bot.domain.plans import Plan
from bot.domain.submissions import Target


class PlanRepository(Protocol):
    """The ramps that were started. Every method raises StorageUnavailable.

    `live_plan` raises UnreadableRecord, too.
    """

    async def live_plan(self, target: Target) -> Plan | None:
        """Return the plan of a target that has not ended; None where there is none."""
        ...

    async def list_live(self, workspace: str) -> Sequence[Plan]:
        """Return the plans of a workspace that have not ended, the oldest first.

        One that a newer version of the bot has written in another way is left out.
        """
        ...

    async def due_plans(self, now: datetime, most: int) -> Sequence[DuePlan]:
        """Return the plans of which something is to be done by now, the oldest first.

        Left out are those whose step is under way, and those whose target is changed by
        another operation.
        """
        ...

    async def claim_step(self, before: Plan, step: ClaimedStep, event: Event) -> bool:
        """Store the operation of a step, and that it is under way.

        Return False, and store nothing, where the plan is not any more as it was
        `before`, where another operation may be changing its target, or where a lock
        is in force that was not judged.
        """
        ...

    async def save_plan(
        self, before: Plan, after: Plan, event: Event | None = None
    ) -> bool:
        """Store what has become of a plan, and with an event the notices of it.

        Return False, and store nothing, where the plan is not any more as it was.
        """
        ...
