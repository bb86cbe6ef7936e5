"""Leases: what one replica works on, no other does, although their clocks differ."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.events import EventKind
from bot.domain.requests import Alias, Place
from bot.domain.rollout import IN_PROGRESS, Rollout
from bot.domain.submissions import Snapshot
from bot.domain.watching import change_event
from tests.db.sample_requests import NOON, operation

REF = operation("r1").ref
SEEN = Snapshot(REF, "Contoso Mail", None, Rollout(True, 10.0, IN_PROGRESS))
RAISED = replace(SEEN, rollout=Rollout(True, 25.0, IN_PROGRESS))
SECOND = timedelta(seconds=1)
Claim = Callable[[SqlRepositories, datetime], Awaitable[Sequence[object]]]


async def looks(stored: SqlRepositories, now: datetime) -> Sequence[object]:
    return await stored.watching.claim_looks(now, 10)


async def new_boards(stored: SqlRepositories, now: datetime) -> Sequence[object]:
    return await stored.boards.claim_new_boards(now, 10)


async def shown_boards(stored: SqlRepositories, now: datetime) -> Sequence[object]:
    return await stored.boards.claim_shown_boards(now, 10)


async def notices(stored: SqlRepositories, now: datetime) -> Sequence[object]:
    return await stored.notices.claim_notices(now, 10)


async def something_due(stored: SqlRepositories, claim: Claim) -> None:
    """Let a channel follow a rollout that was raised long ago."""
    then = NOON - timedelta(hours=3)
    alias = Alias("mail", REF.target, "Contoso Mail", None, "U1")
    await stored.aliases.add_alias(Place("T1", "C1"), alias, then)
    await stored.watching.follow(then)
    for number, seen in enumerate((SEEN, RAISED)):
        [before] = await stored.watching.claim_looks(then, 10)
        known = replace(before, seen=seen, looked_at=then, since=then)
        after = replace(known, version=before.version + 1)
        event = change_event(EventKind.PERCENTAGE_CHANGED, before, seen, then)
        told = event if number else None
        assert await stored.watching.save_look(before, after, told, then, then)
        await stored.boards.add_boards(then)
        if claim is shown_boards and not number:
            [board] = await stored.boards.claim_new_boards(then, 10)
            await stored.boards.post_board(board, "1.0", then, None)
    if claim is notices:
        [board] = await stored.boards.claim_new_boards(then, 10)
        await stored.boards.lose_board(board, then)


@pytest.mark.parametrize("claim", [looks, new_boards, shown_boards, notices])
async def test_a_replica_whose_clock_is_behind_takes_nothing_from_another(
    claim: Claim, database: Database
) -> None:
    stored = SqlRepositories(database)
    await something_due(stored, claim)

    assert len(await claim(stored, NOON)) == 1
    assert await claim(stored, NOON - SECOND / 1000) == []
    assert await claim(stored, NOON - 30 * SECOND) == []
    assert await claim(stored, NOON + 30 * SECOND) == []


@pytest.mark.parametrize("claim", [looks, new_boards, shown_boards, notices])
async def test_a_lease_from_before_the_clock_was_set_back_keeps_nobody_out(
    claim: Claim, database: Database
) -> None:
    stored = SqlRepositories(database)
    await something_due(stored, claim)
    await claim(stored, NOON)

    assert len(await claim(stored, NOON - timedelta(hours=1))) == 1
