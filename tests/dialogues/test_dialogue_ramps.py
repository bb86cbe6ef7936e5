"""Ramps as people ask for them, start them and see them go on."""

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.plans import HoldReason, Plan, PlanEnd, PlanState
from bot.domain.rules import Rule, SecondPerson
from bot.domain.submissions import Target
from bot.engine import EngineTiming
from bot.sandbox.server import Sandbox
from bot.sandbox.store.seed import MAIL
from tests.dialogues.conversation import (
    DONE_WITHIN,
    FAST,
    HTTP,
    UNLIMITED,
    Conversation,
)
from tests.dialogues.following import MAIL_102, looked_since
from tests.dialogues.shared_clock import SharedClock
from tests.dialogues.under_rules import agree
from tests.slack_users import ANN, BEN, DEE, GIL, IN_GAMES, IN_MAIL, labels, texts

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("way", [HTTP], indirect=True, scope="module"),
]

DAY = 24 * 60
# Open at any time, so that no step waits for the day on which the tests run.
ANY_TIME = "every 1d days all hours all"
RAMP = f"/rollout ramp mail 25 50 100 {ANY_TIME}"
_POLL = 0.01


@pytest.fixture(scope="module")
def store_limit() -> str:
    return UNLIMITED


@pytest.fixture(scope="module")
def clock(sandbox: Sandbox) -> SharedClock:
    """The Store's clock goes ahead with the bot's."""
    return SharedClock(sandbox.clock)


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.02)


async def newest(chat: Conversation) -> Plan:
    """Return the ramp that was started last."""
    request = next(one for one in await chat.requests() if one.terms is not None)
    plan = await chat.repositories.plans.get_plan(request.id)
    assert plan is not None
    return plan


async def becomes(chat: Conversation, state: PlanState, step: int) -> Plan:
    """Wait until the ramp has this state, and so many steps behind it."""
    async with asyncio.timeout(DONE_WITHIN):
        while True:
            plan = await newest(chat)
            settled = plan.operation_id is None or state is PlanState.ENDED
            if (plan.state, plan.step) == (state, step) and settled:
                return plan
            await asyncio.sleep(_POLL)


async def ask(chat: Conversation, line: str = RAMP, who: str = ANN) -> None:
    """Name the app, and ask for a ramp of it."""
    await name_app(chat)
    await chat.say(who, line)


async def name_app(chat: Conversation, channel: str = IN_MAIL) -> None:
    await chat.say(BEN, f"/rollout alias add mail {MAIL}", channel)


async def card(chat: Conversation) -> dict[str, Any]:
    """Return the newest card of a request; boards may be posted at any time."""
    newest_request, *_ = await chat.requests()
    return next(one for one in chat.cards() if one["ts"] == newest_request.card)


async def start(chat: Conversation, line: str = RAMP) -> Plan:
    """Ask for a ramp, start it, and wait until its first step is shown."""
    await ask(chat, line)
    await press_start(chat)
    return await becomes(chat, PlanState.RUNNING, 1)


async def press_start(chat: Conversation, who: str = BEN) -> None:
    shown = await card(chat)
    await chat.press_on(who, shown, start_label(shown))
    await chat.quiet()


def start_label(card: dict[str, Any]) -> str:
    """Return the label of the button that starts the ramp of a card."""
    return labels(card)[0]


def percentages(chat: Conversation) -> list[float]:
    """Return what was sent to the Store, in order."""
    return [float(str(entry.query).rpartition("=")[2]) for entry in chat.writes()]


async def test_a_ramp_goes_from_the_card_to_its_last_step(chat: Conversation) -> None:
    await ask(chat)
    [request] = await chat.requests()
    assert request.terms is not None
    zone = chat.slack.workspace.directory.people[ANN].timezone
    assert request.terms.window.zone == zone
    assert chat.writes() == []

    await press_start(chat)
    assert labels(await card(chat)) == []
    await becomes(chat, PlanState.RUNNING, 1)
    assert chat.rollout(MAIL).percentage == 25

    chat.clock.forward(DAY)
    await becomes(chat, PlanState.RUNNING, 2)
    assert chat.rollout(MAIL).percentage == 50

    chat.clock.forward(DAY)
    over = await becomes(chat, PlanState.ENDED, 3)
    assert over.reason is PlanEnd.DONE
    assert chat.rollout(MAIL).percentage == 100
    assert chat.rollout(MAIL).status == "PackageRolloutInProgress"
    assert len(chat.writes()) == 3


async def answer(
    chat: Conversation, line: str, who: str = ANN, channel: str = IN_MAIL
) -> str:
    """Type a command about ramps, and return what this person alone is told.

    A guest has no slash command.
    """
    before = len(chat.told(who, channel))
    begin = "@Rollout" if who == GIL else "/rollout"
    await chat.say(who, f"{begin} ramp {line}", channel)
    told = chat.told(who, channel)[before:]
    assert len(told) == 1, told
    return told[0]


