"""Reminders that Slack could not take in time: told only where they still hold."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.events import EventKind
from bot.domain.requests import Alias, Place
from bot.domain.rollout import IN_PROGRESS, STOPPED, Rollout
from bot.domain.submissions import Snapshot
from bot.domain.watching import change_event
from bot.service import Reminders
from tests.db.sample_requests import DONE, NOON, authorised, operation

REF = operation("r1").ref
GOING = Rollout(True, 10.0, IN_PROGRESS)
SEEN = Snapshot(REF, "Contoso Mail", None, GOING)
HERE = Place("T1", "C1")
HOUR = timedelta(hours=1)
STUCK_AT = NOON + 72 * HOUR
LATER = STUCK_AT + HOUR


@pytest.fixture
def stored(database: Database) -> SqlRepositories:
    return SqlRepositories(database)


async def look(
    stored: SqlRepositories,
    now: datetime,
    seen: Snapshot,
    kind: EventKind | None = None,
) -> None:
    """Store what a look has found; it changes the version, as each change does."""
    [before] = await stored.watching.claim_looks(now, 10)
    after = replace(before, seen=seen, looked_at=now, failing_since=None, remind_at=now)
    event = None
    if before.seen is None or kind is not None:
        after = replace(after, since=now, version=before.version + 1)
    if kind is not None:
        event = change_event(kind, before, seen, now)
    assert await stored.watching.save_look(before, after, event, now, now)


async def remind(stored: SqlRepositories, now: datetime) -> None:
    await Reminders(stored.reminders, lambda: now).remind()


async def kinds_told(stored: SqlRepositories, now: datetime) -> list[EventKind]:
    """Post everything that is due; return the kinds of what was posted."""
    told = []
    for _ in range(5):
        for notice in await stored.notices.claim_notices(now, 10):
            told.append(notice.kind)
            await stored.notices.close_notices([notice], "1.0", now)
    return told


async def a_waiting_reminder(stored: SqlRepositories, seen: Snapshot = SEEN) -> None:
    """Let a rollout stand still, and Slack be away when that is to be told."""
    alias = Alias("mail", REF.target, "Contoso Mail", None, "U1")
    await stored.aliases.add_alias(HERE, alias, NOON)
    await stored.watching.follow(NOON)
    await look(stored, NOON, seen)
    await remind(stored, NOON)
    await remind(stored, STUCK_AT)
    [waiting] = await stored.notices.claim_notices(STUCK_AT, 10)
    await stored.notices.retry_notice(waiting, STUCK_AT, None)


async def test_a_reminder_that_still_holds_is_told_late(
    stored: SqlRepositories,
) -> None:
    await a_waiting_reminder(stored)

    assert await kinds_told(stored, LATER) == [EventKind.ROLLOUT_STUCK]


async def test_a_reminder_is_told_after_the_clock_was_set_back(
    stored: SqlRepositories,
) -> None:
    await a_waiting_reminder(stored)
    await look(stored, STUCK_AT, SEEN)

    [waiting] = await stored.notices.claim_notices(STUCK_AT, 10)
    assert waiting.kind is EventKind.ROLLOUT_STUCK


@pytest.mark.parametrize(
    ("rollout", "kind"),
    [
        (Rollout(True, 25.0, IN_PROGRESS), EventKind.PERCENTAGE_CHANGED),
        (Rollout(True, 10.0, STOPPED), EventKind.ROLLOUT_HALTED),
    ],
)
async def test_a_reminder_of_what_has_changed_meanwhile_is_not_posted(
    stored: SqlRepositories, rollout: Rollout, kind: EventKind
) -> None:
    await a_waiting_reminder(stored)
    await look(stored, LATER, replace(SEEN, rollout=rollout), kind)

    assert await kinds_told(stored, LATER) == [kind]


async def test_a_reminder_is_not_posted_after_an_operation_of_ours(
    stored: SqlRepositories,
) -> None:
    await a_waiting_reminder(stored)
    request = await authorised(stored)
    one = await stored.operations.get_operation(request.id)
    assert one is not None
    await stored.operations.finish_operation(one, DONE, LATER)

    assert EventKind.ROLLOUT_STUCK not in await kinds_told(stored, LATER)


async def test_a_draft_that_waits_is_told_although_the_percentage_has_changed(
    stored: SqlRepositories,
) -> None:
    draft = replace(SEEN, pending_id="9")
    await a_waiting_reminder(stored, draft)
    raised = replace(draft, rollout=Rollout(True, 25.0, IN_PROGRESS))
    await look(stored, LATER, raised, EventKind.PERCENTAGE_CHANGED)

    told = await kinds_told(stored, LATER)
    assert told == [EventKind.DRAFT_BLOCKED, EventKind.PERCENTAGE_CHANGED]


async def an_outage(stored: SqlRepositories) -> None:
    """Let the Store be away for an hour, which is to be told."""
    [before] = await stored.watching.claim_looks(LATER, 10)
    failed = replace(before, failures=9, failing_since=STUCK_AT, remind_at=LATER)
    await stored.watching.fail_look(failed, LATER, LATER)
    await remind(stored, LATER)


async def its_end(stored: SqlRepositories) -> None:
    await look(stored, LATER, SEEN)
    await remind(stored, LATER)


async def its_end_and_a_halt(stored: SqlRepositories) -> None:
    await its_end(stored)
    halted = replace(SEEN, rollout=Rollout(True, 10.0, STOPPED))
    await look(stored, LATER, halted, EventKind.ROLLOUT_HALTED)


@pytest.mark.parametrize(
    ("then", "told"),
    [
        (None, [EventKind.STORE_UNREADABLE]),
        (its_end, [EventKind.STORE_READABLE]),
        (its_end_and_a_halt, [EventKind.ROLLOUT_HALTED]),
    ],
)
async def test_an_outage_that_is_over_is_not_told_as_if_it_went_on(
    stored: SqlRepositories,
    then: Callable[[SqlRepositories], Awaitable[None]] | None,
    told: list[EventKind],
) -> None:
    await a_waiting_reminder(stored)
    await kinds_told(stored, STUCK_AT)
    await an_outage(stored)
    if then is not None:
        await then(stored)

    assert await kinds_told(stored, LATER) == told


async def test_what_nobody_follows_any_more_is_not_reminded_of(
    stored: SqlRepositories,
) -> None:
    await a_waiting_reminder(stored)
    await stored.aliases.remove_alias(HERE, "mail", "U1", LATER)
    await stored.watching.follow(LATER)

    assert await kinds_told(stored, LATER) == []
