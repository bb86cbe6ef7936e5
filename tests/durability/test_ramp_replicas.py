"""Frozen replicas with a ramp: another sends its step, and none is sent twice."""

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import text

from bot.domain.plans import PlanState
from bot.service.executor import MAX_PAUSE_BEFORE_WRITE
from tests.durability.each_point import at_each_point
from tests.durability.fork_server import ForkServer
from tests.durability.harness import (
    MAIL,
    MANY_REQUESTS,
    DurabilityHarness,
    until,
    until_async,
)
from tests.durability.postgres import MakeDatabase
from tests.durability.story import WATCHING

RAMP: Final = f"ramp {MAIL} 20 40 100 every 1h days all hours all zone UTC"
POINTS: Final = (
    "before the claim of a step",
    "after the claim of a step",
    "between attempt and request",
    "after the answer",
    "before the result",
    "before the step is saved",
)
PASS_GAP: Final = text("UPDATE plans SET due_at = :at, gap_over_at = :at")
STEPS: Final = text("SELECT id FROM events WHERE kind = 'plan_step'")


async def test_a_step_of_a_frozen_replica_is_sent_once_and_the_ramp_goes_on(
    make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    failed = await at_each_point(
        POINTS, partial(make_database, "postgresql"), fork_server, freeze_at
    )

    assert not failed, failed


async def freeze_at(point: str, harness: DurabilityHarness) -> None:
    """Freeze a replica at this point, and wake it when another has gone on."""
    harness.settings |= MANY_REQUESTS
    sleeper = await harness.started(timing=WATCHING, point=point, signal=signal.SIGSTOP)
    request_id = await harness.ask(RAMP)
    click = asyncio.create_task(harness.press(request_id))
    await until(lambda: sleeper.frozen)
    frozen_at = asyncio.get_running_loop().time()

    # The first one takes what Slack sends.
    await harness.started(http=True, timing=WATCHING)
    await _step_is_over(harness, request_id, 1)
    took = asyncio.get_running_loop().time() - frozen_at
    await asyncio.sleep(max(0.0, MAX_PAUSE_BEFORE_WRITE + 0.3 - took))
    sleeper.send(signal.SIGCONT)
    await click
    await asyncio.sleep(1.0)
    assert len(harness.sandbox.store.writes()) == 1, harness.sandbox.store.writes()

    # Now both of them find that the next step is due.
    just_now = datetime.now(UTC) - timedelta(seconds=1)
    await harness.database.run(PASS_GAP.bindparams(at=just_now))
    await _step_is_over(harness, request_id, 2)
    await asyncio.sleep(0.5)

    sent = [entry.query for entry in harness.sandbox.store.writes()]
    assert sent == ["percentage=20", "percentage=40"], sent
    assert len(harness.effects()) == 2
    assert len(await harness.database.run(STEPS)) == 2
    assert sleeper.alive


async def _step_is_over(harness: DurabilityHarness, plan_id: str, number: int) -> None:
    async def is_over() -> bool:
        plan = await harness.repositories.plans.get_plan(plan_id)
        assert plan is not None
        assert plan.state is PlanState.RUNNING, plan
        over = await harness.all_over()
        return over and (plan.step, plan.operation_id) == (number, None)

    await until_async(is_over)
