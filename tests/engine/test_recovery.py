"""Recovery: the engine finds and finishes what a crash or a bug has left behind."""

import asyncio
import time
from dataclasses import replace

import pytest

from bot.domain.requests import Request, RequestState
from bot.domain.results import Done
from tests.engine.engine_tables import rows, statuses
from tests.engine.harness import ANN, FAST, EngineHarness, now, until


async def test_an_authorised_operation_that_was_never_started_is_found_and_started(
    harness: EngineHarness,
) -> None:
    operation = await harness.authorised()
    engine = harness.engine()

    await engine.start()
    await harness.result(operation, Done)
    await engine.stop(5)

    assert len(harness.store.writes()) == 1


async def test_a_write_that_was_recorded_before_a_crash_is_looked_for_first(
    harness: EngineHarness,
) -> None:
    operation = await harness.authorised()
    assert await harness.repositories.operations.begin_attempt(operation, now())
    harness.store.change_in_partner_center("halt", operation.ref.submission_id)
    engine = harness.engine()

    await engine.start()
    await harness.result(operation, Done)
    await engine.stop(5)

    assert harness.store.writes() == []


async def test_an_operation_under_way_goes_on_after_a_restart(
    harness: EngineHarness,
) -> None:
    harness.store.arm("halt", "504_without_effect")
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()
    harness.notifier.away = 10**6
    await engine.start_operation(operation)
    while not harness.store.writes():
        await asyncio.sleep(0.01)
    await engine.stop(0.1)

    harness.notifier.away = 0
    again = harness.engine()
    await again.start()
    await harness.result(operation, Done)
    await again.stop(5)

    effects = [e for e in harness.store.writes() if e.status == 200]
    assert len(effects) == 1


async def test_a_pause_does_not_grow_where_another_clock_is_behind(
    harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.store.arm("halt", "503")
    engine = harness.engine(replace(FAST, retry_pauses=(1.0, 1.0)))
    await engine.start()
    operation = await harness.authorised()
    await engine.start_operation(operation)

    async def pauses() -> bool:
        steps = await rows(harness.url, "operation_outputs")
        return any(step["function_name"] == "DBOS.sleep" for step in steps)

    await until(pauses)
    await engine.stop(0)

    ours = time.time
    monkeypatch.setattr(time, "time", lambda: ours() - 3600)
    again = harness.engine()
    await again.start()
    await harness.result(operation, Done)
    await again.stop(5)

    assert len(harness.store.effects()) == 1


async def test_what_this_bot_cannot_read_keeps_no_other_operation_waiting(
    harness: EngineHarness,
) -> None:
    newer, overdue = await harness.authorised(), await harness.request(minutes=-1)
    await harness.written_by_a_newer_bot(newer, overdue)
    operation = await harness.authorised()
    engine = harness.engine()

    await engine.start()
    await harness.result(operation, Done)
    await engine.stop(5)

    assert {shown.id for shown in harness.notifier.shown} == {operation.request_id}


async def test_a_card_that_ran_out_is_closed_without_a_click(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    request = await harness.request(minutes=-1)
    await engine.start()

    await harness.card_closed(request)
    await engine.stop(5)

    assert [shown.id for shown in harness.notifier.shown] == [request.id]
    assert harness.notifier.shown[0].state is RequestState.EXPIRED
    assert harness.store.writes() == []


@pytest.mark.parametrize("state", [RequestState.CANCELLED, RequestState.EXPIRED])
async def test_a_card_whose_closing_was_never_started_is_closed_after_a_crash(
    state: RequestState, harness: EngineHarness
) -> None:
    request = await _closed_in_the_database(harness, state)
    engine = harness.engine()

    await engine.start()
    await harness.card_closed(request)
    await _ended(harness, f"{request.id}:close")
    await engine.stop(5)

    assert harness.notifier.calls == [("update_closed_card", request.id)]
    assert [shown.state for shown in harness.notifier.shown] == [state]
    assert harness.store.writes() == []


async def test_a_card_that_waited_for_slack_is_closed_after_a_crash(
    harness: EngineHarness,
) -> None:
    harness.notifier.away = away = 10**6
    engine = harness.engine()
    await engine.start()
    request = await _closed_in_the_database(harness, RequestState.CANCELLED)
    await engine.close_card(request.id)

    async def waits() -> bool:
        return harness.notifier.away < away - 2

    await until(waits)
    await engine.stop(0)
    assert await statuses(harness.url) == {f"{request.id}:close": "PENDING"}

    harness.notifier.away = 0
    again = harness.engine()
    await again.start()
    await harness.card_closed(request)
    await _ended(harness, f"{request.id}:close")
    await again.stop(5)

    assert harness.notifier.calls == [("update_closed_card", request.id)]


async def test_a_card_whose_closing_broke_off_is_closed_by_another_start(
    harness: EngineHarness,
) -> None:
    harness.notifier.bugs = 1
    request = await _closed_in_the_database(harness, RequestState.CANCELLED)
    engine = harness.engine()

    await engine.start()
    await harness.card_closed(request)
    await _ended(harness, f"{request.id}:close:again1")
    await engine.stop(5)

    assert (await statuses(harness.url))[f"{request.id}:close"] == "ERROR"
    assert harness.notifier.calls == [("update_closed_card", request.id)]


async def test_closing_the_same_card_many_times_is_closing_it_once(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    await engine.start()
    request = await _closed_in_the_database(harness, RequestState.CANCELLED)

    await asyncio.gather(*(engine.close_card(request.id) for _ in range(10)))
    await harness.card_closed(request)
    await engine.stop(5)

    assert harness.notifier.calls == [("update_closed_card", request.id)]


async def _closed_in_the_database(
    harness: EngineHarness, state: RequestState
) -> Request:
    """Cancel or expire a request; nobody has started to edit its card."""
    requests = harness.repositories.requests
    if state is RequestState.EXPIRED:
        request = await harness.request(minutes=-1)
        closed = await requests.expire_request(request.id, now())
    else:
        request = await harness.request()
        found = await requests.cancel_request(request.id, ANN, "1.1", now())
        assert isinstance(found, Request)
        closed = found
    assert closed is not None
    assert closed.state is state
    return closed


async def _ended(harness: EngineHarness, workflow: str) -> None:
    """Wait until a workflow has ended well."""

    async def ended() -> bool:
        return (await statuses(harness.url)).get(workflow) == "SUCCESS"

    await until(ended)
