"""Plans as people start them, for the tests of everything that works with one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.domain.due_steps import ClaimedStep, DuePlan
from bot.domain.events import Event
from bot.domain.plan_terms import PlanTerms
from bot.domain.plans import Plan, PlanState, begun
from bot.domain.requests import Request
from bot.domain.rollout import IN_PROGRESS, Change, Rollout
from bot.domain.schedule import EVERY_DAY, Window
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from tests.fakes.samples import ANN, MAIL, asked

# A Friday.
FRIDAY = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
DAY = timedelta(days=1)
STEPS = (10.0, 25.0, 50.0, 100.0)
ALWAYS = Window("UTC", EVERY_DAY, 0, 24 * 60)
TERMS = PlanTerms(STEPS, ALWAYS)
BERLIN = PlanTerms(STEPS, Window("Europe/Berlin"))


def shown(percentage: float, status: str = IN_PROGRESS) -> Rollout:
    """Return what the Store shows of a rollout."""
    return Rollout(True, percentage, status, "1152921505000000001")


def ramp_request(
    terms: PlanTerms = TERMS,
    target: Target = MAIL,
    name: str = "p1",
    at: datetime = FRIDAY,
) -> Request:
    """Return a pending request for a ramp from 5 %."""
    request = asked(Change(Verb.SET, terms.steps[0]), target=target, rollout=shown(5))
    return replace(
        request,
        id=name,
        asked_at=at,
        expires_at=at + timedelta(minutes=15),
        terms=terms,
    )


def started(
    terms: PlanTerms = TERMS,
    target: Target = MAIL,
    name: str = "p1",
    at: datetime = FRIDAY,
) -> Plan:
    """Return a ramp that was just started from 5 %."""
    return begun(ramp_request(terms, target, name, at), ANN.user_id, at)


@dataclass
class FakePlans:
    """The ramps that a test has put here; nothing is due by itself."""

    kept: dict[Target, Plan] = field(default_factory=dict)

    async def live_plan(self, target: Target) -> Plan | None:
        """Return the plan of a target that has not ended; None where there is none."""
        plan = self.kept.get(target)
        return None if plan is None or plan.state is PlanState.ENDED else plan

    async def list_live(self, workspace: str) -> Sequence[Plan]:
        """Return the plans of a workspace that have not ended, the oldest first."""
        found = [
            plan
            for plan in self.kept.values()
            if plan.place.workspace == workspace and plan.state is not PlanState.ENDED
        ]
        return sorted(found, key=lambda plan: plan.started_at)

    async def due_plans(self, now: datetime, most: int) -> Sequence[DuePlan]:  # noqa: ARG002
        """Return nothing: no test of the service walks through a ramp on fakes."""
        return ()

    async def claim_step(self, before: Plan, step: ClaimedStep, event: Event) -> bool:  # noqa: ARG002
        """Store nothing: no step is due."""
        return False

    async def save_plan(
        self,
        before: Plan,
        after: Plan,
        event: Event | None = None,  # noqa: ARG002
    ) -> bool:
        """Store what has become of a plan; False where it is not as it was."""
        if self.kept.get(before.ref.target) != before:
            return False
        self.kept[before.ref.target] = after
        return True
