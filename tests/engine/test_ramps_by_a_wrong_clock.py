"""Ramps of a bot whose clock is wrong: the Store's own says so, and no step is sent."""

from datetime import timedelta

import pytest

from bot.domain.plan_changes import TRY_AGAIN_AFTER, gone_on
from bot.domain.plan_events import plan_changed
from bot.domain.plans import HoldReason, PlanState
from tests.engine.harness import ANN, EngineHarness
from tests.engine.ramp_world import World, shown
from tests.fakes.plans import DAY

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("wrong_by", [70 * SECOND, -70 * SECOND, DAY - SECOND, -DAY])
async def test_a_ramp_by_a_wrong_clock_is_held_and_goes_on_once_that_is_right(
    harness: EngineHarness, wrong_by: timedelta
) -> None:
    world = World(harness, with_job=False)
    await world.engine.start()
    name = await world.begin()
    world.wrong_by = wrong_by
    # By a clock that is behind it is due later.
    world.let_pass(max(-wrong_by, timedelta(0)))

    for number in range(1, 3):
        await world.ramps.go_on()
        plan = await world.plan(name)
        assert (plan.state, plan.tries) == (PlanState.RUNNING, number)
        assert plan.operation_id is None
        world.let_pass(TRY_AGAIN_AFTER)
    await world.ramps.go_on()

    held = await world.plan(name)
    assert (held.state, held.reason) == (PlanState.HELD, HoldReason.WRONG_CLOCK)
    assert harness.store.writes() == []

    world.wrong_by = timedelta(0)
    after = gone_on(held, ANN.user_id, world.clock(), 5.0)
    saved = harness.repositories.plans.save_plan(held, after, plan_changed(after))
    assert await saved
    await world.ramps.go_on()
    await world.step_ends(name)
    assert shown(harness)[0] == 10.0
    assert len(harness.store.writes()) == 1
    await world.engine.stop(5)


@pytest.mark.parametrize("wrong_by", [70 * SECOND, -70 * SECOND])
async def test_a_clock_that_is_put_right_soon_holds_no_ramp(
    harness: EngineHarness, wrong_by: timedelta
) -> None:
    world = World(harness, with_job=False)
    await world.engine.start()
    name = await world.begin()
    world.wrong_by = wrong_by
    world.let_pass(70 * SECOND)
    await world.ramps.go_on()
    assert (await world.plan(name)).tries == 1

    world.wrong_by = timedelta(0)
    world.let_pass(TRY_AGAIN_AFTER + 70 * SECOND)
    await world.ramps.go_on()
    await world.step_ends(name)

    assert shown(harness)[0] == 10.0
    assert len(harness.store.writes()) == 1
    await world.engine.stop(5)


@pytest.mark.parametrize("wrong_by", [50 * SECOND, -50 * SECOND])
async def test_a_clock_that_is_nearly_right_holds_no_ramp(
    harness: EngineHarness, wrong_by: timedelta
) -> None:
    world = World(harness, with_job=False)
    await world.engine.start()
    name = await world.begin()
    world.wrong_by = wrong_by
    world.let_pass(50 * SECOND)

    await world.ramps.go_on()
    await world.step_ends(name)

    assert shown(harness)[0] == 10.0
    await world.engine.stop(5)
