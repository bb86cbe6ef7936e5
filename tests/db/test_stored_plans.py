"""Ramps that were started: one of a target, one step at a time; a halt beats it."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.approval import Judgement
from bot.domain.due_steps import ClaimedStep, DuePlan
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.locks import Lock
from bot.domain.operations import Operation
from bot.domain.plan_changes import after_result, ended, held, paused, postponed, sent
from bot.domain.plan_events import plan_changed, step_sent
from bot.domain.plan_outcomes import PlanLives
from bot.domain.plans import HoldReason, Plan, PlanEnd, PlanState
from bot.domain.ramp_history import RampHistory
from bot.domain.requests import Request, RequestState, UnreadableRecord
from bot.domain.results import Done, Result, Unavailable, Unknown
from bot.domain.rollout import Change
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from tests.fakes.plans import BERLIN, DAY, FRIDAY, TERMS, ramp_request, shown, started
from tests.fakes.samples import ANN, BETA, BOB, MAIL, PLACE, asked

SOON = FRIDAY + timedelta(minutes=1)
TROUBLE = FailureDetail(FailureCode.TIMEOUT)
UNKNOWN = Unknown(None, TROUBLE)
DONE = Done(shown(5), shown(10))
CARD = "1700.1"


@pytest.fixture
def repositories(database: Database) -> SqlRepositories:
    """Return the repositories of each kind of database in turn."""
    return SqlRepositories(database)


async def press(
    repositories: SqlRepositories, name: str, at: datetime = FRIDAY
) -> Request | PlanLives | None:
    """Press the button of a card as somebody who may."""

    async def judge(request: Request, _: object) -> Judgement:
        return Judgement(version=None if request.change.verb is Verb.HALT else 0)

    return await repositories.requests.approve_request(name, BOB, CARD, at, judge=judge)


async def begin(
    repositories: SqlRepositories, name: str = "p1", target: Target = MAIL
) -> Plan:
    """Ask for a ramp, and approve it; return its plan."""
    await repositories.requests.add_request(ramp_request(TERMS, target, name))
    pressed = await press(repositories, name)
    assert isinstance(pressed, Request)
    assert (pressed.state, pressed.operation) == (RequestState.AUTHORISED, None)
    plan = await repositories.plans.get_plan(name)
    assert plan is not None
    return plan


async def ask(
    repositories: SqlRepositories, name: str, verb: Verb, target: Target = MAIL
) -> None:
    change = Change(verb, 40.0 if verb is Verb.SET else None)
    request = asked(change, target=target, rollout=shown(5))
    late = FRIDAY + timedelta(minutes=15)
    await repositories.requests.add_request(
        replace(request, id=name, asked_at=FRIDAY, expires_at=late)
    )


def operation_of(plan: Plan, at: datetime = SOON) -> Operation:
    change = plan.next_change
    assert change is not None
    return Operation(
        id=plan.next_operation_id,
        ref=plan.ref,
        change=change,
        before=shown(plan.percentage),
        authorised_by=plan.started_by,
        authorised_at=at,
        plan_id=plan.id,
    )


async def claim(repositories: SqlRepositories, plan: Plan, at: datetime = SOON) -> bool:
    operation = operation_of(plan, at)
    event = step_sent(plan, operation, None)
    step = ClaimedStep(sent(plan), operation)
    return await repositories.plans.claim_step(plan, step, event)


async def finish(
    repositories: SqlRepositories, plan: Plan, result: Result, at: datetime = SOON
) -> None:
    stored = await repositories.operations.get_operation(plan.next_operation_id)
    assert stored is not None
    await repositories.operations.finish_operation(stored, result, at)


async def due(repositories: SqlRepositories, at: datetime = SOON) -> list[DuePlan]:
    return list(await repositories.plans.due_plans(at, 50))


async def kinds(database: Database) -> list[str]:
    rows = await database.run(text("SELECT kind FROM events ORDER BY id"))
    return [row.kind for row in rows]


async def test_an_approved_ramp_is_a_plan_and_no_operation(
    repositories: SqlRepositories, database: Database
) -> None:
    plan = await begin(repositories)

    assert plan == replace(started(), started_by="U2", changed_by="U2")
    assert await repositories.plans.live_plan(MAIL) == plan
    assert await repositories.plans.list_live("T1") == [plan]
    assert await repositories.plans.list_live("T2") == []
    assert await repositories.plans.live_plan(BETA) is None
    assert await repositories.plans.get_plan("p2") is None
    assert await repositories.operations.open_operations(FRIDAY + DAY) == []
    assert set(await kinds(database)) == {"asked", "approved", "plan_started"}


async def test_a_request_of_a_ramp_comes_back_with_its_terms(
    repositories: SqlRepositories,
) -> None:
    request = ramp_request(BERLIN)
    await repositories.requests.add_request(request)

    assert await repositories.requests.get_request("p1") == request
    [entry] = (await repositories.events.list_history(PLACE, None, 10)).entries
    assert isinstance(entry, Request)
    assert entry.terms == BERLIN


async def test_the_history_has_an_approved_ramp_without_an_operation(
    repositories: SqlRepositories,
) -> None:
    await begin(repositories)

    [entry] = (await repositories.events.list_history(PLACE, None, 10)).entries
    assert isinstance(entry, RampHistory)
    request = entry.request
    assert (request.state, request.operation) == (RequestState.AUTHORISED, None)
    assert entry.course == ()


async def test_a_bot_that_knows_no_ramps_cannot_take_one_for_its_first_step(
    repositories: SqlRepositories, database: Database
) -> None:
    await repositories.requests.add_request(ramp_request())

    [row] = await database.run(text("SELECT verb FROM requests"))
    with pytest.raises(ValueError, match="ramp"):
        Verb(row.verb)


@pytest.mark.parametrize("terms", ["NULL", "'{}'", "'[1]'"])
async def test_a_ramp_whose_terms_a_newer_bot_wrote_is_unreadable(
    repositories: SqlRepositories, database: Database, terms: str
) -> None:
    await repositories.requests.add_request(ramp_request())
    await database.run(text(f"UPDATE requests SET terms = {terms}"))  # noqa: S608 - fixed words

    with pytest.raises(UnreadableRecord):
        await repositories.requests.get_request("p1")


async def test_the_card_of_a_ramp_is_unclosed_until_slack_shows_that_it_has_begun(
    repositories: SqlRepositories,
) -> None:
    requests = repositories.requests
    await begin(repositories)

    assert await requests.unclosed_cards(FRIDAY) == []
    assert await requests.unclosed_cards(SOON) == ["p1"]
    await requests.close_card("p1", SOON)
    assert await requests.unclosed_cards(SOON) == []


async def test_a_target_has_one_live_plan(repositories: SqlRepositories) -> None:
    plan = await begin(repositories)
    await repositories.requests.add_request(ramp_request(name="p2"))

    assert await press(repositories, "p2") == PlanLives(plan)
    pending = await repositories.requests.get_request("p2")
    assert pending is not None
    assert pending.state is RequestState.PENDING

    over = ended(plan, PlanEnd.STOPPED, "U1", SOON)
    assert await repositories.plans.save_plan(plan, over, plan_changed(over))
    assert isinstance(await press(repositories, "p2"), Request)
    assert (await begin(repositories, "p3", BETA)).ref.target == BETA


async def test_of_two_ramps_that_are_approved_at_once_one_is_started(
    repositories: SqlRepositories,
) -> None:
    names = [f"p{number}" for number in range(8)]
    for name in names:
        await repositories.requests.add_request(ramp_request(name=name))

    pressed = await asyncio.gather(*(press(repositories, name) for name in names))

    live = await repositories.plans.list_live("T1")
    others = [one for one in pressed if not isinstance(one, Request)]
    assert others == [PlanLives(*live)] * 7
    assert len(live) == 1


async def test_a_plan_is_due_at_its_time(repositories: SqlRepositories) -> None:
    plan = await begin(repositories)

    assert await due(repositories, FRIDAY - timedelta(seconds=1)) == []
    assert await due(repositories, FRIDAY) == [DuePlan(plan)]
    later = postponed(plan, FRIDAY + DAY)
    assert await repositories.plans.save_plan(plan, later)
    assert await due(repositories) == []
    assert await due(repositories, FRIDAY + DAY) == [DuePlan(later)]


async def test_a_step_is_claimed_once(
    repositories: SqlRepositories, database: Database
) -> None:
    plan = await begin(repositories)

    claims = await asyncio.gather(*(claim(repositories, plan) for _ in range(10)))

    assert claims.count(True) == 1
    stored = await repositories.operations.get_operation(plan.next_operation_id)
    assert stored == operation_of(plan)
    assert await repositories.plans.get_plan("p1") == sent(plan)
    assert (await kinds(database)).count("plan_step") == 1
    # The sweeper starts it where the bot dies before it does.
    assert await repositories.operations.open_operations(FRIDAY + DAY) == [stored.id]


async def test_the_log_names_the_plan_of_a_step_and_who_asked_for_it(
    repositories: SqlRepositories, database: Database
) -> None:
    plan = await begin(repositories)
    await claim(repositories, plan)
    await finish(repositories, plan, DONE)

    rows = await database.run(
        text(
            "SELECT kind, operation_id FROM events WHERE request_id = 'p1' ORDER BY id"
        )
    )
    assert ("ended", plan.next_operation_id) in [
        (one.kind, one.operation_id) for one in rows
    ]
    [change] = (await repositories.events.list_changes(PLACE, MAIL, 10)).changes
    assert change.asked_here
    # It is no end of the request itself, in a history that knows one operation.
    [entry] = (await repositories.events.list_history(PLACE, None, 10)).entries
    assert isinstance(entry, RampHistory)
    request = entry.request
    assert (request.state, request.result) == (RequestState.AUTHORISED, None)


async def test_the_database_refuses_a_second_operation_of_a_step(
    repositories: SqlRepositories, database: Database
) -> None:
    plan = await begin(repositories)
    assert await claim(repositories, plan)
    await database.run(text("UPDATE plans SET version = 1, operation_id = NULL"))
    await database.run(text("UPDATE operations SET outcome = 'done'"))

    with pytest.raises(Exception, match=r"(?i)unique"):
        await claim(repositories, plan)


async def test_a_step_under_way_is_waited_for(repositories: SqlRepositories) -> None:
    plan = await begin(repositories)
    await claim(repositories, plan)

    assert await due(repositories) == []
    await finish(repositories, plan, DONE)
    assert await due(repositories) == [DuePlan(sent(plan), DONE, SOON)]

    after = after_result(sent(plan), DONE, SOON)
    assert await repositories.plans.save_plan(sent(plan), after)
    assert await due(repositories) == []
    assert await due(repositories, SOON + DAY) == [DuePlan(after)]


async def test_what_is_in_doubt_is_looked_at_again_when_it_is_proved(
    repositories: SqlRepositories,
) -> None:
    plan = await begin(repositories)
    await claim(repositories, plan)
    await finish(repositories, plan, UNKNOWN)
    [found] = await due(repositories)
    assert found.result == UNKNOWN
    doubtful = after_result(found.plan, UNKNOWN, SOON)
    await repositories.plans.save_plan(found.plan, doubtful, plan_changed(doubtful))

    assert await due(repositories, FRIDAY + DAY) == []
    await finish(repositories, plan, DONE, SOON + timedelta(minutes=10))

    [proved] = await due(repositories, FRIDAY + DAY)
    assert (proved.plan, proved.result) == (doubtful, DONE)


@pytest.mark.parametrize("verb", [Verb.SET, Verb.HALT])
async def test_no_step_is_claimed_while_another_change_is_under_way(
    repositories: SqlRepositories, database: Database, verb: Verb
) -> None:
    plan = await begin(repositories)
    await ask(repositories, "r1", verb)
    await press(repositories, "r1")
    # As if the halt had not known of the plan.
    await database.run(
        text("UPDATE plans SET state = 'running', version = 1, due_at = started_at")
    )

    assert await due(repositories) == []
    assert not await claim(repositories, plan)

    stored = await repositories.operations.get_operation("r1")
    assert stored is not None
    nothing = Unavailable(TROUBLE)
    await repositories.operations.finish_operation(stored, nothing, SOON)
    assert await due(repositories) == [DuePlan(plan)]
    assert await claim(repositories, plan)


async def test_no_step_is_claimed_under_a_lock_that_was_not_judged(
    repositories: SqlRepositories,
) -> None:
    plan = await begin(repositories)
    lock = Lock(0, "T1", "C1", MAIL, "freeze", "U1", FRIDAY, SOON + DAY)
    stored = await repositories.locks.add_lock(lock, PLACE)

    assert not await claim(repositories, plan)

    operation = operation_of(plan)
    step = ClaimedStep(sent(plan), operation, (stored.id,))
    event = step_sent(plan, operation, None)
    assert await repositories.plans.claim_step(plan, step, event)


async def test_no_step_is_claimed_while_an_unknown_is_followed_up(
    repositories: SqlRepositories,
) -> None:
    plan = await begin(repositories)
    await ask(repositories, "r1", Verb.SET)
    await press(repositories, "r1")
    stored = await repositories.operations.get_operation("r1")
    assert stored is not None
    await repositories.operations.finish_operation(stored, UNKNOWN, SOON)

    assert not await claim(repositories, plan, SOON + timedelta(minutes=74))
    assert await claim(repositories, plan, SOON + timedelta(minutes=76))


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: paused(plan, "U1", SOON),
        lambda plan: held(plan, HoldReason.LATE, SOON),
        lambda plan: ended(plan, PlanEnd.STOPPED, "U1", SOON),
        lambda plan: postponed(plan, SOON),
    ],
)
async def test_of_a_step_and_what_somebody_decides_at_once_one_wins(
    repositories: SqlRepositories, change: Callable[[Plan], Plan]
) -> None:
    plan = await begin(repositories)
    after = change(plan)

    assert await repositories.plans.save_plan(plan, after, plan_changed(after))
    assert not await claim(repositories, plan)
    assert await repositories.plans.get_plan("p1") == after
    # And nobody brings it back.
    assert not await repositories.plans.save_plan(plan, postponed(plan, SOON))
    assert await repositories.operations.get_operation(plan.next_operation_id) is None


async def test_a_paused_plan_sends_nothing_even_in_its_own_version(
    repositories: SqlRepositories,
) -> None:
    plan = await begin(repositories)
    still = paused(plan, "U1", SOON)
    await repositories.plans.save_plan(plan, still, plan_changed(still))

    assert not await claim(repositories, still)


@pytest.mark.parametrize(
    ("verb", "end"), [(Verb.HALT, PlanEnd.HALTED), (Verb.FINALIZE, PlanEnd.FINALIZED)]
)
async def test_the_press_of_a_halt_or_a_finalize_ends_the_plan_of_its_target(
    repositories: SqlRepositories, database: Database, verb: Verb, end: PlanEnd
) -> None:
    plan, other = await begin(repositories), await begin(repositories, "p2", BETA)
    await ask(repositories, "r1", verb)

    await press(repositories, "r1", SOON)

    over = await repositories.plans.get_plan("p1")
    told = replace(ended(plan, end, "U2", SOON), due_at=SOON)
    assert over == told
    assert await repositories.plans.get_plan("p2") == other
    assert not await claim(repositories, plan)
    # Its end is still to be told, by whoever finds it.
    assert DuePlan(told) in await due(repositories)
    after = replace(told, due_at=None, version=told.version + 1)
    assert await repositories.plans.save_plan(told, after, plan_changed(after))
    assert (await kinds(database))[-1] == "plan_ended"
    assert [one.plan.id for one in await due(repositories)] == ["p2"]


async def test_a_set_of_a_card_ends_no_plan(repositories: SqlRepositories) -> None:
    plan = await begin(repositories)
    await ask(repositories, "r1", Verb.SET)

    await press(repositories, "r1")

    assert await repositories.plans.get_plan("p1") == plan


async def test_a_card_that_is_cancelled_ends_no_plan(
    repositories: SqlRepositories,
) -> None:
    plan = await begin(repositories)
    await ask(repositories, "r1", Verb.HALT)

    await repositories.requests.cancel_request("r1", ANN, CARD, SOON)

    assert await repositories.plans.get_plan("p1") == plan


@pytest.mark.parametrize("seed", range(8))
async def test_after_a_press_of_a_halt_no_step_is_claimed(
    repositories: SqlRepositories, seed: int
) -> None:
    plan = await begin(repositories)
    await ask(repositories, "r1", Verb.HALT)
    chance = random.Random(seed)  # noqa: S311 - it decides nothing secret
    order: list[str] = []

    async def halt() -> None:
        await asyncio.sleep(chance.random() / 500)
        await press(repositories, "r1", SOON)
        order.append("halted")

    async def step() -> None:
        await asyncio.sleep(chance.random() / 500)
        started_before = "halted" not in order
        if await claim(repositories, plan):
            assert started_before
            order.append("sent")

    await asyncio.gather(halt(), step())

    over = await repositories.plans.get_plan("p1")
    assert over is not None
    assert (over.state, over.reason) == (PlanState.ENDED, PlanEnd.HALTED)
    step_stored = await repositories.operations.get_operation(plan.next_operation_id)
    assert (step_stored is not None) is ("sent" in order)
    assert await repositories.operations.get_operation("r1") is not None


async def test_what_has_come_of_a_plan_is_told_to_those_who_follow_its_target(
    repositories: SqlRepositories, database: Database
) -> None:
    row = (
        "INSERT INTO subscriptions (workspace, channel, account, app_id, flight_id, "
        "topics, by_alias, added_by, added_at) VALUES ('T1', :channel, 'main', :app, "
        "'', :topics, :no, 'U1', '2026-11-20 12:00:00')"
    )
    for channel, topics in (("C1", "all"), ("C2", "changes"), ("C3", "attention")):
        values = {"channel": channel, "app": MAIL.app_id, "topics": topics, "no": False}
        await database.run(text(row), values)

    plan = await begin(repositories)
    hold = held(plan, HoldReason.CHANGED_ELSEWHERE, SOON)
    await repositories.plans.save_plan(plan, hold, plan_changed(hold))
    over = ended(hold, PlanEnd.STOPPED, "U1", SOON)
    await repositories.plans.save_plan(hold, over, plan_changed(over, "crash"))

    told = await database.run(
        text(
            "SELECT kind, notices.channel AS channel FROM notices "
            "JOIN events ON unique_key = event_key ORDER BY events.id, notices.channel"
        )
    )
    assert [(one.kind, one.channel) for one in told] == [
        # Where it was asked for, its card shows that it was started.
        ("plan_started", "C2"),
        ("plan_held", "C1"),
        ("plan_held", "C3"),
        ("plan_ended", "C1"),
        ("plan_ended", "C2"),
    ]


async def test_a_plan_of_a_newer_bot_is_skipped_and_hides_no_other(
    repositories: SqlRepositories, database: Database
) -> None:
    await begin(repositories)
    other = await begin(repositories, "p2", BETA)
    await database.run(text("UPDATE plans SET state = 'waiting' WHERE id = 'p1'"))

    assert await due(repositories) == [DuePlan(other)]
    assert await repositories.plans.list_live("T1") == [other]
    with pytest.raises(UnreadableRecord):
        await repositories.plans.get_plan("p1")


async def test_a_plan_is_forgotten_with_its_request_once_it_has_ended(
    repositories: SqlRepositories, database: Database
) -> None:
    plan = await begin(repositories)
    retention, later = repositories.retention, FRIDAY + 400 * DAY

    assert await retention.list_over(later, 10) == []
    over = ended(plan, PlanEnd.STOPPED, "U1", SOON)
    await repositories.plans.save_plan(plan, over, plan_changed(over))
    assert await retention.list_over(SOON, 10) == []
    assert await retention.list_over(later, 10) == ["p1"]

    await retention.forget(["p1"])
    for table in ("plans", "requests", "approvals"):
        assert await database.run(text(f"SELECT * FROM {table}")) == []  # noqa: S608 - fixed words


async def test_a_plan_that_goes_on_is_not_forgotten(
    repositories: SqlRepositories,
) -> None:
    plan = await begin(repositories)

    await repositories.retention.forget(["p1"])

    assert await repositories.plans.get_plan("p1") == plan
