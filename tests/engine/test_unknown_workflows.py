"""Workflows of another version: what this one does not know is started again."""

import pytest

from bot.domain.results import Done, Unknown
from tests.engine.engine_tables import change_rows, statuses
from tests.engine.harness import ANN, EngineHarness, now, until


async def test_an_operation_of_another_version_is_started_again_and_looks_first(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    operation = await harness.waiting_for_slack(engine)
    await engine.stop(0)
    harness.notifier.away = 0
    await _rename(harness, operation.id, "operation.v9")

    rolled_back = harness.engine()
    await rolled_back.start()
    try:
        await harness.result(operation, Done)
        await _becomes(harness, f"{operation.id}:again1", "SUCCESS")
    finally:
        await rolled_back.stop(5)

    found = await statuses(harness.url)
    assert found == {operation.id: "CANCELLED", f"{operation.id}:again1": "SUCCESS"}
    assert len(harness.store.effects()) == len(harness.store.writes()) == 1
    assert len(harness.notifier.posted) == 1


async def test_an_attempt_of_another_version_is_looked_for_before_another_is_sent(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    harness.store.arm("halt", "504_after_effect")
    harness.store.arm("read", "503", times=-1)
    await engine.start()
    operation = await harness.authorised()
    await engine.start_operation(operation)

    async def sent() -> bool:
        return bool(harness.store.writes())

    await until(sent)
    await engine.stop(0)
    harness.store.clear_faults()
    await _rename(harness, operation.id, "operation.v9")

    rolled_back = harness.engine()
    await rolled_back.start()
    try:
        await harness.result(operation, Done)
    finally:
        await rolled_back.stop(5)

    assert len(harness.store.effects()) == len(harness.store.writes()) == 1


async def test_a_card_that_another_version_was_closing_is_closed(
    harness: EngineHarness,
) -> None:
    harness.notifier.away = 10**6
    engine = harness.engine()
    await engine.start()
    request = await harness.request()
    await harness.repositories.requests.cancel_request(request.id, ANN, "1.1", now())
    await engine.close_card(request.id)
    await _becomes(harness, f"{request.id}:close", "PENDING")
    await engine.stop(0)
    harness.notifier.away = 0
    await _rename(harness, f"{request.id}:close", "close-card.v9")

    rolled_back = harness.engine()
    await rolled_back.start()
    try:
        await harness.card_closed(request)
    finally:
        await rolled_back.stop(5)

    assert harness.notifier.calls == [("update_closed_card", request.id)]


@pytest.mark.parametrize("renamed", [1, 3])
async def test_a_follow_up_of_another_version_is_left_to_the_next_turn(
    renamed: int, harness: EngineHarness
) -> None:
    engine = harness.engine()
    operation = await harness.unknown(engine)
    await _becomes(harness, f"{operation.id}:follow:0", "DELAYED")
    for turn in range(renamed):
        await _rename(harness, f"{operation.id}:follow:{turn}", "follow-up.v9")
        await _becomes(harness, f"{operation.id}:follow:{turn}", "CANCELLED")
    harness.store.clear_faults()

    if renamed < 3:
        await harness.result(operation, Done)
    else:
        # No turn is left: the thread says that the Store is not read any more.
        await until(lambda: _follow_up_ended(harness))
    await engine.stop(5)

    posted = [type(request.result) for request, _ in harness.notifier.posted]
    assert posted == ([Unknown, Done] if renamed < 3 else [Unknown])


async def _follow_up_ended(harness: EngineHarness) -> bool:
    return len(harness.notifier.follow_up_ended) == 1


async def _rename(harness: EngineHarness, workflow: str, name: str) -> None:
    await change_rows(harness.url, "workflow_status", workflow, {"name": name})


async def _becomes(harness: EngineHarness, workflow: str, status: str) -> None:
    async def is_so() -> bool:
        return (await statuses(harness.url)).get(workflow) == status

    await until(is_so, 30)
