"""The hourly cleaning deletes what is over for longer than RETENTION_DAYS."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.requests import Request
from bot.domain.results import Done, Unknown
from bot.engine import sweeper
from bot.engine.runtime import Runtime
from bot.engine.sweeper import Sweeper
from tests.engine.harness import ANN, FAST, KEEP_FOR, EngineHarness, now

PATIENT = replace(FAST, follow_up_pauses=(3600.0,))
LATER = KEEP_FOR + timedelta(hours=1)


async def clean(harness: EngineHarness, after: timedelta) -> None:
    """Clean as a sweeper would, so much later."""
    runtime = Runtime(harness.dependencies(clock=lambda: now() + after))
    await Sweeper(runtime, harness.repositories.deliveries, "nobody").clean()


async def kept(harness: EngineHarness, *ids: str) -> list[str]:
    """Return those of the requests that are still stored."""
    requests = harness.repositories.requests
    return [one for one in ids if await requests.get_request(one) is not None]


async def test_what_is_over_for_long_is_deleted_in_batches(
    harness: EngineHarness,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(sweeper, "_BATCH", 1)
    engine = harness.engine()
    await engine.start()
    done = await harness.authorised()
    await engine.start_operation(done)
    await harness.result(done, Done)
    step = await harness.authorised_without_request()
    await engine.start_operation(step)
    cancelled = await harness.request()
    await harness.repositories.requests.cancel_request(cancelled.id, ANN, "1.1", now())
    await harness.card_closed(cancelled)
    expired = await harness.request(minutes=0)
    await harness.card_closed(expired)
    pending, names = await harness.request(), [done.id, cancelled.id, expired.id]

    with caplog.at_level(logging.INFO, "bot.engine"):
        await clean(harness, KEEP_FOR - timedelta(hours=1))
        young = await kept(harness, *names, pending.id)
        await clean(harness, LATER)
    old = await kept(harness, *names, pending.id)
    await engine.stop(5)

    assert young == [*names, pending.id]
    assert old == [pending.id]
    assert await harness.repositories.operations.get_operation(done.id) is None
    assert "deleted 4 old requests and operations" in caplog.text


async def test_what_is_open_or_followed_up_is_never_deleted(
    harness: EngineHarness,
) -> None:
    engine = harness.engine(PATIENT)
    unknown = await harness.unknown(engine)
    harness.notifier.away = 10**6
    waiting = await harness.authorised()
    await engine.start_operation(waiting)
    unclosed = await harness.request(minutes=0)

    await clean(harness, LATER)
    found = await kept(harness, unknown.id, waiting.id, unclosed.id)
    harness.notifier.away = 0
    await engine.stop(5)

    assert found == [unknown.id, waiting.id, unclosed.id]
    stored = await harness.repositories.requests.get_request(unknown.id)
    assert isinstance(stored, Request)
    assert isinstance(stored.result, Unknown)
