"""The operation workflow: one effect, one result, one message for each operation."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.failures import FailureCode
from bot.domain.requests import Request, RequestState
from bot.domain.results import Done, Moved, Refused, Result, Unavailable, Unknown
from bot.domain.rollout import Change, RefusalReason
from bot.domain.verbs import Phase, Verb
from tests.engine.engine_tables import statuses
from tests.engine.harness import ANN, FAST, HURRIED, EngineHarness, now, until
from tests.fakes import count_all


async def test_a_halt_is_one_store_request_one_card_edit_and_one_message(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()

    await engine.start_operation(operation)
    result = await harness.result(operation, Done)
    await engine.stop(5)

    assert isinstance(result, Done)
    assert result.after.phase is Phase.STOPPED
    assert [entry.operation for entry in harness.store.requests] == ["halt"]
    shown = [(r.state, type(r.result)) for r in harness.notifier.shown]
    assert shown == [(RequestState.AUTHORISED, Done)]
    assert [again for _, again in harness.notifier.posted] == [False]


@pytest.mark.parametrize(
    "change", [Change(Verb.FINALIZE), Change(Verb.SET, 40.0)], ids=str
)
async def test_finalize_and_set_read_before_their_one_write(
    harness: EngineHarness, change: Change
) -> None:
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised(change)

    await engine.start_operation(operation)
    await harness.result(operation, Done)
    await engine.stop(5)

    operations = [entry.operation for entry in harness.store.requests]
    assert operations == ["read", change.verb]


async def test_starting_the_same_operation_many_times_is_starting_it_once(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()

    await asyncio.gather(*(engine.start_operation(operation) for _ in range(10)))
    await harness.result(operation, Done)
    await engine.start_operation(operation)
    await engine.stop(5)

    assert len(harness.store.writes()) == 1
    assert len(harness.notifier.posted) == 1


async def test_an_operation_without_a_request_is_executed_saved_and_closed(
    harness: EngineHarness,
) -> None:
    # As often as the Store's client tries one read.
    harness.store.arm("read", "503", times=HURRIED.tries)
    engine = harness.engine(replace(FAST, show_wait_from=0.0))
    await engine.start()
    operation = await harness.authorised_without_request(Change(Verb.SET, 40.0))

    await engine.start_operation(operation)
    result = await harness.result(operation, Done)

    async def ended() -> bool:
        return await statuses(harness.url) == {operation.id: "SUCCESS"}

    await until(ended)
    await engine.stop(5)

    assert isinstance(result, Done)
    assert result.after.percentage == 40
    assert len(harness.store.effects()) == 1
    assert harness.notifier.calls == [
        ("show_waiting", operation.id),
        ("update_card", operation.id),
        ("post_result", operation.id),
    ]
    assert harness.notifier.shown == []


async def test_an_operation_without_a_request_is_found_and_started_after_a_crash(
    harness: EngineHarness,
) -> None:
    operation = await harness.authorised_without_request()
    assert await harness.repositories.operations.begin_attempt(operation, now())
    engine = harness.engine()

    await engine.start()
    await harness.result(operation, Done)
    await engine.stop(5)

    # The attempt that was recorded before the crash had no effect: read, then sent.
    assert [e.operation for e in harness.store.requests] == ["read", "halt"]
    assert len(harness.store.effects()) == 1
    assert ("post_result", operation.id) in harness.notifier.calls


async def test_a_halt_whose_answer_was_lost_is_read_back_and_not_sent_again(
    harness: EngineHarness,
) -> None:
    harness.store.arm("halt", "504_after_effect")
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()

    await engine.start_operation(operation)
    await harness.result(operation, Done)
    await engine.stop(5)

    assert [e.operation for e in harness.store.requests] == ["halt", "read"]


async def test_a_halt_that_had_no_effect_is_sent_again_after_a_read(
    harness: EngineHarness,
) -> None:
    harness.store.arm("halt", "504_without_effect", times=2)
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()

    await engine.start_operation(operation)
    await harness.result(operation, Done)
    await engine.stop(5)

    operations = [e.operation for e in harness.store.requests]
    assert operations == ["halt", "read", "halt", "read", "halt"]


async def test_a_store_that_stays_away_before_anything_was_sent_is_unavailable(
    harness: EngineHarness,
) -> None:
    harness.store.arm("read", "503", times=-1)
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised(Change(Verb.FINALIZE))

    await engine.start_operation(operation)
    await harness.result(operation, Unavailable)
    await engine.stop(5)

    assert harness.store.writes() == []


async def test_a_long_wait_is_shown_on_the_card(harness: EngineHarness) -> None:
    harness.store.arm("halt", "429_with_retry_after", seconds=1)
    engine = harness.engine(replace(FAST, show_wait_from=0.1, longest_retry_after=0.15))
    await engine.start()
    operation = await harness.authorised()

    await engine.start_operation(operation)
    await harness.result(operation, Done)
    await engine.stop(5)

    (waiting,) = harness.notifier.waited
    assert waiting.detail.code == "rate_limited"
    assert (waiting.in_doubt, waiting.sends, waiting.asking) == (False, True, False)
    *_, sent = harness.store.writes()
    assert datetime.fromisoformat(sent.at) >= waiting.at - timedelta(seconds=0.1)


async def test_the_last_wait_is_for_a_look_and_for_no_further_try(
    harness: EngineHarness,
) -> None:
    harness.store.arm("halt", "429_without_retry_after", -1)
    pauses = replace(FAST, show_wait_from=0.0, retry_pauses=(0.01, 0.01))
    engine = harness.engine(pauses)
    await engine.start()
    operation = await harness.authorised()

    await engine.start_operation(operation)
    await harness.result(operation, Unavailable)
    await engine.stop(5)

    assert [one.sends for one in harness.notifier.waited] == [True, False]


async def test_an_attempt_that_takes_long_is_shown_in_place_of_its_time(
    harness: EngineHarness,
) -> None:
    harness.store.arm("halt", "429_without_retry_after")
    harness.store.arm("read", "slow", 1, 1)
    quick = replace(FAST, show_wait_from=0.0, show_try_after=0.05)
    engine = harness.engine(quick)
    await engine.start()
    operation = await harness.authorised()

    await engine.start_operation(operation)
    await harness.result(operation, Done)
    await engine.stop(5)

    waited, asking = harness.notifier.waited
    assert (waited.asking, asking.asking) == (False, True)
    assert asking.detail == waited.detail


async def test_a_wait_that_cannot_be_shown_delays_nothing(
    harness: EngineHarness,
) -> None:
    harness.store.arm("halt", "503")
    engine = harness.engine(replace(FAST, show_wait_from=0.0))
    await engine.start()
    operation = await harness.authorised()
    harness.notifier.away = 1

    await engine.start_operation(operation)
    await harness.result(operation, Done)
    await engine.stop(5)

    assert harness.notifier.waited == []
    assert len(harness.notifier.posted) == 1


async def test_the_last_write_is_given_time_before_it_counts_as_without_effect(
    harness: EngineHarness,
) -> None:
    harness.store.arm("halt", "504_without_effect", times=-1)
    engine = harness.engine(replace(FAST, retry_pauses=(0.05, 2.0)))
    await engine.start()
    operation = await harness.authorised()

    await engine.start_operation(operation)
    while len(harness.store.writes()) < 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.15)
    pending = await harness.repositories.requests.get_request(operation.id)
    await harness.result(operation, Unavailable)
    await engine.stop(5)

    assert pending is not None
    assert pending.state is RequestState.AUTHORISED
    assert pending.result is None
    operations = [entry.operation for entry in harness.store.requests]
    assert operations == ["halt", "read", "halt", "read"]


async def test_a_click_that_found_no_bot_for_hours_sends_nothing_and_is_answered(
    harness: EngineHarness,
) -> None:
    request = await harness.request()
    approved = await harness.repositories.requests.approve_request(
        request.id, ANN, "1.1", now() - timedelta(hours=2), judge=count_all
    )
    assert isinstance(approved, Request)
    assert approved.operation is not None
    engine = harness.engine()

    await engine.start()
    result = await harness.result(approved.operation, Unavailable)
    await engine.stop(5)

    assert isinstance(result, Unavailable)
    assert result.detail.code is FailureCode.TOO_OLD
    assert [entry.operation for entry in harness.store.requests] == ["read"]
    assert len(harness.notifier.posted) == 1


async def test_what_was_left_behind_is_not_executed_where_its_thread_has_the_end(
    harness: EngineHarness,
) -> None:
    request = await harness.request()
    approved = await harness.repositories.requests.approve_request(
        request.id, ANN, "1.1", now() - timedelta(minutes=2), judge=count_all
    )
    assert isinstance(approved, Request)
    assert approved.operation is not None
    harness.notifier.settled.add(approved.operation.id)
    engine = harness.engine()

    await engine.start()
    result = await harness.result(approved.operation, Unknown)
    await engine.stop(5)

    assert isinstance(result, Unknown)
    assert result.detail.code is FailureCode.OUTDATED
    assert list(harness.store.requests) == []


async def test_a_halt_of_now_does_not_look_into_its_thread(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()
    harness.notifier.settled.add(operation.id)

    await engine.start_operation(operation)
    result = await harness.result(operation, Done)
    await engine.stop(5)

    assert isinstance(result, Done)
    assert len(harness.store.effects()) == 1


async def test_a_rollout_that_moved_is_left_alone(harness: EngineHarness) -> None:
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised(Change(Verb.SET, 40.0))
    harness.store.change_in_partner_center("set", operation.ref.submission_id, 20)

    await engine.start_operation(operation)
    result = await harness.result(operation, Moved)
    await engine.stop(5)

    assert isinstance(result, Moved)
    assert result.now.percentage == 20
    assert harness.store.writes() == []


async def test_a_refused_halt_has_its_reason(harness: EngineHarness) -> None:
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()
    harness.store.change_in_partner_center("finalize", operation.ref.submission_id)

    await engine.start_operation(operation)
    result = await harness.result(operation, Refused)
    await engine.stop(5)

    assert isinstance(result, Refused)
    assert result.reason is RefusalReason.COMPLETE


async def test_a_result_waits_for_slack(harness: EngineHarness) -> None:
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()
    harness.notifier.away = 5

    await engine.start_operation(operation)
    await harness.result(operation, Done)
    await engine.stop(5)

    assert len(harness.notifier.posted) == 1


async def test_a_result_does_not_wait_for_as_long_as_slack_may_ask(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()
    harness.notifier.away, harness.notifier.retry_after = 2, 10.0**9

    await engine.start_operation(operation)
    await harness.result(operation, Done)
    await engine.stop(5)

    assert len(harness.notifier.posted) == 1


async def test_a_result_is_posted_though_the_card_cannot_be_edited(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()
    harness.notifier.away, harness.notifier.away_for = 10**6, "update_card"

    await engine.start_operation(operation)

    async def posted() -> bool:
        return bool(harness.notifier.posted)

    await until(posted)
    assert harness.notifier.shown == []
    harness.notifier.away = 0
    await harness.result(operation, Done)
    await engine.stop(5)

    assert [name for name, _ in harness.notifier.calls] == [
        "post_result",
        "update_card",
    ]


@pytest.mark.parametrize(
    ("faults", "kind", "outcome", "level"),
    [
        ({}, Done, "done", logging.INFO),
        ({"halt": "503"}, Unavailable, "unavailable", logging.ERROR),
        ({"halt": "409_unsupported"}, Refused, "refused.unsupported", logging.ERROR),
        (
            {"halt": "504_after_effect", "read": "503"},
            Unknown,
            "unknown",
            logging.ERROR,
        ),
    ],
)
async def test_an_operation_that_failed_or_is_unknown_is_an_error_in_the_log(
    harness: EngineHarness,
    caplog: pytest.LogCaptureFixture,
    *,
    faults: dict[str, str],
    kind: type[Result],
    outcome: str,
    level: int,
) -> None:
    caplog.set_level(logging.INFO, "bot.engine")
    for operation_name, fault in faults.items():
        harness.store.arm(operation_name, fault, times=-1)
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()

    await engine.start_operation(operation)
    await harness.result(operation, kind)
    await engine.stop(5)

    ended = f" ended {outcome} "
    (level_of_it,) = [r.levelno for r in caplog.records if ended in r.getMessage()]
    assert level_of_it == level
