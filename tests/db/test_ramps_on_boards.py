"""Boards of rollouts with a ramp: due again with each change of it, and no other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.approval import Judgement
from bot.domain.boards import Board
from bot.domain.events import EventKind
from bot.domain.plan_changes import ended, gone_on, held, paused, postponed
from bot.domain.plan_events import plan_changed
from bot.domain.plans import HoldReason, Plan, PlanEnd
from bot.domain.requests import Place, Request
from bot.domain.rollout import IN_PROGRESS, Rollout
from bot.domain.submissions import SubmissionRef, Target
from bot.domain.verbs import Verb
from tests.db.sample_requests import BOB, NOON, request
from tests.db.test_boards import SECOND, change, drawn, frozen, posted, shown_boards
from tests.db.test_watched_targets import HERE, MINUTE, QUARTER, REF, SEEN, THERE
from tests.fakes.plans import TERMS, ramp_request

CARD = "1700.1"


@pytest.fixture
def stored(database: Database) -> SqlRepositories:
    return SqlRepositories(database)


async def press(stored: SqlRepositories, name: str) -> None:
    async def judge(request: Request, _: object) -> Judgement:
        return Judgement(version=None if request.change.verb is Verb.HALT else 0)

    pressed = await stored.requests.approve_request(name, BOB, CARD, NOON, judge=judge)
    assert pressed is not None


async def begin(
    stored: SqlRepositories, ref: SubmissionRef = REF, name: str = "p1"
) -> Plan:
    """Start a ramp from 10 % at noon; its first step is the one to 25 %."""
    asked = ramp_request(TERMS, ref.target, name, NOON)
    snapshot = replace(SEEN, ref=ref, rollout=Rollout(True, 10.0, IN_PROGRESS))
    await stored.requests.add_request(replace(asked, snapshot=snapshot))
    await press(stored, name)
    plan = await stored.plans.get_plan(name)
    assert plan is not None
    return plan


async def save(stored: SqlRepositories, before: Plan, after: Plan) -> Plan:
    """Store a change of a ramp, and its event where the state is another."""
    event = plan_changed(after) if after.state is not before.state else None
    assert await stored.plans.save_plan(before, after, event)
    return after


async def test_a_board_shows_the_ramp_of_its_rollout_until_that_has_ended(
    stored: SqlRepositories,
) -> None:
    await posted(stored, HERE, THERE)
    assert await drawn(stored, 10) == []

    plan = await begin(stored)
    boards = await drawn(stored, 10)
    assert {board.place for board in boards} == {HERE, THERE}
    assert [board.plan for board in boards] == [plan, plan]
    assert await drawn(stored, 20) == []

    await save(stored, plan, ended(plan, PlanEnd.STOPPED, "U1", NOON))
    assert [board.plan for board in await drawn(stored, 20)] == [None, None]
    assert await drawn(stored, 30) == []


async def test_a_board_is_due_again_with_each_change_of_its_ramp(
    stored: SqlRepositories,
) -> None:
    await posted(stored, HERE)
    plan = await begin(stored)
    await drawn(stored, 4)

    changes: tuple[Callable[[Plan], Plan], ...] = (
        lambda one: postponed(one, NOON + timedelta(hours=1)),
        lambda one: paused(one, "U1", NOON),
        lambda one: held(one, HoldReason.CHANGED_ELSEWHERE, NOON),
        lambda one: gone_on(one, "U1", NOON, 40.0),
    )
    for number, make in enumerate(changes, 2):
        plan = await save(stored, plan, make(plan))
        [board] = await drawn(stored, 4 * number)
        assert board.plan == plan
        assert await drawn(stored, 4 * number + 3) == []


async def test_a_lock_that_is_lifted_wakes_the_ramp_and_draws_its_board(
    stored: SqlRepositories,
) -> None:
    await posted(stored, HERE)
    plan = await begin(stored)
    lock = await stored.locks.add_lock(frozen(3600), HERE)
    waiting = await save(stored, plan, postponed(plan, NOON + 3600 * SECOND))
    await drawn(stored, 4)

    lifted = replace(lock, lifted_by="U1", lifted_at=NOON + 5 * SECOND)
    assert await stored.locks.lift_lock(lifted, HERE)

    [board] = await drawn(stored, 8)
    assert board.locks == ()
    assert board.plan is not None
    assert board.plan.version == waiting.version + 1


async def test_a_ramp_that_changes_while_a_board_is_drawn_is_shown_after_it(
    stored: SqlRepositories,
) -> None:
    await posted(stored, HERE)
    plan = await begin(stored)
    [board] = await shown_boards(stored, 4)

    stopped = await save(stored, plan, paused(plan, "U1", NOON))
    await stored.boards.keep_board(board, NOON + 4 * SECOND)

    [board] = await drawn(stored, 8)
    assert board.plan == stopped
    assert await drawn(stored, 20) == []


async def test_a_second_ramp_is_shown_in_place_of_one_of_the_same_version(
    stored: SqlRepositories,
) -> None:
    await posted(stored, HERE)
    plan = await begin(stored)
    await drawn(stored, 4)

    await save(stored, plan, ended(plan, PlanEnd.STOPPED, "U1", NOON))
    second = await begin(stored, name="p2")
    assert second.version == plan.version

    [board] = await drawn(stored, 8)
    assert board.plan == second


async def test_a_confirmed_halt_takes_the_ramp_from_the_board(
    stored: SqlRepositories,
) -> None:
    await posted(stored, HERE)
    await begin(stored)
    await drawn(stored, 4)
    await stored.requests.add_request(request())

    await press(stored, "r1")

    [board] = await drawn(stored, 8)
    assert (board.plan, board.plan_key) == (None, None)


async def test_the_ramp_of_another_target_or_submission_is_not_shown(
    stored: SqlRepositories,
) -> None:
    await posted(stored, HERE)

    await begin(stored, SubmissionRef(REF.target, "another"))
    await begin(stored, SubmissionRef(Target("main", "9NOTHER00001"), "1"), "p2")

    assert await drawn(stored, 10) == []


async def test_a_new_board_shows_the_ramp_at_once(stored: SqlRepositories) -> None:
    await posted(stored, HERE)
    plan = await begin(stored)
    await posted(stored, HERE, THERE)

    boards = await drawn(stored, 4)

    # The one in the second channel was posted with it.
    assert [(board.place, board.plan) for board in boards] == [(HERE, plan)]


async def test_a_ramp_that_a_newer_version_has_written_is_left_out_once(
    stored: SqlRepositories, database: Database
) -> None:
    await posted(stored, HERE)
    await begin(stored)
    await database.run(text("UPDATE plans SET state = 'dancing'"))

    [board] = await drawn(stored, 4)

    assert (board.plan, board.plan_key) == (None, "p1/1")
    assert await drawn(stored, 20) == []


async def test_boards_with_a_changed_ramp_come_before_those_that_only_grow_old(
    stored: SqlRepositories, database: Database
) -> None:
    await posted(stored, HERE, THERE)
    await database.run(
        text("UPDATE boards SET shown_plan = 'p0/1' WHERE channel = 'C2'")
    )
    old = "UPDATE boards SET drawn_at = began_at, due_at = began_at"
    await database.run(text(old))
    looked = text("UPDATE observations SET looked_at = :at")
    later = NOON + timedelta(minutes=30)
    shown = later if database.dialect != "sqlite" else f"{later:%Y-%m-%d %H:%M:%S.%f}"
    await database.run(looked, {"at": shown})

    [first] = await stored.boards.claim_shown_boards(later, 1)

    assert first.place == THERE


@pytest.mark.parametrize("many", [1, 10])
async def test_the_ramps_of_all_claimed_boards_are_read_by_one_statement(
    stored: SqlRepositories, database: Database, many: int
) -> None:
    places = [Place("T1", f"C{number}") for number in range(many)]
    await posted(stored, *places)
    await begin(stored)
    engine = database._connections._engine
    asked: list[str] = []

    def note(_: object, __: object, words: str, *___: object) -> None:
        asked.append(words)

    sync_engine = engine.sync_engine if isinstance(engine, AsyncEngine) else engine
    sql_event.listen(sync_engine, "before_cursor_execute", note)
    boards: list[Board] = [
        *await stored.boards.claim_shown_boards(NOON + 4 * SECOND, 50)
    ]
    sql_event.remove(sync_engine, "before_cursor_execute", note)

    assert len(boards) == many
    assert all(board.plan is not None for board in boards)
    statements = [words for words in asked if not words.startswith(("BEGIN", "COMMIT"))]
    # The claim, the boards, their ramps and the locks.
    assert len(statements) == 4


async def test_the_end_of_a_ramp_is_told_with_its_course(
    stored: SqlRepositories,
) -> None:
    await posted(stored, HERE, THERE)
    plan = await begin(stored)
    await change(stored, QUARTER, minutes=1)
    over = replace(plan, step=1, percentage=25.0)
    at = NOON + 2 * MINUTE
    over = await save(stored, plan, ended(over, PlanEnd.STOPPED, "U1", at))

    told = {}
    for _ in range(10):
        for notice in await stored.notices.claim_notices(at, 10):
            told[notice.place, notice.kind] = notice.course
            await stored.notices.close_notices([notice], "5.0", at)

    for place in (HERE, THERE):
        course = told[place, EventKind.PLAN_ENDED]
        assert course is not None
        assert course.plan == over
        assert [(one.at, one.actual) for one in course.points] == [
            (NOON, 10.0),
            (at, 25.0),
        ]
        assert told[place, EventKind.PERCENTAGE_CHANGED] is None
