"""What we rely on in dbos, so that an upgrade that breaks it is noticed here."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

from dbos import DBOS

from bot.domain.requests import Request
from bot.domain.results import Done, Unknown
from bot.engine.engine import APPLICATION_VERSION
from bot.engine.runtime import Work
from bot.engine.sweeper import KEEP_WORKFLOWS, Sweeper
from bot.service import OperationExecutor
from tests.engine.engine_tables import rows, statuses
from tests.engine.harness import FAST, EngineHarness, later_pace, until


async def test_left_work_is_taken_over_by_its_owner_s_name(
    harness: EngineHarness,
) -> None:
    request, owner = await _left_behind(harness)
    heir = harness.engine(later_pace(FAST, settling=60.0, stranded=60.0))
    await heir.start()

    handles = await asyncio.to_thread(DBOS._recover_pending_workflows, [owner])
    again = await asyncio.to_thread(DBOS._recover_pending_workflows, [owner])
    await harness.result(request, Done)
    await heir.stop(5)

    # On SQLite the heir has the same name, and took it over by itself.
    taken = [handle.get_workflow_id() for handle in handles]
    assert taken in ([request.id], [])
    assert taken or "sqlite" in harness.url
    assert again == []
    assert len(harness.store.effects()) == 1


async def test_every_workflow_runs_on_the_loop_that_launched_the_engine(
    harness: EngineHarness,
) -> None:
    loops = []
    show = harness.notifier.show_card

    async def watch(request: Request) -> None:
        loops.append(asyncio.get_running_loop())
        await show(request)

    harness.notifier.show_card = watch  # type: ignore[method-assign]
    left, _ = await _left_behind(harness)
    engine = harness.engine()
    await engine.start()
    await harness.result(left, Done)
    harness.store.reset()
    direct = await harness.confirmed()
    await engine.start_operation(direct)
    await harness.result(direct, Done)
    await engine.stop(5)

    assert set(loops) == {asyncio.get_running_loop()}


async def test_what_is_stored_is_json_and_of_one_version(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    request = await harness.unknown(engine)
    harness.store.clear_faults()
    await harness.result(request, Done)
    await engine.stop(5)

    workflows = await rows(harness.url, "workflow_status")
    steps = await rows(harness.url, "operation_outputs")
    kept = [row["inputs"] for row in workflows]
    kept += [row["output"] for row in (*workflows, *steps)]
    assert len([text for text in kept if text]) > 10
    for text in kept:
        json.loads(text or "null")
    versions = {row["application_version"] for row in workflows}
    assert versions <= {APPLICATION_VERSION, None}
    assert {row["name"] for row in workflows} == {"carry.v1", "follow.v1"}


async def test_each_start_on_postgresql_has_a_name_of_its_own(
    harness: EngineHarness,
) -> None:
    owners = []
    for _ in range(2):
        harness.store.reset()
        _, owner = await _left_behind(harness)
        owners.append(owner)

    assert len(set(owners)) == (1 if "sqlite" in harness.url else 2)


async def test_a_follow_up_belongs_to_nobody_and_is_run_by_whoever_lives(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    request = await harness.unknown(engine)

    async def queued() -> bool:
        return (await statuses(harness.url)).get(f"{request.id}:follow:0") == "DELAYED"

    await until(queued)
    await engine.stop(5)
    harness.store.clear_faults()

    heir = harness.engine()
    await heir.start()
    await harness.result(request, Done)
    await heir.stop(5)

    assert [type(r.result) for r, _ in harness.notifier.posted] == [Unknown, Done]


async def test_rows_that_nobody_needs_are_cleared_away(harness: EngineHarness) -> None:
    engine = harness.engine()
    await engine.start()
    request = await harness.confirmed()
    await engine.start_operation(request)
    await harness.result(request, Done)
    now = datetime.now(UTC)
    await harness.repositories.first_delivery("Ev1", now)

    async def over() -> bool:
        return set((await statuses(harness.url)).values()) == {"SUCCESS"}

    await until(over)
    await _sweeper(harness, now).clean()
    young = await statuses(harness.url)
    await _sweeper(harness, now + KEEP_WORKFLOWS + timedelta(hours=1)).clean()
    old = await statuses(harness.url)
    steps = await rows(harness.url, "operation_outputs")
    await engine.stop(5)

    assert young == {request.id: "SUCCESS"}
    assert (old, steps) == ({}, [])
    assert await harness.repositories.first_delivery("Ev1", now)


def _sweeper(harness: EngineHarness, now: datetime) -> Sweeper:
    executor = OperationExecutor(harness.client, harness.repositories)
    work = Work(harness.repositories, executor, harness.notifier, lambda: now, FAST)

    async def start(request: Request, number: int) -> None:
        raise AssertionError((request, number))

    return Sweeper(work, harness.repositories, "nobody", start)


async def _left_behind(harness: EngineHarness) -> tuple[Request, str]:
    """Stop an engine in the middle of its work; gives the request and its owner."""
    engine = harness.engine()
    request = await harness.waiting_for_slack(engine)
    await engine.stop(0)
    harness.notifier.away = 0
    found = await rows(harness.url, "workflow_status")
    owners = [r["executor_id"] for r in found if r["workflow_uuid"] == request.id]
    return request, str(owners[0])
