"""Ramps as a whole: real databases, a real local Store, and the engine."""

import asyncio
import contextlib
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.operations import Operation
from bot.domain.plan_changes import gone_on
from bot.domain.plan_events import plan_changed
from bot.domain.plan_terms import PlanTerms
from bot.domain.plans import HoldReason, PlanEnd, PlanState
from bot.domain.requests import Request
from bot.domain.rollout import IN_PROGRESS, STOPPED, Change
from bot.domain.verbs import Verb
from tests.engine.harness import ANN, MAIL, EngineHarness, until
from tests.engine.ramp_world import World, everything_is_over, shown
from tests.fakes.plans import ALWAYS, DAY, TERMS

SEEDS = 25


async def test_each_step_of_a_ramp_is_one_request_and_is_shown_before_the_gap_counts(
    harness: EngineHarness,
) -> None:
    world = World(harness)
    await world.engine.start()
    name = await world.begin()

    for step in range(1, 4):
        plan = await world.becomes(name, PlanState.RUNNING, step)
        assert plan.due_at is not None
        assert plan.due_at - world.clock() > DAY - timedelta(seconds=30)
        world.let_pass(DAY)
    over = await world.becomes(name, PlanState.ENDED)

    assert over.reason is PlanEnd.DONE
    assert shown(harness) == (100.0, IN_PROGRESS)
    assert len(harness.store.writes()) == len(harness.store.effects()) == 4
    assert harness.notifier.calls
    assert harness.notifier.posted == []
    await world.engine.stop(5)


async def test_a_bot_that_was_away_for_days_sends_nothing(
    harness: EngineHarness,
) -> None:
    world = World(harness)
    name = await world.begin()
    world.let_pass(5 * DAY)

    await world.engine.start()
    held = await world.becomes(name, PlanState.HELD)

    assert held.reason is HoldReason.LATE
    assert harness.store.writes() == []
    await world.engine.stop(5)


async def test_a_bot_that_was_away_for_two_hours_sends_one_step(
    harness: EngineHarness,
) -> None:
    world = World(harness)
    name = await world.begin(replace(TERMS, gap=timedelta(hours=1)))
    world.let_pass(timedelta(hours=2))

    await world.engine.start()
    await world.becomes(name, PlanState.RUNNING, 1)

    assert shown(harness) == (10.0, IN_PROGRESS)
    assert len(harness.store.writes()) == 1
    await world.engine.stop(5)


async def test_what_is_changed_by_hand_is_not_overwritten_and_the_ramp_can_go_on(
    harness: EngineHarness,
) -> None:
    world = World(harness)
    await world.engine.start()
    name = await world.begin()
    await world.becomes(name, PlanState.RUNNING, 1)
    published = harness.store.slot(MAIL.app_id).published
    assert published is not None
    harness.store.change_in_partner_center("set", published.id, 40.0)
    world.let_pass(DAY)

    held = await world.becomes(name, PlanState.HELD)
    assert held.reason is HoldReason.CHANGED_ELSEWHERE
    assert len(harness.store.writes()) == 1

    after = gone_on(held, ANN.user_id, world.clock(), 40.0)
    saved = harness.repositories.plans.save_plan(held, after, plan_changed(after))
    assert await saved
    await world.becomes(name, PlanState.RUNNING, 3)
    assert shown(harness) == (50.0, IN_PROGRESS)
    await world.engine.stop(5)


@pytest.mark.parametrize("fault", ["503", "504_after_effect"])
async def test_a_lost_answer_of_a_step_leads_to_no_second_step(
    harness: EngineHarness, fault: str
) -> None:
    world = World(harness)
    harness.store.arm("set", fault)
    await world.engine.start()

    name = await world.begin()
    await world.becomes(name, PlanState.RUNNING, 1)

    assert len(harness.store.effects()) == 1
    assert shown(harness) == (10.0, IN_PROGRESS)
    await world.engine.stop(5)


