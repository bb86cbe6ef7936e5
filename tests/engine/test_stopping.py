"""Stopping: an engine that is stopped leaves its work as it was, for the next start."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.operations import Operation
from bot.domain.results import Done
from bot.engine import Engine
from bot.sandbox.store.journal import Entry
from tests.engine.engine_tables import statuses
from tests.engine.harness import FAST, EngineHarness, until


async def _while_slack_is_away(harness: EngineHarness) -> tuple[Engine, Operation]:
    engine = harness.engine()
    operation = await harness.waiting_for_slack(engine)
    harness.notifier.away = 0
    return engine, operation


async def _while_it_pauses(
    harness: EngineHarness, seconds: float = 4.0
) -> tuple[Engine, Operation]:
    harness.store.arm("halt", "504_without_effect")
    engine = harness.engine(replace(FAST, retry_pauses=(seconds, seconds)))
    await engine.start()
    operation = await harness.authorised()
    await engine.start_operation(operation)

    async def sent() -> bool:
        return bool(harness.store.writes()) and harness.store.writes()[0].status == 504

    await until(sent)
    await asyncio.sleep(0.1)
    return engine, operation


async def _while_the_store_answers(
    harness: EngineHarness,
) -> tuple[Engine, Operation]:
    async def slow(entry: Entry) -> None:
        if entry.operation == "halt":
            await asyncio.sleep(0.7)

    harness.store.pipeline.after = slow
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()
    await engine.start_operation(operation)

    async def sent() -> bool:
        return bool(harness.store.effects())

    await until(sent)
    harness.store.pipeline.after = None
    return engine, operation


MOMENTS = {
    "while Slack is away": _while_slack_is_away,
    "while it pauses": _while_it_pauses,
    "while the Store answers": _while_the_store_answers,
}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_what_is_cut_short_is_no_failure_and_goes_on_after_the_next_start(
    moment: str, harness: EngineHarness
) -> None:
    engine, operation = await MOMENTS[moment](harness)

    await engine.stop(0)

    assert await statuses(harness.url) == {operation.id: "PENDING"}
    again = harness.engine()
    await again.start()
    await harness.result(operation, Done)
    await again.stop(5)
    assert len(harness.store.effects()) == 1
    assert (await statuses(harness.url))[operation.id] == "SUCCESS"


async def test_a_workflow_that_only_waits_does_not_hold_up_the_stop(
    harness: EngineHarness,
) -> None:
    engine, _ = await _while_it_pauses(harness, 60.0)

    async with asyncio.timeout(30):
        await engine.stop(50)


async def test_a_step_under_way_is_finished_before_the_stop(
    harness: EngineHarness,
) -> None:
    engine, operation = await _while_the_store_answers(harness)

    await engine.stop(10)

    assert (await statuses(harness.url))[operation.id] == "SUCCESS"
    assert len(harness.notifier.posted) == 1
