"""The hourly cleaning deletes what is over for longer than RETENTION_DAYS."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.db.session import Database
from bot.domain.events import Event, EventKind
from bot.domain.proposals import Proposal, ProposalKind, ProposalState
from bot.domain.requests import Place, Request
from bot.domain.results import Done, Unknown
from bot.domain.submissions import Target
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


async def test_events_are_deleted_only_where_a_time_is_stated_for_them(
    harness: EngineHarness, caplog: pytest.LogCaptureFixture
) -> None:
    # The database lets nothing be deleted that is younger than a month.
    at = now() - timedelta(days=100)
    place = Place("T0", "C0")
    event = Event(EventKind.REFUSED, at, place, actor="U1", code="other_workspace")
    await harness.repositories.events.add_event(event)
    engine, database = harness.engine(), Database(harness.url)
    await engine.start()

    async def kept_when(keep_for: timedelta | None) -> int:
        harness.keep_events_for = keep_for
        await clean(harness, timedelta(0))
        return len(await database.run(text("SELECT id FROM events")))

    with caplog.at_level(logging.INFO, "bot.engine"):
        kept = [
            await kept_when(keep_for)
            for keep_for in (None, timedelta(days=101), timedelta(days=99))
        ]
    await engine.stop(5)
    await database.close()

    assert kept == [1, 1, 0]
    assert caplog.text.count("old events") == 1
    assert "deleted 1 old events" in caplog.text


async def test_a_proposal_that_is_decided_is_kept_as_long_as_a_request(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    await engine.start()
    app, place = Target("main", "9NMAIL000001"), Place("T1", "C1")
    proposal = Proposal(
        "p1", ProposalKind.LET_IN, place, app, "U2", now(), now(), about="C2"
    )
    proposals = harness.repositories.proposals
    await proposals.add_proposal(proposal)
    expired = ProposalState.EXPIRED
    assert await proposals.close_proposal(proposal, expired, None, None, now())
    for due in await proposals.claim_cards(now() + timedelta(seconds=1), 5):
        await proposals.keep_card(due, "1.2")

    await clean(harness, KEEP_FOR - timedelta(hours=1))
    young = await proposals.get_proposal("p1")
    await clean(harness, LATER)
    old = await proposals.get_proposal("p1")
    await engine.stop(5)

    assert young is not None
    assert old is None