async def test_a_halt_in_the_same_moment_as_a_step_wins(harness: EngineHarness) -> None:
    world = World(harness, with_job=False)
    await world.engine.start()
    orders = set()
    for seed in range(SEEDS):
        chance = random.Random(seed)  # noqa: S311 - it decides nothing secret
        before = len(harness.store.effects())
        name = await world.begin(PlanTerms((10.0, 25.0), ALWAYS))
        halt = await harness.request(Change(Verb.HALT))

        async def press(
            halt: Request = halt, wait: float = chance.random() / 60
        ) -> Operation:
            await asyncio.sleep(wait)
            operation = (await world.press(halt)).operation
            assert operation is not None
            await world.start(operation)
            return operation

        async def step(wait: float = chance.random() / 200) -> None:
            await asyncio.sleep(wait)
            await world.ramps.go_on()

        operation, _ = await asyncio.gather(press(), step())
        await everything_is_over(harness)

        plan = await world.plan(name)
        assert (plan.state, plan.reason) == (PlanState.ENDED, PlanEnd.HALTED)
        assert shown(harness)[1] == STOPPED
        verbs = [each.operation for each in harness.store.effects()[before:]]
        assert verbs in (["halt"], ["set", "halt"]), seed
        orders.add((plan.operation_id is None, tuple(verbs)))
        stored = await harness.repositories.operations.get_operation(operation.id)
        assert stored is not None
        # And whatever comes later sends nothing.
        await go_on_in_two_days(world)
        assert len(harness.store.effects()) == before + len(verbs)
    assert len(orders) > 1
    await world.engine.stop(5)


async def go_on_in_two_days(world: World) -> None:
    """Do what is due then; the engine's clock stays: it would end the next cards."""
    world.let_pass(2 * DAY)
    world.wrong_by -= 2 * DAY
    await replace(world.ramps, clock=world.harness.clock).go_on()
    world.let_pass(-2 * DAY)
    world.wrong_by += 2 * DAY


async def test_a_step_that_was_claimed_by_a_bot_that_died_is_sent_by_the_next(
    harness: EngineHarness,
) -> None:
    dead = World(harness, with_job=False)
    name = await dead.begin()

    async def dies(_: Operation) -> None:
        raise asyncio.CancelledError

    with contextlib.suppress(asyncio.CancelledError):
        await replace(dead.ramps, start=dies).go_on()
    assert (await dead.plan(name)).operation_id is not None
    assert harness.store.writes() == []

    world = World(harness)
    await world.engine.start()
    await world.becomes(name, PlanState.RUNNING, 1)

    assert len(harness.store.effects()) == len(harness.store.writes()) == 1
    await world.engine.stop(5)


async def test_a_bot_that_dies_while_a_step_is_sent_leads_to_no_second_one(
    harness: EngineHarness,
) -> None:
    dying = World(harness)
    await dying.engine.start()
    harness.store.arm("set", "504_after_effect")
    name = await dying.begin()

    async def is_sent() -> bool:
        return bool(harness.store.effects())

    await until(is_sent)
    await dying.engine.stop(0)

    world = World(harness)
    await world.engine.start()
    await world.becomes(name, PlanState.RUNNING, 1)
    assert len(harness.store.effects()) == 1
    assert shown(harness) == (10.0, IN_PROGRESS)
    await world.engine.stop(5)


async def test_two_replicas_send_each_step_once(harness: EngineHarness) -> None:
    world = World(harness)
    other = replace(world.ramps)
    await world.engine.start()

    name = await world.begin()
    for step in range(1, 4):
        await asyncio.gather(*(other.go_on() for _ in range(3)))
        await world.becomes(name, PlanState.RUNNING, step)
        world.let_pass(DAY)
    await world.becomes(name, PlanState.ENDED)

    assert len(harness.store.writes()) == len(harness.store.effects()) == 4
    await world.engine.stop(5)
