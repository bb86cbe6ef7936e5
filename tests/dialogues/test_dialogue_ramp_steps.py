"""Steps of ramps by a whole bot: in their window, shown, and beaten by a halt."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from bot.db.plans import SqlPlanRepository
from bot.domain.due_steps import DuePlan
from bot.domain.plans import Plan, PlanEnd, PlanState
from bot.domain.results import AlreadyDone, Done
from bot.engine import EngineTiming
from bot.sandbox.server import Sandbox
from bot.sandbox.store.journal import Entry
from bot.sandbox.store.seed import MAIL
from tests.dialogues.conversation import FAST, UNLIMITED, Conversation
from tests.dialogues.shared_clock import SharedClock
from tests.dialogues.test_dialogue_ramps import becomes, newest, press_start
from tests.slack_users import ANN, BEN

pytestmark = pytest.mark.asyncio(loop_scope="module")

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = "/rollout ramp mail 10 25 50 100 zone Europe/Berlin"
SOON = "/rollout ramp mail 10 25 50 every 1h days all hours all"
GAP = timedelta(days=1)
MINUTE = timedelta(minutes=1)
LAST_STEP = text("SELECT id FROM operations ORDER BY authorised_at DESC LIMIT 1")
SEEDS = 10


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


class Rounds:
    """Counts how often the bot has looked for what is due of its ramps."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.number = 0
        look = SqlPlanRepository.due_plans

        async def counted(
            plans: SqlPlanRepository, now: datetime, most: int
        ) -> Sequence[DuePlan]:
            due = await look(plans, now, most)
            self.number += 1
            return due

        patch.setattr(SqlPlanRepository, "due_plans", counted)

    async def pass_by(self, chat: Conversation) -> None:
        """Wait until the bot has looked with the time that it is now."""
        after = self.number + 2
        await chat.until(lambda: self.number >= after)


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> Rounds:
    return Rounds(monkeypatch)


def next_friday() -> datetime:
    """Return a Friday's 15:30 in Berlin, in a week in which no clock is changed."""
    day = datetime.now(BERLIN).date() + timedelta(days=1)
    while True:
        at = datetime.combine(day, time(15, 30), BERLIN)
        unchanged = at.utcoffset() == (at + timedelta(days=6)).utcoffset()
        if day.weekday() == 4 and unchanged:
            return at.astimezone(UTC)
        day += timedelta(days=1)


async def begin(chat: Conversation, line: str) -> list[datetime]:
    """Publish at 5 %, start a ramp, and return when its steps are sent, as they are."""
    chat.sandbox.store.publish(MAIL, percentage=5.0)
    sent: list[datetime] = []

    async def take_time(entry: Entry) -> None:
        if entry.operation == "set":
            sent.append(chat.clock())

    chat.sandbox.store.pipeline.before = take_time
    await chat.say(BEN, f"/rollout alias add mail {MAIL}")
    await chat.say(ANN, line)
    await press_start(chat)
    return sent


async def go_to(chat: Conversation, at: datetime) -> None:
    chat.clock.ahead += at - chat.clock()


async def shown_before_the_gap(chat: Conversation, plan: Plan) -> None:
    """Check that the gap counts from when the Store has shown the last step."""
    shown_at = plan.gap_over_at - GAP
    operation = await chat.repositories.operations.get_operation(await last_step(chat))
    assert operation is not None
    assert isinstance(operation.result, Done | AlreadyDone)
    assert operation.finished_at == shown_at
    assert operation.authorised_at < shown_at


async def test_a_ramp_of_four_steps_is_sent_on_friday_monday_tuesday_and_wednesday(
    chat: Conversation, rounds: Rounds
) -> None:
    friday = next_friday()
    await go_to(chat, friday)
    sent = await begin(chat, WEEK)
    plan = await becomes(chat, PlanState.RUNNING, 1)
    steps = (10.0, 25.0, 50.0)
    for number, (days, percentage) in enumerate(zip((3, 4, 5), steps, strict=True), 1):
        assert chat.rollout(MAIL).percentage == percentage
        await shown_before_the_gap(chat, plan)
        # The window opens at 9.
        opens = friday + timedelta(days=days) - timedelta(hours=6, minutes=30)
        due_at = max(opens, plan.gap_over_at)
        assert plan.due_at == due_at
        assert due_at - opens < MINUTE
        for closed in (friday + timedelta(days=number) + MINUTE, due_at - MINUTE):
            await go_to(chat, min(closed, due_at - MINUTE))
            await rounds.pass_by(chat)
            assert len(sent) == number
        if number == 2:
            # The answer is lost: it counts when the Store has shown the step.
            chat.sandbox.store.arm("set", "504_after_effect")
        await go_to(chat, due_at)
        state = PlanState.RUNNING if number < 3 else PlanState.ENDED
        plan = await becomes(chat, state, number + 1)

    assert plan.reason is PlanEnd.DONE
    assert chat.rollout(MAIL).percentage == 100
    names = [at.astimezone(BERLIN).strftime("%a") for at in sent]
    assert names == ["Fri", "Mon", "Tue", "Wed"]
    assert all(time(9) <= at.astimezone(BERLIN).time() < time(16) for at in sent)
    assert len(chat.writes()) == len(chat.sandbox.store.effects()) == 4
    await go_to(chat, plan.changed_at + timedelta(days=6))
    await rounds.pass_by(chat)
    assert len(sent) == 4


async def last_step(chat: Conversation) -> str:
    """Return the id of the operation of the last step."""
    [row] = await chat.database.run(LAST_STEP)
    return str(row.id)


async def test_a_halt_that_is_pressed_as_a_step_is_due_wins(
    chat: Conversation,
) -> None:
    outcomes = set()
    for seed in range(SEEDS):
        outcomes.add(await race(chat, seed))
        chat.clock.forward(1)
    assert outcomes <= {("set", "halt"), ("set", "set", "halt")}


async def race(chat: Conversation, seed: int) -> tuple[str, ...]:
    """Press a halt in the moment in which a step is due; return what was sent."""
    chance = random.Random(seed)  # noqa: S311 - it decides nothing secret
    chat.sandbox.store.requests.clear()
    await begin(chat, SOON)
    plan = await becomes(chat, PlanState.RUNNING, 1)
    assert plan.due_at is not None
    await go_to(chat, plan.due_at - MINUTE)
    await chat.say(ANN, "/rollout halt mail")

    async def after(wait: float, act: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(wait)
        await act()

    due_at = plan.due_at
    await asyncio.gather(
        after(0, lambda: go_to(chat, due_at)),
        after(chance.random() / 8, lambda: chat.press(BEN, "Halt rollout")),
    )

    async def is_over() -> bool:
        known = await newest(chat)
        return known.state is PlanState.ENDED and known.due_at is None

    async with asyncio.timeout(60):
        while not (await is_over() and await everything_is_over(chat)):
            await asyncio.sleep(0.01)
    over = await newest(chat)
    assert (over.id, over.reason) == (plan.id, PlanEnd.HALTED), seed
    assert chat.rollout(MAIL).status == "PackageRolloutStopped", seed
    sent = tuple(one.operation for one in chat.sandbox.store.effects())
    assert sent[-1] == "halt", (seed, sent)
    assert sent.count("halt") == 1, (seed, sent)
    return sent


async def everything_is_over(chat: Conversation) -> bool:
    later = chat.clock() + timedelta(days=1)
    return not await chat.repositories.operations.open_operations(later)
