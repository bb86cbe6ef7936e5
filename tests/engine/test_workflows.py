"""A confirmed request ends in one effect, one result and one message."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.failures import FailureCode
from bot.domain.requests import RequestState
from bot.domain.results import Done, Moved, Refused, Unavailable, Unknown
from bot.domain.rollout import Change, RefusalReason
from bot.domain.verbs import Phase, Verb
from tests.engine.harness import FAST, EngineHarness, until


async def test_a_halt_is_one_store_request_one_card_edit_and_one_message(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    await engine.start()
    request = await harness.confirmed()

    await engine.start_operation(request)
    result = await harness.result(request, Done)
    await engine.stop(5)

    assert isinstance(result, Done)
    assert result.after.phase is Phase.STOPPED
    assert [entry.operation for entry in harness.store.requests] == ["halt"]
    assert [r.state for r in harness.notifier.shown] == [RequestState.FINISHED]
    assert [again for _, again in harness.notifier.posted] == [False]


@pytest.mark.parametrize(
    "change", [Change(Verb.FINALIZE), Change(Verb.SET, 40.0)], ids=str
)
async def test_finalize_and_set_look_before_their_one_write(
    harness: EngineHarness, change: Change
) -> None:
    engine = harness.engine()
    await engine.start()
    request = await harness.confirmed(change)

    await engine.start_operation(request)
    await harness.result(request, Done)
    await engine.stop(5)

    operations = [entry.operation for entry in harness.store.requests]
    assert operations == ["read", change.verb]


async def test_carrying_the_same_request_many_times_is_carrying_it_once(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    await engine.start()
    request = await harness.confirmed()

    await asyncio.gather(*(engine.start_operation(request) for _ in range(10)))
    await harness.result(request, Done)
    await engine.start_operation(request)
    await engine.stop(5)

    assert len(harness.store.writes()) == 1
    assert len(harness.notifier.posted) == 1


async def test_a_halt_whose_answer_was_lost_is_read_back_and_not_sent_again(
    harness: EngineHarness,
) -> None:
    harness.store.arm("halt", "504_after_effect")
    engine = harness.engine()
    await engine.start()
    request = await harness.confirmed()

    await engine.start_operation(request)
    await harness.result(request, Done)
    await engine.stop(5)

    assert [e.operation for e in harness.store.requests] == ["halt", "read"]


async def test_a_halt_that_had_no_effect_is_sent_again_after_a_look(
    harness: EngineHarness,
) -> None:
    harness.store.arm("halt", "504_without_effect", times=2)
    engine = harness.engine()
    await engine.start()
    request = await harness.confirmed()

    await engine.start_operation(request)
    await harness.result(request, Done)
    await engine.stop(5)

    operations = [e.operation for e in harness.store.requests]
    assert operations == ["halt", "read", "halt", "read", "halt"]


async def test_a_store_that_stays_away_before_anything_was_sent_is_unavailable(
    harness: EngineHarness,
) -> None:
    harness.store.arm("read", "503", times=-1)
    engine = harness.engine()
    await engine.start()
    request = await harness.confirmed(Change(Verb.FINALIZE))

    await engine.start_operation(request)
    await harness.result(request, Unavailable)
    await engine.stop(5)

    assert harness.store.writes() == []


async def test_an_unknown_outcome_is_followed_up_until_the_truth_is_known(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    request = await harness.unknown(engine)

    harness.store.clear_faults()
    await harness.result(request, Done)
    await engine.stop(5)

    results = [type(r.result) for r, _ in harness.notifier.posted]
    assert results == [Unknown, Done]
    assert harness.notifier.given_up == []


async def test_that_nobody_looks_any_more_is_told_once(harness: EngineHarness) -> None:
    harness.store.arm("halt", "504_after_effect")
    harness.store.arm("read", "503", times=-1)
    engine = harness.engine(replace(FAST, follow_ups=(0.1, 0.1)))
    await engine.start()
    request = await harness.confirmed()
    await engine.start_operation(request)

    async def given_up() -> bool:
        return bool(harness.notifier.given_up)

    await until(given_up)
    await engine.stop(5)

    assert [given_up.id for given_up in harness.notifier.given_up] == [request.id]
    assert isinstance(harness.notifier.given_up[0].result, Unknown)
    assert harness.store.effects()


async def test_a_long_wait_is_told_on_the_card(harness: EngineHarness) -> None:
    harness.store.arm("halt", "429_with_retry_after", seconds=1)
    engine = harness.engine(replace(FAST, tell_from=0.1, longest_retry_after=0.15))
    await engine.start()
    request = await harness.confirmed()

    await engine.start_operation(request)
    await harness.result(request, Done)
    await engine.stop(5)

    assert harness.notifier.waited == [("rate_limited", 0.15)]


async def test_a_wait_that_cannot_be_told_holds_nothing_up(
    harness: EngineHarness,
) -> None:
    harness.store.arm("halt", "503")
    engine = harness.engine(replace(FAST, tell_from=0.0))
    await engine.start()
    request = await harness.confirmed()
    harness.notifier.away = 1

    await engine.start_operation(request)
    await harness.result(request, Done)
    await engine.stop(5)

    assert harness.notifier.waited == []
    assert len(harness.notifier.posted) == 1


async def test_the_last_write_is_given_time_before_it_is_said_to_have_done_nothing(
    harness: EngineHarness,
) -> None:
    harness.store.arm("halt", "504_without_effect", times=-1)
    engine = harness.engine(replace(FAST, looks=(0.05, 2.0)))
    await engine.start()
    request = await harness.confirmed()

    await engine.start_operation(request)
    while len(harness.store.writes()) < 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.15)
    undecided = await harness.repositories.get_request(request.id)
    await harness.result(request, Unavailable)
    await engine.stop(5)

    assert undecided is not None
    assert undecided.state is RequestState.CONFIRMED
    operations = [entry.operation for entry in harness.store.requests]
    assert operations == ["halt", "read", "halt", "read"]


async def test_a_request_that_this_bot_cannot_read_keeps_no_other_waiting(
    harness: EngineHarness,
) -> None:
    newer, overdue = await harness.confirmed(), await harness.request(minutes=-1)
    await harness.written_by_a_newer_bot(newer, overdue)
    request = await harness.confirmed()
    engine = harness.engine()

    await engine.start()
    await harness.result(request, Done)
    await engine.stop(5)

    assert {shown.id for shown in harness.notifier.shown} == {request.id}


async def test_a_click_that_found_no_bot_for_hours_sends_nothing_and_is_told(
    harness: EngineHarness,
) -> None:
    request = await harness.request()
    hours_ago = datetime.now(UTC) - timedelta(hours=2)
    await harness.repositories.confirm_request(request.id, "U0ANN", "1.1", hours_ago)
    engine = harness.engine()

    await engine.start()
    result = await harness.result(request, Unavailable)
    await engine.stop(5)

    assert isinstance(result, Unavailable)
    assert result.detail.code is FailureCode.TOO_OLD
    assert list(harness.store.requests) == []
    assert len(harness.notifier.posted) == 1


async def test_a_rollout_that_moved_is_left_alone(harness: EngineHarness) -> None:
    engine = harness.engine()
    await engine.start()
    request = await harness.confirmed(Change(Verb.SET, 40.0))
    harness.store.change_in_partner_center(
        "set", request.snapshot.ref.submission_id, 20
    )

    await engine.start_operation(request)
    result = await harness.result(request, Moved)
    await engine.stop(5)

    assert isinstance(result, Moved)
    assert result.now.percentage == 20
    assert harness.store.writes() == []


async def test_a_refused_halt_says_why(harness: EngineHarness) -> None:
    engine = harness.engine()
    await engine.start()
    request = await harness.confirmed()
    harness.store.change_in_partner_center(
        "finalize", request.snapshot.ref.submission_id
    )

    await engine.start_operation(request)
    result = await harness.result(request, Refused)
    await engine.stop(5)

    assert isinstance(result, Refused)
    assert result.reason is RefusalReason.COMPLETE


async def test_a_result_waits_for_slack(harness: EngineHarness) -> None:
    engine = harness.engine()
    await engine.start()
    request = await harness.confirmed()
    harness.notifier.away = 5

    await engine.start_operation(request)
    await harness.result(request, Done)
    await engine.stop(5)

    assert len(harness.notifier.posted) == 1


async def test_a_card_that_ran_out_is_closed_without_a_click(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    request = await harness.request(minutes=-1)
    await engine.start()

    async with asyncio.timeout(60):
        while not harness.notifier.shown:
            await asyncio.sleep(0.02)
    await engine.stop(5)

    assert harness.notifier.shown[0].id == request.id
    assert harness.notifier.shown[0].state is RequestState.EXPIRED
    assert harness.store.writes() == []


async def test_a_confirmed_request_that_was_never_started_is_found_and_started(
    harness: EngineHarness,
) -> None:
    request = await harness.confirmed()
    engine = harness.engine()

    await engine.start()
    await harness.result(request, Done)
    await engine.stop(5)

    assert len(harness.store.writes()) == 1


async def test_a_write_that_was_noted_before_a_crash_is_looked_for_first(
    harness: EngineHarness,
) -> None:
    request = await harness.confirmed()
    assert await harness.repositories.begin_attempt(request.id, 0)
    harness.store.change_in_partner_center("halt", request.snapshot.ref.submission_id)
    engine = harness.engine()

    await engine.start()
    await harness.result(request, Done)
    await engine.stop(5)

    assert harness.store.writes() == []


async def test_work_that_is_under_way_goes_on_after_a_restart(
    harness: EngineHarness,
) -> None:
    harness.store.arm("halt", "504_without_effect")
    engine = harness.engine()
    await engine.start()
    request = await harness.confirmed()
    harness.notifier.away = 10**6
    await engine.start_operation(request)
    while not harness.store.writes():
        await asyncio.sleep(0.01)
    await engine.stop(0.1)

    harness.notifier.away = 0
    again = harness.engine()
    await again.start()
    await harness.result(request, Done)
    await again.stop(5)

    effects = [e for e in harness.store.writes() if e.status == 200]
    assert len(effects) == 1
    assert datetime.now(UTC)
