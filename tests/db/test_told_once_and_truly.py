"""Changes are told once, and of the bot only what was its own, whatever came before."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.db.leases import LEASE
from bot.db.repositories import SqlRepositories
from bot.db.rows import result_values
from bot.db.session import Database
from bot.domain.events import EventKind
from bot.domain.notices import TOLD_TOGETHER_AFTER
from bot.domain.reminders import Reminder, reminder_event
from bot.domain.results import Unknown
from bot.domain.watching import change_event
from tests.db.sample_requests import DONE, NOON, authorised, operation
from tests.db.test_boards import change, posted
from tests.db.test_watched_targets import (
    GOING,
    MINUTE,
    QUARTER,
    REF,
    SEEN,
    THERE,
    claim,
    follow,
    operation_detail,
    save,
    told_twice,
)

# What version 0.2.0 stores of a change that it has made.
DONE_BEFORE = (
    "UPDATE operations SET outcome = 'done', finished_at = authorised_at, "
    "result = :result, closed_at = {closed}"
)
COUNT = text("SELECT count(*) FROM notices")


@pytest.fixture
def stored(database: Database) -> SqlRepositories:
    return SqlRepositories(database)


async def test_an_unknown_that_is_proved_after_a_look_has_told_it_is_not_told_again(
    stored: SqlRepositories, database: Database
) -> None:
    await follow(stored, THERE)
    await save(stored, await claim(stored))
    await authorised(stored)
    sent = operation("r1")
    await stored.operations.begin_attempt(sent, NOON)
    unknown = Unknown(GOING, operation_detail())
    await stored.operations.finish_operation(sent, unknown, NOON)
    # Nobody was there to follow it up.
    before, at = await claim(stored, 80), NOON + 80 * MINUTE
    cause = await stored.watching.operation_in_doubt(REF, DONE.after, NOON, at)
    assert cause is not None
    seen = replace(SEEN, rollout=DONE.after)
    halted = change_event(EventKind.ROLLOUT_HALTED, before, seen, at, cause)
    after = replace(before, seen=seen, looked_at=at, version=before.version + 1)
    assert await stored.watching.save_look(before, after, halted, at, at)
    assert await database.run(COUNT) == [(1,)]

    await stored.operations.finish_operation(sent, DONE, at)

    assert await database.run(COUNT) == [(1,)]


@pytest.mark.parametrize("closed", ["NULL", "authorised_at"])
async def test_what_an_older_version_has_done_since_the_last_look_is_its_own(
    stored: SqlRepositories, database: Database, closed: str
) -> None:
    await authorised(stored)
    result = str(result_values(DONE)["result"])
    done = text(DONE_BEFORE.format(closed=closed))
    await database.run(done, {"result": result})
    find = stored.watching.operation_in_doubt

    found = await find(REF, DONE.after, NOON - MINUTE, NOON)
    assert found is not None
    assert found.id == "r1"
    assert await find(REF, GOING, NOON - MINUTE, NOON) is None
    # What was done before the last look is no reason for what has changed since.
    assert await find(REF, DONE.after, NOON, NOON) is None


async def test_a_notice_of_a_newer_version_does_not_keep_the_others_waiting(
    stored: SqlRepositories, database: Database
) -> None:
    await told_twice(stored)
    await database.run(
        text(
            "INSERT INTO events (at, kind, account, app_id, flight_id, details, "
            "unique_key) SELECT at, 'of_a_newer_version', account, app_id, flight_id, "
            "details, 'newer' FROM events WHERE unique_key IS NOT NULL LIMIT 1"
        )
    )
    first = "(SELECT min(id) FROM notices)"
    await database.run(
        text(f"UPDATE notices SET event_key = 'newer' WHERE id = {first}")  # noqa: S608 - our own words
    )
    later = NOON + TOLD_TOGETHER_AFTER

    # The newer version may run beside this one.
    assert await stored.notices.claim_notices(NOON, 10) == []
    assert await stored.notices.claim_notices(NOON + LEASE, 10) == []
    assert await stored.notices.claim_notices(later, 10) == []
    [notice] = await stored.notices.claim_notices(later, 10)

    assert notice.kind is EventKind.ROLLOUT_HALTED


async def test_a_board_that_somebody_has_deleted_does_not_come_again_after_a_month(
    stored: SqlRepositories,
) -> None:
    await posted(stored)
    await change(stored, QUARTER)
    [notice] = await stored.notices.claim_notices(NOON, 10)
    await stored.notices.lose_board(notice, NOON)

    await stored.retention.forget_notices(NOON + MINUTE)
    await stored.boards.add_boards(NOON + MINUTE)

    assert await stored.boards.claim_new_boards(NOON + MINUTE, 10) == []


async def test_a_clock_that_was_ahead_for_a_day_keeps_nothing_waiting(
    stored: SqlRepositories,
) -> None:
    await posted(stored)
    ahead = timedelta(days=1)
    before = await claim(stored, ahead / MINUTE)
    at = NOON + ahead
    seen = replace(SEEN, rollout=QUARTER)
    after = replace(
        before, seen=seen, looked_at=at, changed_at=at, version=before.version + 1
    )
    event = change_event(EventKind.PERCENTAGE_CHANGED, before, seen, at)
    again_at = at + 5 * MINUTE
    assert await stored.watching.save_look(before, after, event, again_at, at)
    [board] = await stored.boards.claim_shown_boards(at, 10)
    await stored.boards.keep_board(board, at)

    await stored.watching.follow(NOON)
    [looked] = await stored.watching.claim_looks(NOON, 10)
    [notice] = await stored.notices.claim_notices(NOON, 10)
    back = replace(looked, version=looked.version + 1, looked_at=NOON)
    assert await stored.watching.save_look(looked, back, None, again_at, NOON)
    [again] = await stored.boards.claim_shown_boards(NOON, 10)

    assert notice.kind is EventKind.PERCENTAGE_CHANGED
    assert again.id == board.id


async def test_a_reminder_that_waited_until_somebody_acted_is_not_told(
    stored: SqlRepositories,
) -> None:
    await posted(stored)
    before = (await stored.watching.list_observed([REF.target]))[0]
    due = replace(before, since=NOON, remind_at=NOON)
    reminder = Reminder(EventKind.ROLLOUT_STUCK, NOON, "stuck")
    again = await claim(stored)
    after = replace(again, remind_at=NOON)
    assert await stored.watching.save_look(again, after, None, NOON, NOON)
    event = reminder_event(reminder, due, NOON)
    assert await stored.reminders.save_reminder(after, replace(due), event)
    await change(stored, QUARTER, minutes=1)

    later = NOON + 10 * MINUTE
    assert await stored.notices.claim_notices(later, 10) == []
    [notice] = await stored.notices.claim_notices(later, 10)

    assert notice.kind is EventKind.PERCENTAGE_CHANGED


async def test_an_unknown_of_a_restored_database_is_in_doubt_though_nothing_was_begun(
    stored: SqlRepositories,
) -> None:
    await authorised(stored)
    unknown = Unknown(GOING, operation_detail())
    await stored.operations.finish_operation(operation("r1"), unknown, NOON)

    find = stored.watching.operation_in_doubt
    assert await find(REF, DONE.after, NOON, NOON + 90 * MINUTE) is not None
