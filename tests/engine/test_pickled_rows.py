"""Pickled rows: whoever can write the engine's tables can run no code in the bot."""

import asyncio
import base64
import os
import pickle
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS, WorkflowHandleAsync

from bot.domain.operations import Operation
from bot.domain.results import Done
from bot.engine.serialization import PickleRefused
from tests.engine.engine_tables import change_rows, statuses
from tests.engine.harness import EngineHarness, until


class _Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self._folder),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "code-ran"


def pickled(folder: Path) -> str:
    return base64.b64encode(pickle.dumps(_Trap(folder))).decode()


def code_ran(folder: Path) -> bool:
    return folder.exists()


def test_the_trap_springs_where_it_is_unpickled(folder: Path) -> None:
    pickle.loads(base64.b64decode(pickled(folder)))  # noqa: S301 - our own

    assert code_ran(folder)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("workflow_input", "inputs"),
        ("workflow_status", "inputs"),
        ("operation_outputs", "output"),
        ("operation_outputs", "error"),
    ],
)
async def test_a_workflow_that_goes_on_unpickles_nothing_and_is_started_again(
    table: str, column: str, harness: EngineHarness, folder: Path
) -> None:
    engine = harness.engine()
    operation = await harness.waiting_for_slack(engine)
    await engine.stop(0)
    harness.notifier.away = 0
    await _plant(harness, operation, table, {column: pickled(folder)})

    successor = harness.engine()
    await successor.start()
    try:
        await harness.result(operation, Done)
        await _ended(harness, {"ERROR", "SUCCESS"})
    finally:
        await successor.stop(5)

    assert not code_ran(folder)
    found = await statuses(harness.url)
    assert found == {operation.id: "ERROR", f"{operation.id}:again1": "SUCCESS"}
    # The one that was started again has looked before it would have sent.
    assert len(harness.store.effects()) == len(harness.store.writes()) == 1


async def _get_result(workflow: str) -> object:
    handle: WorkflowHandleAsync[object] = await DBOS.retrieve_workflow_async(workflow)
    return await handle.get_result()


async def _list(workflow: str) -> object:
    return await DBOS.list_workflows_async(workflow_ids=[workflow])


async def _list_steps(workflow: str) -> object:
    return await DBOS.list_workflow_steps_async(workflow)


@pytest.mark.parametrize(
    ("read", "table", "column"),
    [
        (_get_result, "workflow_status", "output"),
        (_get_result, "workflow_status", "error"),
        (_list, "workflow_input", "inputs"),
        (_list, "workflow_status", "error"),
        (_list_steps, "operation_outputs", "output"),
        (_list_steps, "operation_outputs", "error"),
    ],
)
async def test_reading_a_row_that_is_over_unpickles_nothing(
    read: Callable[[str], Awaitable[object]],
    table: str,
    column: str,
    harness: EngineHarness,
    folder: Path,
) -> None:
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()
    await engine.start_operation(operation)
    await harness.result(operation, Done)
    await _ended(harness, {"SUCCESS"})
    planted = {column: pickled(folder)}
    if table == "workflow_status" and column == "error":
        planted["status"] = "ERROR"
    await _plant(harness, operation, table, planted)

    try:
        async with asyncio.timeout(10):
            await read(operation.id)
    except PickleRefused:
        pass
    finally:
        await engine.stop(5)

    assert not code_ran(folder)


async def _plant(
    harness: EngineHarness, operation: Operation, table: str, values: dict[str, str]
) -> None:
    """Write these values into the operation's rows, and that they are pickled."""
    kind = {"serialization": "py_pickle"}
    if table == "workflow_input":
        await change_rows(harness.url, "workflow_status", operation.id, kind)
        await change_rows(harness.url, table, operation.id, values)
        return
    if table == "workflow_status" and "inputs" in values:
        await change_rows(harness.url, "workflow_input", operation.id, {"inputs": None})
    empty: dict[str, str | None] = {"output": None, "error": None}
    await change_rows(harness.url, table, operation.id, {**empty, **values, **kind})


async def _ended(harness: EngineHarness, expected: set[str]) -> None:
    async def ended() -> bool:
        return set((await statuses(harness.url)).values()) == expected

    await until(ended, 15)
