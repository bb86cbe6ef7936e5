"""Ramps that wait for a person: what is told of that, and how often."""

import asyncio
import json

from bot.domain.plans import HoldReason, PlanState
from tests.fakes import Step
from tests.fakes.plans import DAY, shown
from tests.fakes.samples import ref_of
from tests.service.test_ramps import AWAY, CUT, HOUR, TRIES, Ramping
from tests.service.test_ramps import ramping as ramping_on_a_database

ramping = ramping_on_a_database


async def test_a_hold_by_hand_names_what_the_store_shows(ramping: Ramping) -> None:
    await ramping.begin()
    await ramping.go_on()
    ramping.store.rollouts[ref_of()] = shown(40)

    await ramping.pass_time(2 * DAY, HOUR)

    [event] = await ramping.events("plan_held")
    assert json.loads(str(event["details"]))["after"]["rollout"]["percentage"] == 40


async def test_a_hold_after_three_tries_says_what_went_wrong(ramping: Ramping) -> None:
    await ramping.begin()
    ramping.store.plan("get_rollout", *[Step(AWAY)] * 20)

    await ramping.pass_time(2 * HOUR)

    [event] = await ramping.events("plan_held")
    details = json.loads(str(event["details"]))
    assert (event["code"], details["step_result"]["code"]) == (
        "unavailable",
        "unavailable",
    )


async def test_a_held_ramp_is_told_again_on_three_working_days(
    ramping: Ramping,
) -> None:
    await ramping.begin()
    ramping.now += 5 * DAY
    await ramping.go_on()
    held_at = (await ramping.plan()).changed_at

    await ramping.pass_time(20 * DAY, HOUR)

    events = await ramping.events("plan_still_held")
    assert len(events) == TRIES
    assert {event["code"] for event in events} == {"late"}
    plan = await ramping.plan()
    assert (plan.state, plan.changed_at, plan.due_at) == (
        PlanState.HELD,
        held_at,
        None,
    )
    assert ramping.posts == []


async def test_of_two_bots_one_tells_again_that_a_ramp_is_held(
    ramping: Ramping,
) -> None:
    await ramping.begin()
    ramping.now += 5 * DAY
    await ramping.go_on()
    ramping.now += 4 * DAY

    await asyncio.gather(*(ramping.ramps.go_on() for _ in range(4)))

    assert len(await ramping.events("plan_still_held")) == 1


async def test_a_step_in_doubt_is_told_again_while_nobody_decides(
    ramping: Ramping,
) -> None:
    ramping.store.plan("change_rollout", Step(CUT, after_effect=True))
    ramping.store.plan("get_rollout", Step(), Step(), *[Step(AWAY)] * (TRIES + 1))
    await ramping.begin()
    await ramping.go_on()
    await ramping.go_on()
    assert (await ramping.plan()).reason is HoldReason.UNKNOWN

    await ramping.pass_time(10 * DAY, HOUR)

    assert len(await ramping.events("plan_held")) == 1
    assert len(await ramping.events("plan_still_held")) == TRIES
