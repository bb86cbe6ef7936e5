"""The start of a ramp: its card is edited durably, and the job looks at once."""

import math
from dataclasses import replace

from bot.domain.plans import PlanState
from bot.engine import Engine
from tests.engine.harness import FAST, EngineHarness, now, until
from tests.engine.ramp_world import World
from tests.fakes.plans import DAY


async def shown(harness: EngineHarness, name: str) -> None:
    """Wait until the card of a ramp shows that it has begun, and that is stored."""

    async def is_closed() -> bool:
        left = await harness.repositories.requests.unclosed_cards(now() + 2 * DAY)
        return name not in left

    await until(is_closed)
    assert ("update_closed_card", name) in harness.notifier.calls


async def test_a_start_edits_the_card_and_looks_for_the_first_step_at_once(
    harness: EngineHarness,
) -> None:
    world = World(harness)
    timing = replace(FAST, job_interval=math.inf)
    parts = replace(
        harness.dependencies(world.clock, timing), jobs=(world.ramps.go_on,)
    )
    world.engine = Engine(harness.url, parts, harness.repositories.deliveries)
    await world.engine.start()

    async def is_sent() -> bool:
        return len(harness.store.effects()) == 1

    name = await world.begin()
    await world.engine.start_ramp(name)

    await shown(harness, name)
    # No other round of the job comes: it is this one that has sent the step.
    await until(is_sent)
    await world.step_ends(name)
    await world.engine.stop(5)
    assert len(harness.store.effects()) == 1


async def test_the_card_of_a_ramp_that_a_bot_has_started_and_died_is_edited_by_the_next(
    harness: EngineHarness,
) -> None:
    # The approval is stored, and nobody has come to start anything.
    name = await World(harness, with_job=False).begin()
    assert harness.notifier.calls == []

    world = World(harness)
    await world.engine.start()

    await shown(harness, name)
    await world.becomes(name, PlanState.RUNNING, 1)
    await world.engine.stop(5)
