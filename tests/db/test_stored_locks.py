"""What every repository of locks promises, and what the same write brings about."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import select, text

from bot.db.events import EVENTS, event_from
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.approval import Approval, Judgement
from bot.domain.events import Event, EventKind
from bot.domain.lock_events import LockChange, read_lock_change
from bot.domain.locks import Lock, WeeklyWindow, holds
from bot.domain.requests import Alias, Place, Request, RequestState
from bot.domain.rollout import Change
from bot.domain.submissions import Target
from bot.domain.subscriptions import Subscription
from bot.domain.verbs import Verb
from bot.domain.watching import Topics
from tests.db.sample_requests import (
    ANN,
    APP,
    FLIGHT,
    LATER,
    NOON,
    AllRepositories,
    request,
)
from tests.fakes import FakeRepositories

PLACE = Place("T1", "C1", "1700.1")
OTHER_FLIGHT = Target("main", APP.app_id, "f-2")
OTHER_APP = Target("main", "9NOTHER00001")
WEEKEND = WeeklyWindow(4, time(16), 0, time(8), "Europe/Berlin")
DAY = timedelta(days=1)


def new(target: Target | None = APP, workspace: str = "T1") -> Lock:
    return Lock(0, workspace, "C1", target, "freeze", "U1", NOON, NOON + DAY)


def lifted(lock: Lock, reason: str | None = "all is well") -> Lock:
    return replace(lock, lifted_by="U2", lifted_at=LATER, lift_reason=reason)


async def events_of(
    repositories: SqlRepositories | FakeRepositories, kind: EventKind
) -> list[Event]:
    """Return the events of a kind, the oldest first."""
    if isinstance(repositories, FakeRepositories):
        return [event for event in repositories.events.log if event.kind is kind]
    found = select(EVENTS).where(EVENTS.c.kind == kind.value).order_by(EVENTS.c.id)
    rows = await repositories.events._database.run(found)
    return [event_from(row) for row in rows]


async def test_a_target_is_locked_by_its_own_its_apps_and_everybodys_locks(
    repositories: AllRepositories,
) -> None:
    locks = repositories.locks
    everything, app, flight, other = [
        await locks.add_lock(new(target), PLACE)
        for target in (None, APP, FLIGHT, OTHER_APP)
    ]
    elsewhere = await locks.add_lock(new(None, "T2"), PLACE)

    assert await locks.locks_on("T1", APP, NOON) == [everything, app]
    assert await locks.locks_on("T1", FLIGHT, NOON) == [everything, app, flight]
    assert await locks.locks_on("T1", OTHER_FLIGHT, NOON) == [everything, app]
    assert await locks.locks_on("T1", OTHER_APP, NOON) == [everything, other]
    assert await locks.locks_on("T2", APP, NOON) == [elsewhere]
    assert await locks.locks_on("T1", replace(APP, account="b"), NOON) == [everything]
    assert await locks.list_locks("T1", NOON) == [everything, app, flight, other]
    assert len({lock.id for lock in await locks.list_locks("T1", NOON)}) == 4


async def test_a_lock_that_is_over_or_lifted_is_not_among_them(
    repositories: AllRepositories,
) -> None:
    locks = repositories.locks
    one = await locks.add_lock(new(), PLACE)
    weekly = replace(new(), ends_at=None, weekly=WEEKEND)
    two = await locks.add_lock(weekly, PLACE)

    assert await locks.lift_lock(lifted(one), PLACE)

    assert await locks.locks_on("T1", APP, LATER) == [two]
    assert await locks.locks_on("T1", APP, NOON + 400 * DAY) == [two]
    assert two.weekly == WEEKEND
    three = await locks.add_lock(new(), PLACE)
    before = NOON + DAY - timedelta(microseconds=1)
    assert await locks.locks_on("T1", APP, before) == [two, three]
    assert await locks.locks_on("T1", APP, NOON + DAY) == [two]
    assert await locks.list_locks("T1", NOON + DAY) == [two]


async def test_a_lock_is_lifted_once_and_the_log_says_by_whom_and_why(
    repositories: SqlRepositories | FakeRepositories,
) -> None:
    locks = repositories.locks
    one = await locks.add_lock(replace(new(), ends_at=None, weekly=WEEKEND), PLACE)

    assert await locks.lift_lock(lifted(one), PLACE)
    assert not await locks.lift_lock(lifted(one, "again"), PLACE)

    [set_] = await events_of(repositories, EventKind.LOCKED)
    [end] = await events_of(repositories, EventKind.UNLOCKED)
    assert (set_.actor, set_.target, set_.place, set_.at) == ("U1", APP, PLACE, NOON)
    assert (end.actor, end.target, end.place, end.at) == ("U2", APP, PLACE, LATER)
    assert read_lock_change(set_) == LockChange(
        EventKind.LOCKED, replace(one, id=0), NOON, "U1"
    )
    assert read_lock_change(end) == LockChange(
        EventKind.UNLOCKED, one, LATER, "U2", "all is well"
    )
    assert read_lock_change(end).by_another


async def test_of_many_who_lift_a_lock_at_once_one_has_done_it(
    repositories: AllRepositories,
) -> None:
    locks = repositories.locks
    one = await locks.add_lock(new(), PLACE)

    done = await asyncio.gather(
        *(locks.lift_lock(lifted(one, str(number)), PLACE) for number in range(10))
    )

    assert sorted(done) == [False] * 9 + [True]


async def test_a_window_of_a_newer_version_holds_until_it_is_lifted(
    database: Database,
) -> None:
    locks = SqlRepositories(database).locks
    await locks.add_lock(replace(new(), ends_at=None, weekly=WEEKEND), PLACE)
    for stored in ("{}", "[1]", '"x"', "no json"):
        await database.run(text("UPDATE locks SET weekly = :it"), {"it": stored})

        [found] = await locks.locks_on("T1", APP, NOON)

        assert holds(found, NOON + 3000 * DAY)
        assert found.weekly is None


def subscription(target: Target, topics: Topics) -> Subscription:
    return Subscription(target, topics, False, "U1", NOON, app_name="Mail")


async def told(database: Database) -> list[str]:
    """Return the channels that have a notice, and forget the notices."""
    query = text("SELECT workspace, channel FROM notices ORDER BY channel")
    rows = await database.run(query)
    assert {row.workspace for row in rows} <= {"T1"}
    await database.run(text("DELETE FROM notices"))
    return [row.channel for row in rows]


@pytest.mark.parametrize(
    ("target", "channels"),
    [
        (APP, ["APP", "ATTENTION", "C1", "FLIGHT", "NAMED"]),
        (FLIGHT, ["APP", "ATTENTION", "C1", "FLIGHT", "NAMED"]),
        (OTHER_FLIGHT, ["APP", "ATTENTION", "C1", "NAMED"]),
        (None, ["APP", "ATTENTION", "C1", "FLIGHT", "NAMED", "OTHER"]),
    ],
)
async def test_each_channel_that_follows_what_is_locked_is_told_once(
    database: Database, target: Target | None, channels: list[str]
) -> None:
    stored = SqlRepositories(database)
    for channel, followed, topics in (
        ("APP", APP, Topics.ALL),
        ("APP", FLIGHT, Topics.CHANGES),
        ("ATTENTION", APP, Topics.ATTENTION),
        ("FLIGHT", FLIGHT, Topics.ALL),
        ("OTHER", OTHER_APP, Topics.ALL),
        ("MUTED", APP, Topics.NONE),
    ):
        wish = subscription(followed, topics)
        place = Place("T1", channel)
        assert await stored.subscriptions.put_subscription(place, None, wish)
    elsewhere = Place("T2", "ELSEWHERE")
    all_of_it = subscription(APP, Topics.ALL)
    assert await stored.subscriptions.put_subscription(elsewhere, None, all_of_it)
    for channel in ("NAMED", "MUTED", "APP"):
        alias = Alias("mail", APP, "Mail", None, "U1")
        await stored.aliases.add_alias(Place("T1", channel), alias, NOON)

    lock = await stored.locks.add_lock(new(target), PLACE)
    assert await told(database) == channels

    assert await stored.locks.lift_lock(lifted(lock), PLACE)
    assert await told(database) == channels
    assert not await stored.locks.lift_lock(lifted(lock), PLACE)
    assert await told(database) == []


async def test_the_notice_brings_what_was_locked_and_by_whom(
    database: Database,
) -> None:
    stored = SqlRepositories(database)
    await stored.locks.add_lock(new(None), PLACE)

    [notice] = await stored.notices.claim_notices(NOON, 10)

    assert notice.kind is EventKind.LOCKED
    assert notice.place == Place("T1", "C1")
    assert notice.event.target is None
    assert notice.thread is None
    assert read_lock_change(notice.event).lock == new(None)


async def press_at(
    repositories: AllRepositories, lock: Lock, judged: tuple[int, ...] = ()
) -> list[str]:
    """Press on a finalize of a flight; the lock is stored after the first judging.

    Return what was asked of the judge before the press was stored, or refused.
    """
    asked = request(1, FLIGHT)
    asked = replace(asked, change=Change(Verb.FINALIZE))
    await repositories.requests.add_request(asked)
    judgings: list[str] = []

    async def judge(_: Request, __: Sequence[Approval]) -> Judgement | str:
        judgings.append("judged")
        if len(judgings) > 1:
            return "refused"
        await repositories.locks.add_lock(lock, PLACE)
        return Judgement(0, 0, locks=judged)

    found = await repositories.requests.approve_request(
        "r1", ANN, "1.0", NOON, judge=judge
    )
    stored = await repositories.requests.get_request("r1")
    assert stored is not None
    if found == "refused":
        assert (stored.state, stored.approvals_given) == (RequestState.PENDING, 0)
        assert await repositories.operations.get_operation("r1") is None
        return [*judgings, "refused"]
    assert stored.state is RequestState.AUTHORISED
    return judgings


@pytest.mark.parametrize("target", [None, APP, FLIGHT])
@pytest.mark.parametrize("weekly", [None, WEEKEND])
async def test_no_press_is_stored_past_a_lock_that_came_after_it_was_judged(
    repositories: AllRepositories, target: Target | None, weekly: WeeklyWindow | None
) -> None:
    ends_at = None if weekly else NOON + DAY
    lock = replace(new(target), ends_at=ends_at, weekly=weekly)

    assert await press_at(repositories, lock) == ["judged", "judged", "refused"]


@pytest.mark.parametrize(
    "lock",
    [
        new(OTHER_FLIGHT),
        new(OTHER_APP),
        new(replace(APP, account="other")),
        new(None, "T2"),
        replace(new(), ends_at=NOON),
    ],
)
async def test_a_lock_that_does_not_hold_the_target_keeps_no_press_back(
    repositories: AllRepositories, lock: Lock
) -> None:
    assert await press_at(repositories, lock) == ["judged"]


async def test_a_lock_that_was_judged_or_lifted_meanwhile_keeps_no_press_back(
    repositories: AllRepositories,
) -> None:
    one = await repositories.locks.add_lock(
        replace(new(), ends_at=None, weekly=WEEKEND), PLACE
    )
    two = await repositories.locks.add_lock(new(), PLACE)
    assert await repositories.locks.lift_lock(lifted(two), PLACE)

    over = replace(new(), ends_at=NOON)
    assert await press_at(repositories, over, (one.id,)) == ["judged"]


async def test_a_halt_is_stored_whatever_is_locked(
    repositories: AllRepositories,
) -> None:
    await repositories.locks.add_lock(new(None), PLACE)
    await repositories.requests.add_request(request())

    async def judge(_: Request, __: Sequence[Approval]) -> Judgement | str:
        await repositories.locks.add_lock(new(), PLACE)
        return Judgement()

    found = await repositories.requests.approve_request(
        "r1", ANN, "1.0", NOON, judge=judge
    )

    assert isinstance(found, Request)
    assert found.state is RequestState.AUTHORISED
