"""Ramps as people ask for them, start them and see them go on."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.plans import Plan, PlanEnd, PlanState
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
from tests.dialogues.following import follow
from tests.dialogues.shared_clock import SharedClock
from tests.slack_users import ANN, BEN, IN_MAIL, labels

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("way", [HTTP], indirect=True, scope="module"),
]

ON_MAIL = Target("main", MAIL)
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
    """Ask for a ramp in a channel that has its board."""
    await follow(chat, IN_MAIL)
    await chat.say(who, line)


async def start(chat: Conversation, line: str = RAMP) -> Plan:
    """Ask for a ramp, start it, and wait until its first step is shown."""
    await ask(chat, line)
    await press_start(chat)
    return await becomes(chat, PlanState.RUNNING, 1)


async def press_start(chat: Conversation, who: str = BEN) -> None:
    [label] = [each for each in labels(chat.card()) if each != "Cancel"]
    await chat.press(who, label)


def percentages(chat: Conversation) -> list[float]:
    """Return what was sent to the Store, in order."""
    return [float(entry.path.rpartition("=")[2]) for entry in chat.writes()]


async def test_a_ramp_goes_from_the_card_to_its_last_step(chat: Conversation) -> None:
    await ask(chat)
    [request] = await chat.requests()
    assert request.terms is not None
    zone = chat.slack.workspace.directory.people[ANN].timezone
    assert request.terms.window.zone == zone
    assert chat.writes() == []

    await press_start(chat)
    assert labels(chat.card()) == []
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
