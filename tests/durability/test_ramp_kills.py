"""Kills of a bot with a ramp: each step is one request, and the ramp goes on."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import text

from bot.domain.events import EventKind
from bot.domain.plans import Plan, PlanEnd, PlanState
from bot.slack.ids import NOTICE_TYPE
from tests.durability.fork_server import ForkServer
from tests.durability.harness import (
    MANY_REQUESTS,
    logs_of,
    open_harness,
    until_async,
)
from tests.durability.kill_points import (
    CLAIM_KILL_POINTS,
    END_KILL_POINTS,
    KILL_POINTS,
    NOTICE_KILL_POINTS,
    START_KILL_POINTS,
    STEP_KILL_POINTS,
    points_on,
)
from tests.durability.peer_kill_points import PEER_KILL_POINTS
from tests.durability.postgres import MakeDatabase
from tests.durability.story import PAUSE, Story

RAMP: Final = "ramp {} 20 40 60 100 every 1h days all hours all zone UTC"
GAP: Final = timedelta(hours=1)
NO_PAUSE: Final = timedelta(0)
# Of each step the points in the order in which it comes to them.
FIRST: Final = (
    *CLAIM_KILL_POINTS,
    "before the execution",
    "before the attempt",
    "in the attempt, after its count",
    "in the attempt, after its event",
    "between attempt and request",
    "request sent, before its effect",
    "before the result",
    "in the result, after its row",
    "in the result, after its event",
    "in the result, after what it proves",
    "in the result, after its notices",
    "in the result, after the notice of a ramp",
    "after the result",
    *STEP_KILL_POINTS,
)
SECOND: Final = (
    "before the workflow starts",
    "after the answer",
    "before the step is stored",
    "after the result",
)
THIRD: Final = (
    "after the workflow starts",
    "after the effect, before the answer",
    "before the close",
    "after the close",
)
TELLING: Final = (
    "after the claim of a notice",
    "before the notice",
    "after the notice",
    "before the close of the notice",
)
IN_TURN: Final = CLAIM_KILL_POINTS | KILL_POINTS | STEP_KILL_POINTS | NOTICE_KILL_POINTS
PLANS: Final = text("SELECT id FROM plans")
EVENTS: Final = text("SELECT kind FROM events")
POSTED: Final = text("SELECT id FROM boards WHERE ts IS NOT NULL")
UNTOLD: Final = text("SELECT id FROM notices WHERE closed_at IS NULL")


class RampStory(Story):
    """A ramp of which each chapter is one step."""

    request_id: str = ""

    async def post_board(self) -> None:
        """Let a bot post the board, in whose thread everything is told from then on.

        What a dying bot has posted elsewhere is not looked for there.
        """
        bot = self.start()

        async def is_posted() -> bool:
            return bool(await self.harness.database.run(POSTED))

        await until_async(is_posted)
        bot.kill()
        await bot.gone()

    async def start_ramp(self) -> None:
        """Ask for the ramp, and press until it is started, with bots that die."""
        bot = await self.harness.started(point="after the approval")
        self.request_id = await self.harness.ask(RAMP.format(self.app_id))
        for point in points_on(self.kind, START_KILL_POINTS):
            bot.kill()
            await bot.gone()
            bot = await self.harness.started(point=point)
            assert not await self.harness.click(self.request_id)
            await bot.gone()
            assert not await self.harness.database.run(PLANS)
            assert await self.harness.is_pending(self.request_id)
            bot = await self.harness.started(point="after the approval")
        await self.harness.press(self.request_id)
        await bot.gone()

    async def die_in_turn(self, points: Iterable[str]) -> None:
        """Let a bot die at each of the points, one after the other."""
        known = points_on(self.kind, IN_TURN)
        pipeline = self.harness.sandbox.store.pipeline
        for point in points:
            if point in PEER_KILL_POINTS:
                bot = self.start()
                PEER_KILL_POINTS[point](self.harness, bot.kill)
            elif point in known:
                bot = self.start(point=point)
            else:
                continue
            await self.until_gone(bot)
            pipeline.before = pipeline.after = None
            assert "Traceback" not in bot.log_text(), bot.log_text()

    async def plan(self) -> Plan:
        """Return the ramp as it stands."""
        plan = await self.harness.repositories.plans.get_plan(self.request_id)
        assert plan is not None
        return plan

    async def end_step(self, number: int) -> None:
        """Let a bot bring the step to its end, and the gap pass."""
        bot = self.start()

        async def is_over() -> bool:
            plan = await self.plan()
            over = await self.harness.all_over()
            return over and (plan.step, plan.operation_id) == (number, None)

        await until_async(is_over)
        bot.kill()
        await bot.gone()
        assert (await self.plan()).state is PlanState.RUNNING
        assert len(self.harness.sandbox.store.writes()) == number
        self.harness.sandbox.clock.advance(GAP)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_wherever_it_is_killed_each_step_of_a_ramp_is_sent_once_and_it_goes_on(
    kind: str, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    async with open_harness(make_database(kind), fork_server) as harness:
        harness.settings |= MANY_REQUESTS
        app_id = harness.add_apps(1, percentage=5.0)[0]
        story = RampStory(harness, kind, app_id, pause=NO_PAUSE)
        try:
            await tell(story)
        except TimeoutError:
            pytest.fail(f"{await story.plan()}\n{logs_of(harness.bots[-2:])}")
        await check(story)


async def tell(story: RampStory) -> None:
    """Let bots die while they start the ramp, in each step, at its end, and telling."""
    await story.follow()
    await story.post_board()
    await story.start_ramp()
    await story.die_in_turn(FIRST)
    await story.end_step(1)
    await story.die_in_turn(SECOND)
    await story.end_step(2)
    await story.die_in_turn(THIRD)
    await story.end_step(3)
    await story.die_at(END_KILL_POINTS)
    # What the one has claimed is free for the next.
    story.pause = PAUSE
    await story.die_in_turn(TELLING)
    story.start()

    async def all_told() -> bool:
        return not await story.harness.database.run(UNTOLD)

    await until_async(all_told)


async def check(story: RampStory) -> None:
    """Check what the Store was sent, how the ramp stands, and what is told of it."""
    harness, plan = story.harness, await story.plan()
    sent = [entry.query for entry in harness.sandbox.store.writes()]
    events = Counter(row.kind for row in await harness.database.run(EVENTS))
    told = Counter(
        str((one.metadata or {})["event_payload"]["event"])
        for one in story.marked(NOTICE_TYPE)
    )

    assert sent == [f"percentage={step:g}" for step in plan.terms.steps]
    assert len(harness.effects()) == len(plan.terms.steps)
    assert (plan.state, plan.reason) == (PlanState.ENDED, PlanEnd.DONE)
    assert (plan.step, plan.percentage) == (4, 100.0)
    assert events[EventKind.PLAN_STARTED] == events[EventKind.PLAN_ENDED] == 1
    assert events[EventKind.PLAN_STEP] == events[EventKind.ENDED] == 4
    assert events[EventKind.APPROVED] == 1
    assert told
    assert set(told.values()) == {1}, told
