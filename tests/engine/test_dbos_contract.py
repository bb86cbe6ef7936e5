"""Contract with dbos: an upgrade that breaks what we rely on is noticed here."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dbos import DBOS

from bot.domain.operations import Operation
from bot.domain.results import Done, Unknown
from bot.engine.engine import APPLICATION_VERSION
from bot.engine.runtime import Runtime
from bot.engine.sweeper import KEEP_WORKFLOWS, Sweeper
from tests.engine.engine_tables import rows, statuses
from tests.engine.harness import FAST, EngineHarness, until


async def test_pending_workflows_are_taken_over_by_their_executor_id(
    harness: EngineHarness,
) -> None:
    operation, owner = await _left_behind(harness)
    successor = harness.engine(replace(FAST, grace_period=60.0, stranded_after=60.0))
    await successor.start()

    handles = await asyncio.to_thread(DBOS._recover_pending_workflows, [owner])
    again = await asyncio.to_thread(DBOS._recover_pending_workflows, [owner])
    await harness.result(operation, Done)
    await successor.stop(5)

    # On SQLite the successor has the same executor id, and took it over by itself.
    taken = [handle.get_workflow_id() for handle in handles]
    assert taken in ([operation.id], [])
    assert taken or "sqlite" in harness.url
    assert again == []
    assert len(harness.store.effects()) == 1


async def test_every_workflow_runs_on_the_loop_that_launched_the_engine(
    harness: EngineHarness,
) -> None:
    loops = []
    update_card = harness.notifier.update_card

    async def watch(operation_id: str) -> None:
        loops.append(asyncio.get_running_loop())
        await update_card(operation_id)

    harness.notifier.update_card = watch  # type: ignore[method-assign]
    left, _ = await _left_behind(harness)
    engine = harness.engine()
    await engine.start()
    await harness.result(left, Done)
    harness.store.reset()
    direct = await harness.authorised()
    await engine.start_operation(direct)
    await harness.result(direct, Done)
    await engine.stop(5)

    assert set(loops) == {asyncio.get_running_loop()}


async def test_what_is_stored_is_json_and_of_one_version(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    operation = await harness.unknown(engine)
    harness.store.clear_faults()
    await harness.result(operation, Done)
    await engine.stop(5)

    workflows = await rows(harness.url, "workflow_status")
    steps = await rows(harness.url, "operation_outputs")
    kept = [row["inputs"] for row in await rows(harness.url, "workflow_input")]
    assert kept
    kept += [row["output"] for row in (*workflows, *steps)]
    assert len([text for text in kept if text]) > 10
    for text in kept:
        json.loads(text or "null")
    versions = {row["application_version"] for row in workflows}
    assert versions <= {APPLICATION_VERSION, None}
    assert {row["name"] for row in workflows} == {"operation.v1", "follow-up.v1"}


async def test_each_start_on_postgresql_has_an_executor_id_of_its_own(
    harness: EngineHarness,
) -> None:
    owners = []
    for _ in range(2):
        harness.store.reset()
        _, owner = await _left_behind(harness)
        owners.append(owner)

    assert len(set(owners)) == (1 if "sqlite" in harness.url else 2)


async def test_a_follow_up_belongs_to_no_process_and_is_run_by_whichever_is_there(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    operation = await harness.unknown(engine)

    async def queued() -> bool:
        return (await statuses(harness.url)).get(
            f"{operation.id}:follow:0"
        ) == "DELAYED"

    await until(queued)
    await engine.stop(5)
    harness.store.clear_faults()

    successor = harness.engine()
    await successor.start()
    await harness.result(operation, Done)
    await successor.stop(5)

    assert [type(r.result) for r, _ in harness.notifier.posted] == [Unknown, Done]


async def test_rows_that_nobody_needs_are_deleted(harness: EngineHarness) -> None:
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()
    await engine.start_operation(operation)
    await harness.result(operation, Done)
    now, deliveries = datetime.now(UTC), harness.repositories.deliveries
    await deliveries.first_delivery("T0", "Ev1", now)

    async def over() -> bool:
        return set((await statuses(harness.url)).values()) == {"SUCCESS"}

    await until(over)
    await _sweeper(harness, now).clean()
    young = await statuses(harness.url)
    await _sweeper(harness, now + KEEP_WORKFLOWS + timedelta(hours=1)).clean()
    old = await statuses(harness.url)
    steps = await rows(harness.url, "operation_outputs")
    await engine.stop(5)

    assert young == {operation.id: "SUCCESS"}
    assert (old, steps) == ({}, [])
    assert await deliveries.first_delivery("T0", "Ev1", now)


def _sweeper(harness: EngineHarness, now: datetime) -> Sweeper:
    runtime = Runtime(harness.dependencies(clock=lambda: now))
    return Sweeper(runtime, harness.repositories.deliveries, "nobody")


async def _left_behind(harness: EngineHarness) -> tuple[Operation, str]:
    """Stop an engine in the middle of its work; return the operation and its owner."""
    engine = harness.engine()
    operation = await harness.waiting_for_slack(engine)
    await engine.stop(0)
    harness.notifier.away = 0
    found = await rows(harness.url, "workflow_status")
    owners = [r["executor_id"] for r in found if r["workflow_uuid"] == operation.id]
    return operation, str(owners[0])