async def test_each_step_is_recorded_with_its_ramp(chat: Conversation) -> None:
    await name_app(chat)
    await looked_since(chat, None, MAIL)
    plan = await start(chat)

    events = await chat.database.run(text("SELECT * FROM events ORDER BY id"))
    of_plan = [each for each in events if each.request_id == plan.id]

    kinds = ["asked", "approved", "plan_started", "plan_step", "started", "ended"]
    assert [each.kind for each in of_plan] == kinds
    step = f"{plan.id}-1"
    assert all(str(each.operation_id).startswith(step) for each in of_plan[3:])
    [seen] = await chat.repositories.watching.list_observed([Target("main", MAIL)])
    assert seen.seen is not None
    assert seen.seen.rollout.percentage == 25
    # No message of its own: the board and its thread tell of the step.
    assert (await card(chat))["replies"] == []


NO_RAMPS = (
    "mail 50 25",
    "mail 0 50",
    "mail 50 120",
    "mail 50 every 10m",
    "mail 50 every 60d",
    "mail 50 zone Nowhere/Town",
    "mail 50 then finalize",
    "mail 5 10",
    "mail 50 hours 9-9",
    "mail 10 11 12 13 14 15 16 17 18 19 20 21 22",
    "mail soon",
    "male 50",
)


async def test_what_cannot_be_a_ramp_gets_no_card(chat: Conversation) -> None:
    await name_app(chat)

    for line in NO_RAMPS:
        assert await answer(chat, line), line

    assert await chat.requests() == []
    assert chat.writes() == []


async def test_there_is_one_ramp_of_an_app_at_a_time(chat: Conversation) -> None:
    await ask(chat)
    first = await card(chat)
    await chat.say(ANN, f"/rollout ramp mail 30 60 {ANY_TIME}")
    second = await card(chat)
    assert first["ts"] != second["ts"]
    assert len(await chat.requests()) == 2

    await press_start(chat)
    await becomes(chat, PlanState.RUNNING, 1)
    told = len(chat.told(ANN))
    await chat.press_on(ANN, first, start_label(first))
    await chat.quiet()

    # A press that starts nothing says so, and leaves the card as it is.
    assert len(chat.told(ANN)) == told + 1
    requests = await chat.requests()
    assert sorted(one.state for one in requests) == ["authorised", "pending"]
    assert await answer(chat, f"mail 60 {ANY_TIME}")
    assert len(await chat.requests()) == 2
    assert percentages(chat) == [30]


async def test_a_guest_starts_no_ramp_and_changes_none(chat: Conversation) -> None:
    plan = await start(chat)
    await name_app(chat, IN_GAMES)

    for line in (f"mail 60 {ANY_TIME}", "mail pause", "mail stop"):
        assert "own workspace" in await answer(chat, line, GIL, IN_GAMES)

    assert await newest(chat) == plan
    assert "own workspace" not in await answer(chat, "mail", GIL, IN_GAMES)


async def test_a_channel_without_the_app_starts_no_ramp_and_stops_none(
    chat: Conversation,
) -> None:
    plan = await start(chat)

    for line in (f"{MAIL} pause", f"{MAIL} stop", f"{MAIL} 60 {ANY_TIME}"):
        assert "does not control" in await answer(chat, line, BEN, IN_GAMES)

    assert await newest(chat) == plan
    assert await chat.requests(IN_GAMES) == []


async def test_under_a_lock_no_ramp_begins_and_the_next_step_waits(
    chat: Conversation,
) -> None:
    await name_app(chat)
    await chat.say(BEN, "/rollout lock mail for 2d freeze")
    assert "Nobody can finalize or set `mail` now" in await answer(chat, "mail 25 50")
    assert await chat.requests() == []
    await chat.say(BEN, "/rollout unlock mail")

    await ask(chat)
    shown = await card(chat)
    await chat.say(BEN, "/rollout lock mail for 2d freeze")
    await chat.press_on(BEN, shown, start_label(shown))
    await chat.quiet()
    assert "🔒" in texts(await card(chat))
    assert chat.writes() == []
    await chat.say(BEN, "/rollout unlock mail")
    await chat.press_on(BEN, shown, start_label(shown))
    await becomes(chat, PlanState.RUNNING, 1)

    await chat.say(BEN, "/rollout lock mail for 3d freeze")
    chat.clock.forward(DAY)
    waits = await until_due_again(chat)
    assert percentages(chat) == [25]
    assert waits.due_at is not None
    await chat.say(BEN, "/rollout unlock mail")
    await becomes(chat, PlanState.RUNNING, 2)
    assert percentages(chat) == [25, 50]


async def until_due_again(chat: Conversation) -> Plan:
    """Wait until the step that is due was judged, and has to wait."""
    async with asyncio.timeout(DONE_WITHIN):
        while (plan := await newest(chat)).due_at is None or (
            plan.due_at <= chat.clock()
        ):
            await asyncio.sleep(_POLL)
    return plan


