"""Ramps with an engine: real databases, a real local Store, a clock that can jump."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.approval import Judgement
from bot.domain.operations import Operation
from bot.domain.plan_terms import PlanTerms
from bot.domain.plans import Plan, PlanState
from bot.domain.requests import Request
from bot.domain.rollout import Change
from bot.domain.verbs import Verb
from bot.engine import Engine
from bot.service.plans import Ramps
from tests.engine.harness import ACCOUNT, ANN, FAST, MAIL, EngineHarness, now, until
from tests.fakes.plans import DAY, TERMS

SOON = replace(FAST, job_interval=0.05)


class World:
    """An engine with the job of the ramps; its clock is the Store's, or wrong."""

    def __init__(self, harness: EngineHarness, *, with_job: bool = True) -> None:
        self.harness, self.wrong_by = harness, timedelta(0)
        repositories = harness.repositories
        self.ramps = Ramps(
            {ACCOUNT: harness.client},
            repositories.plans,
            repositories.locks,
            self.start,
            self.clock,
        )
        timing = SOON if with_job else FAST
        parts = harness.dependencies(self.clock, timing)
        parts = replace(parts, jobs=(self.ramps.go_on,))
        self.engine = Engine(harness.url, parts, repositories.deliveries)

    def clock(self) -> datetime:
        return self.harness.clock() + self.wrong_by

    def let_pass(self, time: timedelta) -> None:
        """Let time pass, for the Store as well."""
        self.harness.clock.advance(time)

    async def start(self, operation: Operation) -> None:
        await self.engine.start_operation(operation)

    async def press(self, request: Request) -> Request:
        async def judge(_: Request, __: object) -> Judgement:
            return Judgement(version=None if request.change.verb is Verb.HALT else 0)

        pressed = await self.harness.repositories.requests.approve_request(
            request.id, ANN, "1.1", self.clock(), judge=judge
        )
        assert isinstance(pressed, Request)
        return pressed

    async def begin(self, terms: PlanTerms = TERMS) -> str:
        """Publish a submission at 5 %, and start a ramp of it; return the plan's id."""
        self.harness.store.publish(MAIL.app_id, percentage=5.0)
        asked = await self.harness.request(Change(Verb.SET, terms.steps[0]))
        await self.harness.repositories.requests.cancel_request(
            asked.id, None, None, now()
        )
        at = self.clock()
        request = replace(
            asked,
            id=f"ramp{self.harness.number}",
            terms=terms,
            asked_at=at,
            expires_at=at + DAY,
        )
        await self.harness.repositories.requests.add_request(request)
        await self.press(request)
        return request.id

    async def plan(self, name: str) -> Plan:
        plan = await self.harness.repositories.plans.get_plan(name)
        assert plan is not None
        return plan

    async def step_ends(self, name: str) -> None:
        """Wait until the step that was sent has an end, and let the ramp have it."""
        await everything_is_over(self.harness)
        await self.ramps.go_on()
        plan = await self.plan(name)
        assert (plan.operation_id, plan.step) == (None, 1), plan

    async def becomes(
        self, name: str, state: PlanState, step: int | None = None
    ) -> Plan:
        """Wait until the plan has this state, and so many steps behind it."""

        async def is_so() -> bool:
            plan = await self.plan(name)
            return (
                plan.state is state
                and step in {None, plan.step}
                and (plan.operation_id is None or state is not PlanState.RUNNING)
            )

        await until(is_so)
        return await self.plan(name)


async def everything_is_over(harness: EngineHarness) -> None:
    async def is_over() -> bool:
        tomorrow = now() + timedelta(days=365)
        return not await harness.repositories.operations.open_operations(tomorrow)

    await until(is_over)


def shown(harness: EngineHarness) -> tuple[float, str]:
    """Return what the Store shows of the published submission."""
    published = harness.store.slot(MAIL.app_id).published
    assert published is not None
    return published.rollout.percentage, published.rollout.status
