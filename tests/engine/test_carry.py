"""A confirmed request ends in one effect, one result and one message."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.requests import RequestState
from bot.domain.results import Done, Moved, Refused, Unavailable, Unknown
from bot.domain.rollout import Change, Phase, RefusalReason, Verb
from tests.engine.house import FAST, House, until


async def test_a_halt_is_one_store_request_one_card_edit_and_one_message(
    house: House,
) -> None:
    engine = house.engine()
    await engine.start()
    request = await house.confirmed()

    await engine.carry(request)
    result = await house.result(request, Done)
    await engine.stop(5)

    assert isinstance(result, Done)
    assert result.after.phase is Phase.STOPPED
    assert [entry.operation for entry in house.store.requests] == ["halt"]
    assert [r.state for r in house.paper.shown] == [RequestState.FINISHED]
    assert [again for _, again in house.paper.posted] == [False]


@pytest.mark.parametrize(
    "change", [Change(Verb.FINALIZE), Change(Verb.SET, 40.0)], ids=str
)
async def test_finalize_and_set_look_before_their_one_write(
    house: House, change: Change
) -> None:
    engine = house.engine()
    await engine.start()
    request = await house.confirmed(change)

    await engine.carry(request)
    await house.result(request, Done)
    await engine.stop(5)

    operations = [entry.operation for entry in house.store.requests]
    assert operations == ["read", change.verb]


async def test_carrying_the_same_request_many_times_is_carrying_it_once(
    house: House,
) -> None:
    engine = house.engine()
    await engine.start()
    request = await house.confirmed()

    await asyncio.gather(*(engine.carry(request) for _ in range(10)))
    await house.result(request, Done)
    await engine.carry(request)
    await engine.stop(5)

    assert len(house.store.writes()) == 1
    assert len(house.paper.posted) == 1


async def test_a_halt_whose_answer_was_lost_is_read_back_and_not_sent_again(
    house: House,
) -> None:
    house.store.arm("halt", "504_after_effect")
    engine = house.engine()
    await engine.start()
    request = await house.confirmed()

    await engine.carry(request)
    await house.result(request, Done)
    await engine.stop(5)

    assert [e.operation for e in house.store.requests] == ["halt", "read"]


async def test_a_halt_that_had_no_effect_is_sent_again_after_a_look(
    house: House,
) -> None:
    house.store.arm("halt", "504_without_effect", times=2)
    engine = house.engine()
    await engine.start()
    request = await house.confirmed()

    await engine.carry(request)
    await house.result(request, Done)
    await engine.stop(5)

    operations = [e.operation for e in house.store.requests]
    assert operations == ["halt", "read", "halt", "read", "halt"]


async def test_a_store_that_stays_away_before_anything_was_sent_is_unavailable(
    house: House,
) -> None:
    house.store.arm("read", "503", times=-1)
    engine = house.engine()
    await engine.start()
    request = await house.confirmed(Change(Verb.FINALIZE))

    await engine.carry(request)
    await house.result(request, Unavailable)
    await engine.stop(5)

    assert house.store.writes() == []


async def test_an_unknown_outcome_is_followed_up_until_the_truth_is_known(
    house: House,
) -> None:
    engine = house.engine()
    request = await house.unknown(engine)

    house.store.clear_faults()
    await house.result(request, Done)
    await engine.stop(5)

    results = [type(r.result) for r, _ in house.paper.posted]
    assert results == [Unknown, Done]
    assert house.paper.given_up == []


async def test_that_nobody_looks_any_more_is_told_once(house: House) -> None:
    house.store.arm("halt", "504_after_effect")
    house.store.arm("read", "503", times=-1)
    engine = house.engine(replace(FAST, follow_ups=(0.1, 0.1)))
    await engine.start()
    request = await house.confirmed()
    await engine.carry(request)

    async def given_up() -> bool:
        return bool(house.paper.given_up)

    await until(given_up)
    await engine.stop(5)

    assert [given_up.id for given_up in house.paper.given_up] == [request.id]
    assert isinstance(house.paper.given_up[0].result, Unknown)
    assert house.store.effects()


async def test_a_long_wait_is_told_on_the_card(house: House) -> None:
    house.store.arm("halt", "429_with_retry_after", seconds=1)
    engine = house.engine(replace(FAST, tell_from=0.1, longest_retry_after=0.15))
    await engine.start()
    request = await house.confirmed()

    await engine.carry(request)
    await house.result(request, Done)
    await engine.stop(5)

    assert house.paper.waited == [("rate_limited", 0.15)]


async def test_a_wait_that_cannot_be_told_holds_nothing_up(house: House) -> None:
    house.store.arm("halt", "503")
    engine = house.engine(replace(FAST, tell_from=0.0))
    await engine.start()
    request = await house.confirmed()
    house.paper.away = 1

    await engine.carry(request)
    await house.result(request, Done)
    await engine.stop(5)

    assert house.paper.waited == []
    assert len(house.paper.posted) == 1


async def test_the_last_write_is_given_time_before_it_is_said_to_have_done_nothing(
    house: House,
) -> None:
    house.store.arm("halt", "504_without_effect", times=-1)
    engine = house.engine(replace(FAST, looks=(0.05, 2.0)))
    await engine.start()
    request = await house.confirmed()

    await engine.carry(request)
    while len(house.store.writes()) < 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.15)
    undecided = await house.records.get_request(request.id)
    await house.result(request, Unavailable)
    await engine.stop(5)

    assert undecided is not None
    assert undecided.state is RequestState.CONFIRMED
    operations = [entry.operation for entry in house.store.requests]
    assert operations == ["halt", "read", "halt", "read"]


async def test_a_request_that_this_bot_cannot_read_keeps_no_other_waiting(
    house: House,
) -> None:
    newer, overdue = await house.confirmed(), await house.request(minutes=-1)
    await house.written_by_a_newer_bot(newer, overdue)
    request = await house.confirmed()
    engine = house.engine()

    await engine.start()
    await house.result(request, Done)
    await engine.stop(5)

    assert {shown.id for shown in house.paper.shown} == {request.id}


async def test_a_click_that_found_no_bot_for_hours_sends_nothing_and_is_told(
    house: House,
) -> None:
    request = await house.request()
    hours_ago = datetime.now(UTC) - timedelta(hours=2)
    await house.records.confirm_request(request.id, "U0ANN", "1.1", hours_ago)
    engine = house.engine()

    await engine.start()
    result = await house.result(request, Unavailable)
    await engine.stop(5)

    assert isinstance(result, Unavailable)
    assert result.trouble.code == "too_old"
    assert list(house.store.requests) == []
    assert len(house.paper.posted) == 1


async def test_a_rollout_that_moved_is_left_alone(house: House) -> None:
    engine = house.engine()
    await engine.start()
    request = await house.confirmed(Change(Verb.SET, 40.0))
    house.store.change_in_partner_center("set", request.snapshot.ref.submission_id, 20)

    await engine.carry(request)
    result = await house.result(request, Moved)
    await engine.stop(5)

    assert isinstance(result, Moved)
    assert result.now.percentage == 20
    assert house.store.writes() == []


async def test_a_refused_halt_says_why(house: House) -> None:
    engine = house.engine()
    await engine.start()
    request = await house.confirmed()
    house.store.change_in_partner_center("finalize", request.snapshot.ref.submission_id)

    await engine.carry(request)
    result = await house.result(request, Refused)
    await engine.stop(5)

    assert isinstance(result, Refused)
    assert result.reason is RefusalReason.COMPLETE


async def test_a_result_waits_for_slack(house: House) -> None:
    engine = house.engine()
    await engine.start()
    request = await house.confirmed()
    house.paper.away = 5

    await engine.carry(request)
    await house.result(request, Done)
    await engine.stop(5)

    assert len(house.paper.posted) == 1


async def test_a_card_that_ran_out_is_closed_without_a_click(house: House) -> None:
    engine = house.engine()
    request = await house.request(minutes=-1)
    await engine.start()

    async with asyncio.timeout(60):
        while not house.paper.shown:
            await asyncio.sleep(0.02)
    await engine.stop(5)

    assert house.paper.shown[0].id == request.id
    assert house.paper.shown[0].state is RequestState.EXPIRED
    assert house.store.writes() == []


async def test_a_confirmed_request_that_was_never_started_is_found_and_started(
    house: House,
) -> None:
    request = await house.confirmed()
    engine = house.engine()

    await engine.start()
    await house.result(request, Done)
    await engine.stop(5)

    assert len(house.store.writes()) == 1


async def test_a_write_that_was_noted_before_a_crash_is_looked_for_first(
    house: House,
) -> None:
    request = await house.confirmed()
    assert await house.records.begin_attempt(request.id, 0)
    house.store.change_in_partner_center("halt", request.snapshot.ref.submission_id)
    engine = house.engine()

    await engine.start()
    await house.result(request, Done)
    await engine.stop(5)

    assert house.store.writes() == []


async def test_work_that_is_under_way_goes_on_after_a_restart(house: House) -> None:
    house.store.arm("halt", "504_without_effect")
    engine = house.engine()
    await engine.start()
    request = await house.confirmed()
    house.paper.away = 10**6
    await engine.carry(request)
    while not house.store.writes():
        await asyncio.sleep(0.01)
    await engine.stop(0.1)

    house.paper.away = 0
    again = house.engine()
    await again.start()
    await house.result(request, Done)
    await again.stop(5)

    effects = [e for e in house.store.writes() if e.status == 200]
    assert len(effects) == 1
    assert datetime.now(UTC)