@pytest.mark.parametrize("end", ["", " then finalize"])
async def test_a_rule_for_a_second_person_holds_for_ramps(
    chat: Conversation, end: str
) -> None:
    await name_app(chat)
    second = SecondPerson.YES
    await agree(chat, Rule(finalize=second) if end else Rule(set=second))
    await chat.say(ANN, f"{RAMP}{end}")
    shown = await card(chat)

    told = len(chat.told(ANN))
    await press_start(chat, ANN)
    assert len(chat.told(ANN)) == told + 1
    [request] = await chat.requests()
    assert request.needs_another
    assert request.state == "pending"

    await chat.press_on(BEN, shown, start_label(shown))
    plan = await becomes(chat, PlanState.RUNNING, 1)
    assert plan.started_by == BEN


async def test_a_rule_for_finalize_alone_does_not_hold_what_ends_at_a_percentage(
    chat: Conversation,
) -> None:
    await name_app(chat)
    await agree(chat, Rule(finalize=SecondPerson.YES))
    await chat.say(ANN, RAMP)

    await press_start(chat, ANN)

    assert (await becomes(chat, PlanState.RUNNING, 1)).started_by == ANN


async def test_a_ramp_that_finalizes_does_so_a_gap_after_its_last_percentage(
    chat: Conversation,
) -> None:
    await start(chat, f"/rollout ramp mail 100 {ANY_TIME} then finalize")
    assert chat.rollout(MAIL).status == "PackageRolloutInProgress"

    chat.clock.forward(DAY)
    over = await becomes(chat, PlanState.ENDED, 2)

    assert over.reason is PlanEnd.DONE
    assert chat.rollout(MAIL).status == "PackageRolloutComplete"


async def test_a_ramp_is_paused_resumed_and_stopped_by_command(
    chat: Conversation,
) -> None:
    await start(chat)
    assert await answer(chat, "mail pause crash seen", BEN)
    chat.clock.forward(3 * DAY)
    plan = await newest(chat)
    assert (plan.state, plan.changed_by, plan.due_at) == (PlanState.PAUSED, BEN, None)

    assert await answer(chat, "mail resume")
    resumed = await newest(chat)
    assert resumed.state is PlanState.RUNNING
    # The gap that was left when it was paused is left still.
    assert resumed.due_at is not None
    left = resumed.due_at - chat.clock()
    assert timedelta(hours=23) < left < timedelta(days=1)

    assert await answer(chat, "mail stop", BEN)
    over = await becomes(chat, PlanState.ENDED, 1)
    assert (over.reason, over.changed_by) == (PlanEnd.STOPPED, BEN)
    chat.clock.forward(3 * DAY)
    assert await answer(chat, "mail pause")
    assert await answer(chat, "")
    assert percentages(chat) == [25]


async def test_a_halt_ends_the_ramp_before_it_is_sent(chat: Conversation) -> None:
    await start(chat)
    await chat.say(BEN, "/rollout halt mail crash on start")
    await chat.press(BEN, "Halt rollout")

    over = await becomes(chat, PlanState.ENDED, 1)

    assert (over.reason, over.changed_by) == (PlanEnd.HALTED, BEN)
    chat.clock.forward(3 * DAY)
    assert await answer(chat, "mail")
    assert chat.rollout(MAIL).status == "PackageRolloutStopped"
    assert len(chat.writes()) == 2


async def test_what_the_card_shows_no_more_is_held_before_anything_is_sent(
    chat: Conversation,
) -> None:
    # Nothing is due for a day, and yet it is found at once.
    week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    zone = "zone UTC"
    tomorrow = week[(chat.clock() + timedelta(days=2)).astimezone(UTC).weekday()]
    await ask(chat, f"/rollout ramp mail 25 50 days {tomorrow} {zone}")
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, 40.0)

    await press_start(chat)
    plan = await becomes(chat, PlanState.HELD, 0)

    assert plan.reason is HoldReason.CHANGED_ELSEWHERE
    assert chat.writes() == []


async def test_without_its_alias_a_ramp_goes_on_and_is_named(
    chat: Conversation,
) -> None:
    await start(chat)
    before = len(chat.told(ANN))

    await chat.say(ANN, "/rollout alias remove mail")

    [told] = chat.told(ANN)[before:]
    assert "The alias `mail` is removed." in told
    assert "Its ramp is not touched" in told
    assert f"`/rollout ramp {MAIL} stop`" in told
    chat.clock.forward(DAY)
    await becomes(chat, PlanState.RUNNING, 2)
    assert percentages(chat) == [25, 50]
    assert await answer(chat, f"{MAIL} stop")
    await becomes(chat, PlanState.ENDED, 2)


async def test_the_zone_of_somebody_whom_slack_does_not_place_is_utc(
    chat: Conversation,
) -> None:
    people = chat.slack.workspace.directory.people
    people[DEE] = replace(people[DEE], timezone="")
    await ask(chat, RAMP, DEE)

    [request] = await chat.requests()
    assert request.terms is not None
    assert request.terms.window.zone == "UTC"
    assert request.terms.zone_assumed
