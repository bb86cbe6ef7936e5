"""How ramps go on, on a real database, by a clock that is moved."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.approval import Judgement
from bot.domain.failures import FailureCode, FailureDetail, UnavailableError
from bot.domain.locks import Lock
from bot.domain.plan_changes import gone_on, paused
from bot.domain.plan_events import plan_changed
from bot.domain.plan_terms import PlanTerms
from bot.domain.plans import HoldReason, Plan, PlanEnd, PlanState
from bot.domain.requests import Request
from bot.domain.results import Unavailable
from bot.domain.rollout import COMPLETE, STOPPED, Change, Rollout
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from bot.service import OperationExecutor
from bot.service.attempt import Inconclusive
from bot.service.plans import Ramps
from tests.fakes import FakeStarter, FakeStore, Step
from tests.fakes.plans import BERLIN, DAY, FRIDAY, TERMS, ramp_request, shown
from tests.fakes.samples import BETA, BOB, MAIL, MAIN, PLACE, asked, ref_of

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CUT = UnavailableError(FailureDetail(FailureCode.TIMEOUT), may_have_acted=True)
AWAY = UnavailableError(FailureDetail(FailureCode.TIMEOUT))
TRIES = 3


class Ramping:
    """A Store, a database and what carries out ramps, on one clock.

    An operation that is started runs at once, and takes four seconds.
    """

    def __init__(self, database: Database) -> None:
        self.now = FRIDAY
        self.database = database
        self.repositories = SqlRepositories(database)
        self.store = FakeStore()
        for target in (MAIL, BETA):
            self.store.publish(target, shown(5))
        self.starter = FakeStarter()
        self.executor = OperationExecutor(
            {MAIN: self.store}, self.repositories.operations, lambda: self.now
        )
        self.posts: list[tuple[datetime, Change | None]] = []

    @property
    def ramps(self) -> Ramps:
        """What carries out the ramps: each replica has one."""
        plans, locks = self.repositories.plans, self.repositories.locks
        start = self.starter.start_operation
        return Ramps({MAIN: self.store}, plans, locks, start, lambda: self.now)

    async def begin(
        self, terms: PlanTerms = TERMS, target: Target = MAIL, name: str = "p1"
    ) -> None:
        request = ramp_request(terms, target, name, self.now)
        await self.repositories.requests.add_request(request)
        await self.press(name)

    async def press(self, name: str) -> None:
        async def judge(request: Request, _: object) -> Judgement:
            return Judgement(version=None if request.change.verb is Verb.HALT else 0)

        pressed = await self.repositories.requests.approve_request(
            name, BOB, "1700.1", self.now, judge=judge
        )
        assert pressed is not None

    async def halt(self) -> None:
        request = asked(Change(Verb.HALT), rollout=shown(5))
        request = replace(request, asked_at=self.now, expires_at=self.now + HOUR)
        await self.repositories.requests.add_request(request)
        await self.press("r1")

    async def go_on(self) -> None:
        """Let one round of the job run, and what it has started."""
        await self.ramps.go_on()
        started, self.starter.started = self.starter.started, []
        for operation in started:
            before = len(self.store.writes)
            found = await self.executor.execute(operation)
            for _ in range(TRIES):
                if not isinstance(found, Inconclusive):
                    break
                known = await self.repositories.operations.get_operation(operation.id)
                assert known is not None
                found = await self.executor.execute(known, found)
            known = await self.repositories.operations.get_operation(operation.id)
            assert known is not None
            if isinstance(found, Inconclusive):
                found = await self.executor.conclude(known, found)
            self.posts += [
                (self.now, call.change) for call in self.store.writes[before:]
            ]
            self.now += timedelta(seconds=4)
            await self.repositories.operations.finish_operation(known, found, self.now)

    async def pass_time(self, time: timedelta, step: timedelta = 10 * MINUTE) -> None:
        """Let time pass, with a bot that is there."""
        until = self.now + time
        while self.now < until:
            self.now += step
            await self.go_on()

    async def plan(self, name: str = "p1") -> Plan:
        plan = await self.repositories.plans.get_plan(name)
        assert plan is not None
        return plan

    async def save(self, change: Callable[[Plan], Plan]) -> None:
        plan = await self.plan()
        after = change(plan)
        assert await self.repositories.plans.save_plan(plan, after, plan_changed(after))

    @property
    def raised(self) -> list[float | None]:
        """The percentages that were sent, in order."""
        return [change.percentage for _, change in self.posts if change]

    async def events(self, kind: str) -> list[dict[str, object]]:
        rows = await self.database.run(
            text(
                "SELECT details, code, actor FROM events WHERE kind = :kind ORDER BY id"
            ),
            {"kind": kind},
        )
        return [dict(row._mapping) for row in rows]


@pytest.fixture
def ramping(database: Database) -> Ramping:
    return Ramping(database)


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    zone = ZoneInfo("Europe/Berlin")
    return datetime(2026, 11, day, hour, minute, tzinfo=zone).astimezone(UTC)


async def test_a_ramp_raises_the_percentage_on_four_days(ramping: Ramping) -> None:
    # Acceptance: from 5 %, started on a Friday at 15:30 in Berlin.
    await ramping.begin(BERLIN)

    await ramping.go_on()
    await ramping.pass_time(6 * DAY)

    assert [(at, change and change.percentage) for at, change in ramping.posts] == [
        (berlin(20, 15, 30), 10.0),
        (ramping.posts[1][0], 25.0),
        (ramping.posts[2][0], 50.0),
        (ramping.posts[3][0], 100.0),
    ]
    for (at, _), day in zip(ramping.posts[1:], (23, 24, 25), strict=True):
        assert berlin(day, 9) <= at < berlin(day, 9, 40)
    plan = await ramping.plan()
    assert (plan.state, plan.reason, plan.percentage) == (
        PlanState.ENDED,
        PlanEnd.DONE,
        100,
    )
    assert len(await ramping.events("plan_step")) == 4
    [end] = await ramping.events("plan_ended")
    assert (end["code"], end["actor"]) == ("done", None)


async def test_a_ramp_that_finalizes_does_so_a_gap_later(ramping: Ramping) -> None:
    await ramping.begin(replace(TERMS, steps=(100.0,), finalizes=True))

    await ramping.go_on()
    await ramping.pass_time(DAY - HOUR, HOUR)
    assert ramping.raised == [100.0]
    await ramping.pass_time(3 * HOUR)

    assert [change and change.verb for _, change in ramping.posts] == [
        Verb.SET,
        Verb.FINALIZE,
    ]
    assert ramping.store.rollouts[ref_of()].status == COMPLETE
    assert (await ramping.plan()).reason is PlanEnd.DONE


async def test_a_flight_has_a_ramp_of_its_own(ramping: Ramping) -> None:
    await ramping.begin(target=BETA)

    await ramping.go_on()

    assert ramping.store.rollouts[ref_of(BETA)].percentage == 10
    assert ramping.store.rollouts[ref_of()].percentage == 5


async def test_after_two_hours_away_one_step_comes_late_and_says_so(
    ramping: Ramping,
) -> None:
    await ramping.begin(replace(TERMS, gap=HOUR))
    ramping.now += 2 * HOUR + 30 * MINUTE

    for _ in range(3):
        await ramping.go_on()

    assert ramping.raised == [10.0]
    [step] = await ramping.events("plan_step")
    assert '"late": 9000.0' in str(step["details"])


async def test_after_five_days_away_a_person_decides(ramping: Ramping) -> None:
    await ramping.begin()
    ramping.now += 5 * DAY

    await ramping.pass_time(HOUR)

    assert (ramping.posts, ramping.store.calls) == ([], [])
    plan = await ramping.plan()
    assert (plan.state, plan.reason) == (PlanState.HELD, HoldReason.LATE)


async def test_a_percentage_changed_by_hand_is_found_before_anything_is_sent(
    ramping: Ramping,
) -> None:
    await ramping.begin()
    await ramping.go_on()
    ramping.store.rollouts[ref_of()] = shown(40)

    await ramping.pass_time(3 * DAY, HOUR)

    assert ramping.raised == [10.0]
    assert (await ramping.plan()).reason is HoldReason.CHANGED_ELSEWHERE
    assert [one["code"] for one in await ramping.events("plan_held")] == [
        "changed_elsewhere"
    ]

    await ramping.save(lambda plan: gone_on(plan, "U1", ramping.now, 40.0))
    await ramping.go_on()
    assert ramping.raised == [10.0, 50.0]


@pytest.mark.parametrize(
    ("now", "state", "reason"),
    [
        (shown(40), PlanState.HELD, HoldReason.CHANGED_ELSEWHERE),
        (shown(5, STOPPED), PlanState.ENDED, PlanEnd.FOUND_HALTED),
        (shown(5), PlanState.RUNNING, None),
    ],
)
async def test_at_the_start_the_card_is_compared_with_the_store_though_a_step_waits(
    ramping: Ramping,
    now: Rollout,
    state: PlanState,
    reason: HoldReason | PlanEnd | None,
) -> None:
    ramping.now += HOUR
    ramping.store.rollouts[ref_of()] = now

    await ramping.begin(BERLIN)
    await ramping.go_on()
    reads = len(ramping.store.calls)

    plan = await ramping.plan()
    assert (plan.state, plan.reason) == (state, reason)
    await ramping.pass_time(DAY)
    assert (ramping.posts, len(ramping.store.calls)) == ([], reads)


async def test_a_store_that_is_away_at_the_start_costs_no_try_of_the_first_step(
    ramping: Ramping,
) -> None:
    ramping.now += HOUR
    ramping.store.plan("get_app", Step(AWAY))
    await ramping.begin(BERLIN)

    await ramping.go_on()
    assert (await ramping.plan()).tries == 1
    await ramping.pass_time(20 * MINUTE, MINUTE)

    plan = await ramping.plan()
    assert (plan.state, plan.tries) == (PlanState.RUNNING, 0)
    assert plan.due_at == datetime(2026, 11, 23, 8, tzinfo=UTC)


async def test_a_percentage_changed_at_the_last_moment_is_not_overwritten(
    ramping: Ramping,
) -> None:
    await ramping.begin()

    def by_hand() -> None:
        ramping.store.rollouts[ref_of()] = shown(40)

    # Behind the look of the plan, before that of the operation.
    ramping.store.plan("get_rollout", Step(), Step(meanwhile=by_hand))
    await ramping.go_on()
    await ramping.go_on()

    assert ramping.posts == []
    assert (await ramping.plan()).reason is HoldReason.MOVED


@pytest.mark.parametrize("reads", [True, False])
async def test_without_the_store_there_are_three_tries(
    ramping: Ramping, reads: bool
) -> None:
    name = "get_app" if reads else "change_rollout"
    ramping.store.plan(name, *[Step(AWAY)] * 20)
    await ramping.begin()

    await ramping.go_on()
    for minutes, tries in ((14, 1), (2, 2), (12, 2), (5, 0), (600, 0)):
        await ramping.pass_time(minutes * MINUTE, MINUTE)
        plan = await ramping.plan()
        assert plan.tries == tries, minutes
        assert (plan.state is PlanState.HELD) is (tries == 0)

    assert plan.reason is HoldReason.UNAVAILABLE
    assert ramping.store.effects == 0
    assert plan.step == 0


async def test_after_a_try_without_the_store_the_ramp_goes_on(ramping: Ramping) -> None:
    ramping.store.plan("get_app", Step(AWAY))
    await ramping.begin()

    await ramping.go_on()
    await ramping.pass_time(20 * MINUTE, MINUTE)

    assert ramping.raised == [10.0]
    assert (await ramping.plan()).tries == 0


async def test_while_our_clock_is_not_the_stores_there_are_three_tries_and_no_step(
    ramping: Ramping, caplog: pytest.LogCaptureFixture
) -> None:
    ramping.store.date = FRIDAY - HOUR
    await ramping.begin()

    await ramping.go_on()
    assert (await ramping.plan()).tries == 1
    await ramping.pass_time(HOUR, MINUTE)

    plan = await ramping.plan()
    assert (plan.state, plan.reason) == (PlanState.HELD, HoldReason.WRONG_CLOCK)
    assert ramping.raised == []
    assert "our clock is not the Store's" in caplog.text


async def test_a_step_that_a_crash_has_left_behind_is_judged_again_by_its_window(
    ramping: Ramping,
) -> None:
    await ramping.begin(BERLIN)
    await ramping.ramps.go_on()
    # Nobody is there until after the window.
    left, ramping.starter.started = ramping.starter.started, []
    ramping.now += 45 * MINUTE
    [operation] = left
    found = await ramping.executor.execute(operation)
    assert isinstance(found, Unavailable)
    await ramping.repositories.operations.finish_operation(
        operation, found, ramping.now
    )
    assert ramping.store.writes == []

    await ramping.pass_time(3 * DAY, HOUR)

    assert ramping.raised[:1] == [10.0]
    assert ramping.posts[0][0] >= berlin(23, 9)


async def test_steps_that_are_due_together_leave_the_stores_limit_to_people(
    ramping: Ramping,
) -> None:
    await ramping.begin(name="p1")
    await ramping.begin(target=BETA, name="p2")
    free = 4
    ramps = replace(ramping.ramps, spare=lambda: free)

    await ramps.go_on()
    [first] = ramping.starter.started
    [plan] = [await ramping.plan(name) for name in ("p1", "p2") if name not in first.id]
    # That is no delay of the bot's.
    assert (plan.state, plan.due_at) == (PlanState.RUNNING, FRIDAY + MINUTE)

    free = 0
    ramping.now += MINUTE
    await ramps.go_on()
    assert len(ramping.starter.started) == 1
    free = 1
    ramping.now += MINUTE
    await ramps.go_on()
    assert len(ramping.starter.started) == 2


async def test_an_unknown_holds_the_ramp_until_it_is_proved(ramping: Ramping) -> None:
    ramping.store.plan("change_rollout", Step(CUT, after_effect=True))
    ramping.store.plan("get_rollout", Step(), Step(), *[Step(AWAY)] * (TRIES + 1))
    await ramping.begin()

    await ramping.go_on()
    await ramping.go_on()
    held = await ramping.plan()
    assert (held.state, held.reason) == (PlanState.HELD, HoldReason.UNKNOWN)
    await ramping.pass_time(HOUR)

    # The follow-up of the engine reads it again.
    operation = await ramping.repositories.operations.get_operation(
        held.operation_id or ""
    )
    assert operation is not None
    proved = await ramping.executor.follow_up(operation)
    assert proved is not None
    await ramping.repositories.operations.finish_operation(
        operation, proved, ramping.now
    )
    await ramping.go_on()

    plan = await ramping.plan()
    assert (plan.state, plan.reason, plan.step) == (PlanState.RUNNING, None, 1)
    assert plan.due_at == ramping.now + DAY
    assert len(ramping.posts) == 1
    assert [one["actor"] for one in await ramping.events("plan_resumed")] == [None]


@pytest.mark.parametrize(
    ("status", "end"),
    [(STOPPED, PlanEnd.FOUND_HALTED), (COMPLETE, PlanEnd.FOUND_FINALIZED)],
)
async def test_what_is_over_without_us_ends_the_ramp(
    ramping: Ramping, status: str, end: PlanEnd
) -> None:
    await ramping.begin()
    ramping.store.rollouts[ref_of()] = shown(5, status)

    await ramping.go_on()

    assert (await ramping.plan()).reason is end
    assert ramping.posts == []


async def test_a_rollout_that_is_stopped_at_the_last_moment_ends_the_ramp(
    ramping: Ramping,
) -> None:
    await ramping.begin()

    def stop() -> None:
        ramping.store.rollouts[ref_of()] = shown(0, STOPPED)

    ramping.store.plan("change_rollout", Step(meanwhile=stop))
    await ramping.go_on()
    await ramping.go_on()

    assert (await ramping.plan()).reason is PlanEnd.FOUND_HALTED
    assert ramping.store.effects == 0


@pytest.mark.parametrize("submission", ["1152921504621243999", None])
async def test_a_new_submission_ends_the_ramp(
    ramping: Ramping, submission: str | None
) -> None:
    await ramping.begin()
    app = ramping.store.apps[MAIL.app_id]
    ramping.store.apps[MAIL.app_id] = replace(app, published_id=submission)

    await ramping.go_on()

    assert (await ramping.plan()).reason is PlanEnd.REPLACED
    assert ramping.store.names() == ["get_app"]


async def test_a_confirmed_halt_ends_the_ramp_and_its_end_is_told_once(
    ramping: Ramping,
) -> None:
    await ramping.begin()
    await ramping.halt()

    await ramping.pass_time(DAY, HOUR)

    assert ramping.posts == []
    plan = await ramping.plan()
    assert (plan.state, plan.reason, plan.changed_by) == (
        PlanState.ENDED,
        PlanEnd.HALTED,
        "U2",
    )
    assert [one["code"] for one in await ramping.events("plan_ended")] == ["halted"]


async def test_a_step_waits_for_the_end_of_a_lock(ramping: Ramping) -> None:
    await ramping.begin()
    lock = Lock(0, "T1", "C1", None, "freeze", "U1", ramping.now, ramping.now + HOUR)
    await ramping.repositories.locks.add_lock(lock, PLACE)

    await ramping.go_on()
    assert (await ramping.plan()).due_at == lock.ends_at
    await ramping.pass_time(50 * MINUTE)
    assert ramping.posts == []
    await ramping.pass_time(10 * MINUTE)

    assert ramping.raised == [10.0]
    [step] = await ramping.events("plan_step")
    assert '"late": null' in str(step["details"])


async def test_a_step_goes_on_when_its_lock_is_lifted(ramping: Ramping) -> None:
    await ramping.begin()
    await ramping.begin(target=BETA, name="p2")
    ends_at = ramping.now + 20 * DAY
    of_mail = Lock(0, "T1", "C1", MAIL, "freeze", "U1", ramping.now, ends_at)
    lock = await ramping.repositories.locks.add_lock(of_mail, PLACE)
    await ramping.go_on()
    assert {(await ramping.plan(name)).due_at for name in ("p1", "p2")} == {ends_at}

    ramping.now += 10 * DAY
    lifted = replace(lock, lifted_by="U1", lifted_at=ramping.now)
    assert await ramping.repositories.locks.lift_lock(lifted, PLACE)
    await ramping.go_on()

    assert ramping.raised == [10.0, 10.0]


async def test_a_paused_ramp_sends_nothing(ramping: Ramping) -> None:
    await ramping.begin()
    await ramping.save(lambda plan: paused(plan, "U1", ramping.now))

    await ramping.pass_time(2 * DAY, HOUR)

    assert (ramping.posts, ramping.store.calls) == ([], [])


async def test_the_time_is_looked_at_again_after_the_store_was_read(
    ramping: Ramping,
) -> None:
    await ramping.begin(BERLIN)

    def slowly() -> None:
        ramping.now += HOUR

    ramping.store.plan("get_rollout", Step(meanwhile=slowly))
    await ramping.go_on()

    assert ramping.posts == []
    assert (await ramping.plan()).due_at == berlin(23, 9)


async def test_a_process_that_slept_while_it_read_sends_nothing_days_later(
    ramping: Ramping,
) -> None:
    await ramping.begin()

    def for_days() -> None:
        ramping.now += 5 * DAY

    ramping.store.plan("get_rollout", Step(meanwhile=for_days))
    await ramping.go_on()

    assert ramping.posts == []
    assert (await ramping.plan()).reason is HoldReason.LATE


async def test_of_many_replicas_one_sends_a_step(ramping: Ramping) -> None:
    await ramping.begin()

    await asyncio.gather(*(ramping.ramps.go_on() for _ in range(5)))

    assert len(ramping.starter.started) == 1


async def test_a_replica_that_wakes_with_an_old_plan_sends_nothing(
    ramping: Ramping,
) -> None:
    await ramping.begin()
    reading = ramping.store.reading = asyncio.Event()
    frozen = asyncio.create_task(ramping.ramps.go_on())
    while "get_rollout" not in ramping.store.names():
        await asyncio.sleep(0)
    await ramping.halt()

    reading.set()
    await frozen

    assert ramping.starter.started == []
    assert (await ramping.plan()).reason is PlanEnd.HALTED


async def test_a_step_that_was_claimed_and_never_started_is_found_by_the_sweeper(
    ramping: Ramping,
) -> None:
    ramping.starter.failure = RuntimeError("killed")
    await ramping.begin()

    with pytest.raises(RuntimeError):
        await ramping.ramps.go_on()

    plan = await ramping.plan()
    open_ones = await ramping.repositories.operations.open_operations(ramping.now + DAY)
    assert open_ones == [plan.operation_id]
    ramping.starter.failure = None
    await ramping.ramps.go_on()
    assert ramping.starter.started == []
