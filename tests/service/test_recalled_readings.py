"""What a status and a halt's card take from watching, which all replicas share."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import failures
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.outcomes import ConfirmationNeeded
from bot.domain.results import Unavailable
from bot.domain.rollout import Rollout
from bot.domain.submissions import Snapshot
from bot.domain.watching import WatchedTarget
from bot.service.readings import REUSE_FOR
from tests.fakes import GOING, HALTED, MAIL, NOON, Step, ref_of
from tests.service.service_harness import ServiceHarness
from tests.service.test_readings import Desk

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
AWAY = FailureDetail(FailureCode.TIMEOUT)
SPENT = FailureDetail(FailureCode.REQUEST_BUDGET, {"limit": "20"})


def watched(rollout: Rollout = GOING) -> WatchedTarget:
    """Return the target as watching has seen it at noon, an hour after it became so."""
    seen = Snapshot(ref_of(), "Mail", None, rollout)
    return WatchedTarget(MAIL, 7, seen, looked_at=NOON, since=NOON - HOUR)


@pytest.fixture
def desk() -> Desk:
    """Return readings of a Store with an open rollout that nothing was read of."""
    desk = Desk()
    desk.store.publish(MAIL)
    desk.observations.put(watched(HALTED))
    desk.now += SECOND
    return desk


async def test_what_was_just_seen_is_shown_without_asking_the_store(desk: Desk) -> None:
    [found] = await desk.status(MAIL)

    assert isinstance(found.seen, Snapshot)
    assert found.seen.rollout == HALTED
    assert (found.at, found.since) == (NOON, NOON - HOUR)
    assert desk.store.names() == []


async def test_what_was_seen_a_while_ago_is_read_anew(desk: Desk) -> None:
    desk.now += REUSE_FOR

    [found] = await desk.status(MAIL)

    assert isinstance(found.seen, Snapshot)
    assert found.seen.rollout == GOING
    assert found.at == desk.now


async def test_what_was_seen_a_while_ago_is_shown_where_the_budget_is_spent(
    desk: Desk,
) -> None:
    desk.now += HOUR
    desk.store.plan("get_app", Step(failures.BudgetSpentError(SPENT)))

    [found] = await desk.status(MAIL)

    assert isinstance(found.seen, Snapshot)
    assert (found.seen.rollout, found.at) == (HALTED, NOON)


async def test_what_was_seen_before_an_operation_is_not_shown_after_it(
    desk: Desk,
) -> None:
    desk.readings.record(ref_of(), None)

    [found] = await desk.status(MAIL)

    assert found.at == desk.now
    assert "get_rollout" in desk.store.names()


async def test_what_was_seen_after_an_operation_is_shown(desk: Desk) -> None:
    desk.readings.record(ref_of(), None)
    later = desk.now + SECOND
    desk.observations.put(replace(watched(HALTED), looked_at=later))
    desk.now = later + SECOND

    [found] = await desk.status(MAIL)

    assert found.at == later
    assert desk.store.names() == []


async def test_an_older_observation_is_not_shown_for_a_newer_reading(
    desk: Desk,
) -> None:
    await desk.card()

    [found] = await desk.status(MAIL)

    assert found.at == desk.now
    assert isinstance(found.seen, Snapshot)
    assert found.seen.rollout == GOING


async def test_a_failure_is_forgotten_once_watching_has_seen_the_target(
    desk: Desk,
) -> None:
    desk.observations.watched.clear()
    desk.store.plan("get_app", Step(failures.UnavailableError(AWAY)))
    [away] = await desk.status(MAIL)
    assert isinstance(away.seen, Unavailable)
    desk.observations.put(replace(watched(), looked_at=desk.now + SECOND))
    desk.now += 2 * SECOND

    [found] = await desk.status(MAIL)

    assert isinstance(found.seen, Snapshot)


async def test_what_was_never_seen_is_read(desk: Desk) -> None:
    desk.observations.put(replace(watched(), seen=None))

    [found] = await desk.status(MAIL)

    assert found.at == desk.now


async def test_a_bot_that_has_just_started_makes_a_halt_card_from_what_was_seen(
    harness: ServiceHarness,
) -> None:
    harness.store.publish(MAIL)
    harness.observations.put(watched())
    harness.now += HOUR
    harness.store.plan("get_app", Step(failures.UnavailableError(AWAY)))

    answer = await harness.say("halt mail")

    assert isinstance(answer, ConfirmationNeeded)
    assert answer.request.snapshot.as_of == NOON
    assert answer.request.snapshot.ref == ref_of()
