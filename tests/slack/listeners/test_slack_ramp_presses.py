"""The buttons about a ramp: taken once, of one who may, and for that ramp alone."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.events import EventKind
from bot.domain.outcomes import Denial
from bot.domain.plan_changes import held, paused
from bot.domain.plans import HoldReason, Plan, PlanEnd, PlanState
from bot.domain.ramp_commands import PlanAction
from bot.domain.requests import Place
from bot.sandbox.slack.directory import BOT_ID
from bot.slack.ids import RAMP_BLOCK, HeldRamp, held_value
from bot.slack.messages.ramp_buttons import ramp_buttons
from tests.fakes import MAIL
from tests.fakes.plans import FRIDAY, shown, started
from tests.slack.signed_requests import send
from tests.slack.slack_harness import Bot, fail, untouched
from tests.slack_users import ANN, BEN, GIL, IN_GAMES, IN_MAIL, TEAM
from tests.translators import ENGLISH

PAUSE = "Pause ramp"


def ramp(bot: Bot, state: PlanState = PlanState.RUNNING) -> Plan:
    """Let the app have a ramp in this state, at 25 %."""
    begun = started(target=MAIL)
    place = Place(TEAM, IN_MAIL)
    plan = replace(begun, place=place, step=1, percentage=25.0)
    if state is PlanState.PAUSED:
        plan = paused(plan, BEN, FRIDAY)
    elif state is PlanState.HELD:
        plan = held(plan, HoldReason.LATE, FRIDAY)
    bot.parts.repositories.plans.kept[MAIL] = plan
    return plan


def kept(bot: Bot) -> Plan:
    return bot.parts.repositories.plans.kept[MAIL]


def post(bot: Bot, plan: Plan, channel: str = IN_MAIL) -> None:
    """Post a message with the ramp's buttons, as its board has them."""
    elements = [
        {**button.to_dict(), "action_id": button.action_id}
        for button in ramp_buttons(ENGLISH, plan, plan.percentage)
    ]
    row = {"type": "actions", "block_id": RAMP_BLOCK, "elements": elements}
    bot.slack.workspace.post(channel, "board", [row])


def press(
    action: str = "ramp_pause", value: object = None, **changed: object
) -> dict[str, Any]:
    """Return a press by Ann, as Slack sends it, with the parts that are changed."""
    return {
        "type": "block_actions",
        "trigger_id": "1800000000000.1.0f0f0f0f",
        "team": {"id": TEAM},
        "user": {"id": ANN, "team_id": TEAM},
        "channel": {"id": IN_MAIL},
        "container": {"message_ts": "1.1", "channel_id": IN_MAIL},
        "message": {"ts": "1.1", "bot_id": BOT_ID},
        "actions": [{"action_id": action, "block_id": RAMP_BLOCK, "value": value}],
        **changed,
    }


@pytest.mark.parametrize(
    ("before", "label", "state", "reason"),
    [
        (PlanState.RUNNING, PAUSE, PlanState.PAUSED, None),
        (PlanState.PAUSED, "Resume ramp", PlanState.RUNNING, None),
        (PlanState.PAUSED, "Stop ramp", PlanState.ENDED, PlanEnd.STOPPED),
        (PlanState.HELD, "Stop ramp", PlanState.ENDED, PlanEnd.STOPPED),
        (PlanState.HELD, "Go on from 25 %", PlanState.RUNNING, None),
    ],
)
async def test_a_press_changes_the_ramp_and_says_so_to_whoever_pressed(
    bot: Bot, before: PlanState, label: str, state: PlanState, reason: PlanEnd | None
) -> None:
    bot.parts.store.publish(MAIL, shown(25))
    post(bot, ramp(bot, before))

    await bot.press(ANN, label)

    plan = kept(bot)
    assert (plan.state, plan.reason, plan.changed_by) == (state, reason, ANN)
    assert len(bot.told(ANN)) == 1
    assert bot.requests == []
    assert bot.parts.store.effects == 0


async def test_a_guest_changes_no_ramp(bot: Bot) -> None:
    plan = ramp(bot)
    post(bot, plan, IN_GAMES)

    await bot.press(GIL, PAUSE, IN_GAMES)

    assert kept(bot) == plan
    assert "Only members" in bot.told(GIL, IN_GAMES)[0]
    (refused,) = bot.parts.events.log
    assert (refused.kind, refused.code) == (EventKind.REFUSED, Denial.OTHER_WORKSPACE)


async def test_an_old_button_does_nothing_to_a_later_ramp(bot: Bot) -> None:
    old = ramp(bot)
    post(bot, old)
    later = replace(old, id="p2")
    bot.parts.repositories.plans.kept[MAIL] = later

    await bot.press(ANN, PAUSE)

    assert kept(bot) == later
    assert len(bot.told(ANN)) == 1


async def test_the_second_delivery_of_a_press_does_nothing(bot: Bot) -> None:
    plan = ramp(bot)
    value = held_value(HeldRamp(plan.id, MAIL, 25.0))

    for _ in range(2):
        assert await send(bot, press(value=value)) == (200, "")
    await bot.quiet()

    assert kept(bot).state is PlanState.PAUSED
    assert len(bot.told(ANN)) == 1


@pytest.mark.parametrize(
    "value",
    [
        *(None, 7, "", "x", "p1", "p1 25", "p1 25 main", "p1 x main/9N/"),
        *("p1 25.0 main/9N", ["p1 25.0 main/9N/"], "p1 25.0 " + "a" * 2000),
    ],
)
@pytest.mark.parametrize(
    "action", ["ramp_go_on", *(f"ramp_{one}" for one in PlanAction)]
)
async def test_a_value_that_names_no_ramp_is_answered(
    bot: Bot, action: str, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    plan = ramp(bot)

    assert await send(bot, press(action, value)) == (200, "")
    await bot.quiet()

    assert kept(bot) == plan
    assert "nothing was done" in bot.told(ANN)[0]
    assert not [record for record in caplog.records if record.exc_info]


async def test_an_action_that_is_none_of_ours_is_taken_and_does_nothing(
    bot: Bot,
) -> None:
    assert await send(bot, press("ramp_explode", "p1 25.0 main/9N/")) == (200, "")
    await bot.quiet()

    assert untouched(bot)


async def test_a_press_without_a_channel_is_dropped(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bot.slack")

    assert await send(bot, press(channel={}, container={})) == (200, "")
    await bot.quiet()

    assert untouched(bot)
    assert "a press about a ramp without person or channel is dropped" in caplog.text


async def test_a_press_that_comes_while_the_bot_ends_is_to_be_made_again(
    bot: Bot,
) -> None:
    plan = ramp(bot)
    post(bot, plan)
    bot.tasks.close()

    await bot.press(ANN, PAUSE)

    assert kept(bot) == plan
    assert "Please press again" in bot.told(ANN)[0]


async def test_a_press_without_a_database_is_answered(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = ramp(bot)
    post(bot, plan)
    fail(monkeypatch, bot.parts.repositories.plans, "live_plan")

    await bot.press(ANN, PAUSE)

    assert kept(bot) == plan
    assert "cannot reach my database" in bot.told(ANN)[0]
