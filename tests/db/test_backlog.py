"""Backlog: what is due and not done, and which channels cannot be told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from bot.db.backlog import (
    Backlog,
    BlockedChannel,
    FailingTarget,
    list_blocked,
    list_failing,
    read_backlog,
)
from bot.db.leases import LEASE
from bot.db.plan_statements import PLANS
from bot.db.plans import plan_values
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.events import EventKind
from bot.domain.looks import after_failure
from bot.domain.plan_changes import ended, held
from bot.domain.plans import HoldReason, PlanEnd
from bot.domain.requests import Alias
from bot.domain.rollout import IN_PROGRESS, Rollout
from bot.domain.submissions import Snapshot
from bot.domain.watching import WatchedTarget, change_event
from tests.db.sample_requests import CHANNEL, NOON, authorised, operation
from tests.fakes.plans import DAY, TERMS, started

REF = operation("r1").ref
MAIL = REF.target
MINUTE = timedelta(minutes=1)
SEEN = Snapshot(REF, "Contoso Mail", None, Rollout(True, 10.0, IN_PROGRESS))
NOTHING = timedelta(0)


@pytest.fixture
def stored(database: Database) -> SqlRepositories:
    return SqlRepositories(database)


async def follow(stored: SqlRepositories, *apps: str) -> None:
    for app in apps or (MAIL.app_id,):
        alias = Alias(f"a-{app.lower()}", replace(MAIL, app_id=app), "Mail", None, "U1")
        await stored.aliases.add_alias(CHANNEL, alias, NOON)
    await stored.watching.follow(NOON)


async def claim(stored: SqlRepositories, minutes: float = 0) -> WatchedTarget:
    [claimed] = await stored.watching.claim_looks(NOON + minutes * MINUTE, 1)
    return claimed


async def tell(stored: SqlRepositories) -> None:
    """Let a look at noon find a change, and make the next look due in a day."""
    before = await claim(stored)
    after = replace(before, seen=SEEN, looked_at=NOON, version=before.version + 1)
    event = change_event(EventKind.PERCENTAGE_CHANGED, before, SEEN, NOON)
    later = NOON + timedelta(days=1)
    assert await stored.watching.save_look(before, after, event, later, NOON)


async def test_an_empty_database_has_no_backlog(database: Database) -> None:
    assert await read_backlog(database, NOON) == Backlog(
        0, NOTHING, 0, 0, NOTHING, 0, ramps=0, held_ramps=0, overdue_step=NOTHING
    )
    assert await list_failing(database) == []
    assert await list_blocked(database) == []


async def test_the_lag_is_that_of_the_look_that_is_the_longest_due(
    database: Database, stored: SqlRepositories
) -> None:
    await follow(stored, "A1")
    await stored.watching.follow(NOON)
    before = await read_backlog(database, NOON - MINUTE)
    now = await read_backlog(database, NOON + 20 * MINUTE)

    assert (before.followed, before.overdue) == (1, NOTHING)
    assert (now.followed, now.overdue) == (1, 20 * MINUTE)


async def test_a_look_that_was_put_off_stays_due(
    database: Database, stored: SqlRepositories
) -> None:
    await follow(stored)
    claimed = await claim(stored)

    await stored.watching.release_look(claimed, NOON + MINUTE)

    assert await stored.watching.claim_looks(NOON + MINUTE / 2, 10) == []
    found = await read_backlog(database, NOON + 3 * MINUTE)
    assert found.overdue == 3 * MINUTE
    assert await claim(stored, 1)


async def test_a_look_that_waits_for_an_operation_of_ours_is_not_late(
    database: Database, stored: SqlRepositories
) -> None:
    await follow(stored)
    await authorised(stored)

    found = await read_backlog(database, NOON + 30 * MINUTE)

    assert found.overdue == NOTHING
    assert found.operations == 1


async def test_looks_in_vain_are_counted_with_the_time_of_the_first(
    database: Database, stored: SqlRepositories
) -> None:
    await follow(stored)
    failed = after_failure(await claim(stored), NOON)
    later = NOON + LEASE
    await stored.watching.fail_look(failed, later, NOON)
    again = await claim(stored, 1)
    await stored.watching.fail_look(after_failure(again, later), later, later)

    assert (await read_backlog(database, NOON)).failing == 1
    assert await list_failing(database) == [FailingTarget(MAIL, None, NOON)]


async def test_notices_wait_until_they_are_posted(
    database: Database, stored: SqlRepositories
) -> None:
    await follow(stored)
    await tell(stored)
    now = NOON + 10 * MINUTE

    waiting = await read_backlog(database, now)
    [notice] = await stored.notices.claim_notices(now, 10)
    await stored.notices.close_notices([notice], "1.0", now)
    posted = await read_backlog(database, now)

    assert (waiting.notices, waiting.oldest_notice) == (1, 10 * MINUTE)
    assert (posted.notices, posted.oldest_notice) == (0, NOTHING)


async def test_a_channel_that_takes_nothing_is_listed_until_it_takes_a_notice(
    database: Database, stored: SqlRepositories
) -> None:
    await follow(stored, MAIL.app_id, "A2")
    await tell(stored)
    [notice] = await stored.notices.claim_notices(NOON, 10)
    await stored.notices.refuse_notice(notice, "is_archived", NOON)

    blocked = await list_blocked(database)
    await stored.notices.close_notices([notice], "1.0", NOON)

    assert blocked == [BlockedChannel(CHANNEL.channel, NOON, "is_archived")]
    assert await list_blocked(database) == []


async def test_ramps_that_are_live_held_and_overdue_are_counted(
    database: Database,
) -> None:
    fresh, late, waiting, over = (
        started(TERMS, replace(MAIL, app_id=app), app, NOON)
        for app in ("A1", "A2", "A3", "A4")
    )
    for plan in (
        fresh,
        replace(late, due_at=NOON - 20 * MINUTE),
        held(waiting, HoldReason.LATE, NOON - DAY),
        ended(over, PlanEnd.DONE, None, NOON),
    ):
        await database.run(insert(PLANS), plan_values(plan))

    found = await read_backlog(database, NOON)

    assert (found.ramps, found.held_ramps) == (3, 1)
    assert found.overdue_step == 20 * MINUTE
    assert (await read_backlog(database, NOON - DAY)).overdue_step == NOTHING
