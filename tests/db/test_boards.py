"""Boards: where there is one, when it is due, and what it shows in the end."""

import asyncio
from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import text

from bot.db.leases import LEASE
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.boards import Board, board_end
from bot.domain.events import EventKind
from bot.domain.locks import Lock, WeeklyWindow
from bot.domain.requests import Place
from bot.domain.rollout import STOPPED, Rollout
from bot.domain.submissions import SubmissionRef, Target
from bot.domain.watching import change_event
from tests.db.sample_requests import DONE, NOON, authorised, operation
from tests.db.test_watched_targets import (
    GOING,
    HERE,
    MAIL,
    MINUTE,
    QUARTER,
    REF,
    SEEN,
    THERE,
    claim,
    follow,
    save,
)

HALTED = Rollout(True, 0.0, STOPPED)
SECOND = timedelta(seconds=1)


@pytest.fixture
def stored(database: Database) -> SqlRepositories:
    return SqlRepositories(database)


async def opened(stored: SqlRepositories, *places: Place) -> None:
    """Let the channels follow a rollout at 10 %, first seen at noon."""
    await follow(stored, *places)
    await save(stored, await claim(stored))
    await stored.boards.add_boards(NOON)


async def change(
    stored: SqlRepositories,
    rollout: Rollout,
    kind: EventKind = EventKind.PERCENTAGE_CHANGED,
    minutes: float = 0,
) -> None:
    """Store what a look has found; the next one is due at once."""
    before = await claim(stored, minutes)
    at = NOON + minutes * MINUTE
    seen = replace(SEEN, rollout=rollout)
    after = replace(
        before,
        seen=seen,
        looked_at=at,
        since=at,
        changed_at=at,
        version=before.version + 1,
    )
    event = change_event(kind, before, seen, at)
    assert await stored.watching.save_look(before, after, event, NOON, at)


async def new_board(stored: SqlRepositories, minutes: float = 0) -> Board:
    [board] = await stored.boards.claim_new_boards(NOON + minutes * MINUTE, 10)
    return board


async def posted(stored: SqlRepositories, *places: Place) -> None:
    """Let each channel have its board."""
    await opened(stored, *places)
    boards = await stored.boards.claim_new_boards(NOON, 10)
    for number, board in enumerate(boards, 1):
        await stored.boards.post_board(board, f"{number}.0", NOON, None)


async def shown_boards(stored: SqlRepositories, seconds: float = 0) -> list[Board]:
    return [
        *await stored.boards.claim_shown_boards(NOON + seconds * SECOND, 10),
    ]


async def test_each_channel_that_follows_an_open_rollout_has_one_board(
    stored: SqlRepositories,
) -> None:
    await opened(stored, HERE, THERE)
    await stored.boards.add_boards(NOON + MINUTE)

    boards = await stored.boards.claim_new_boards(NOON, 10)

    assert {board.place for board in boards} == {HERE, THERE}
    assert len(boards) == 2
    for board in boards:
        assert board.ref == REF
        assert board.app_name == "Contoso Mail"
        assert board.ts is None
        assert board.watched is not None
        assert board.watched.seen == SEEN
        assert not board.over
    assert await stored.boards.claim_new_boards(NOON, 10) == []


async def test_a_rollout_that_is_over_has_no_board(stored: SqlRepositories) -> None:
    await follow(stored)
    await save(stored, await claim(stored), HALTED)

    await stored.boards.add_boards(NOON)

    assert await stored.boards.claim_new_boards(NOON, 10) == []


@pytest.mark.parametrize(("topics", "count"), [("changes", 1), ("attention", 0)])
async def test_only_who_follows_the_changes_has_a_board(
    stored: SqlRepositories, database: Database, topics: str, count: int
) -> None:
    await follow(stored)
    await save(stored, await claim(stored))
    await database.run(text("UPDATE subscriptions SET topics = :t"), {"t": topics})

    await stored.boards.add_boards(NOON)

    assert len(await stored.boards.claim_new_boards(NOON, 10)) == count


async def test_claims_at_once_share_the_boards(stored: SqlRepositories) -> None:
    places = [Place("T1", f"C{number}") for number in range(20)]
    await opened(stored, *places)

    claimed = await asyncio.gather(
        *(stored.boards.claim_new_boards(NOON, 6) for _ in range(5))
    )

    channels = [board.place.channel for some in claimed for board in some]
    assert len(channels) == len(set(channels))
    assert all(len(some) <= 6 for some in claimed)


async def test_a_board_that_a_dead_process_was_posting_is_searched_for(
    stored: SqlRepositories,
) -> None:
    await opened(stored)
    assert (await new_board(stored)).tried_before is None

    again = await new_board(stored, LEASE / MINUTE)

    assert again.tried_before == NOON
    assert again.attempts == 2


async def test_a_board_that_shows_what_is_known_is_left_alone(
    stored: SqlRepositories,
) -> None:
    await posted(stored)

    assert await shown_boards(stored, 60) == []


async def test_a_board_is_edited_after_a_change_and_not_sooner_than_slack_takes_it(
    stored: SqlRepositories,
) -> None:
    await posted(stored)
    await change(stored, QUARTER)

    assert await shown_boards(stored, 2.9) == []
    [board] = await shown_boards(stored, 3)
    assert board.ts == "1.0"
    assert not board.over
    await stored.boards.keep_board(board, NOON + 3 * SECOND)
    await change(stored, replace(QUARTER, percentage=30.0), minutes=2)
    assert len(await shown_boards(stored, 6)) == 1


async def test_what_has_changed_is_edited_before_what_only_grows_old(
    stored: SqlRepositories, database: Database
) -> None:
    await posted(stored, HERE, THERE)
    await change(stored, QUARTER, minutes=20)
    old = """
    UPDATE boards SET shown_version = (SELECT version FROM observations)
    WHERE channel = 'C1'
    """
    await database.run(text(old))

    claimed = await stored.boards.claim_shown_boards(NOON + 20 * MINUTE, 1)

    assert [board.place for board in claimed] == [THERE]
    [older] = await shown_boards(stored, 20 * 60)
    assert older.place == HERE


async def test_the_age_on_a_board_is_shown_anew_after_a_quarter_of_an_hour(
    stored: SqlRepositories,
) -> None:
    await posted(stored)
    before = await claim(stored, 10)
    at = NOON + 10 * MINUTE
    after = replace(before, seen=SEEN, looked_at=at)
    assert await stored.watching.save_look(before, after, None, NOON, at)

    assert await shown_boards(stored, 14 * 60) == []
    [board] = await shown_boards(stored, 15 * 60)
    assert not board.over


async def test_a_board_tells_what_had_changed_before_it_was_posted(
    stored: SqlRepositories,
) -> None:
    await opened(stored)
    await change(stored, QUARTER)
    # The notice is a reply to the board, so it waits for it.
    assert await stored.notices.claim_notices(NOON, 10) == []
    board = await new_board(stored)
    await change(stored, replace(QUARTER, percentage=30.0), minutes=1)

    await stored.boards.post_board(board, "1.0", NOON + MINUTE, None)

    [notice] = await stored.notices.claim_notices(NOON + MINUTE, 10)
    assert notice.after is not None
    assert notice.after.percentage == 30.0
    assert notice.thread == notice.read_to == "1.0"


async def test_a_board_that_was_found_is_drawn_anew(stored: SqlRepositories) -> None:
    await opened(stored)
    board = await new_board(stored)

    await stored.boards.post_board(board, "1.0", NOON, NOON)

    [again] = await shown_boards(stored, 3)
    assert again.ts == "1.0"


async def test_a_notice_waits_for_no_board_that_the_channel_has_not_got(
    stored: SqlRepositories,
) -> None:
    await posted(stored)
    await change(stored, QUARTER)
    [board] = await shown_boards(stored, 3)
    await stored.boards.lose_board(board, NOON)

    [notice] = await stored.notices.claim_notices(NOON, 10)

    assert notice.thread is None
    await stored.boards.add_boards(NOON)
    assert await stored.boards.claim_new_boards(NOON + MINUTE, 10) == []


async def test_a_board_that_is_lost_while_it_is_claimed_is_not_posted_again(
    stored: SqlRepositories,
) -> None:
    await posted(stored)
    await change(stored, QUARTER)
    [notice] = await stored.notices.claim_notices(NOON, 10)
    await stored.notices.lose_board(notice, NOON)

    assert await shown_boards(stored, 3) == []
    assert await stored.boards.claim_new_boards(NOON + MINUTE, 10) == []


async def test_whoever_has_lost_the_lease_stores_nothing(
    stored: SqlRepositories,
) -> None:
    await posted(stored)
    await change(stored, QUARTER)
    [slow] = await shown_boards(stored, 3)
    [quick] = await shown_boards(stored, 63)

    await stored.boards.keep_board(slow, NOON)
    await stored.boards.close_board(slow, NOON)
    await stored.boards.retry_board(slow, NOON, None)

    await stored.boards.keep_board(quick, NOON)
    assert await shown_boards(stored, 130) == []


async def test_a_board_is_tried_again_when_slack_says_so(
    stored: SqlRepositories,
) -> None:
    await opened(stored)
    board = await new_board(stored)
    await stored.boards.retry_board(board, NOON + MINUTE, NOON)

    assert await stored.boards.claim_new_boards(NOON, 10) == []
    assert (await new_board(stored, 1)).tried_before == NOON


async def test_a_board_ends_with_its_rollout(stored: SqlRepositories) -> None:
    await posted(stored)
    await change(stored, QUARTER, minutes=1)
    await change(stored, HALTED, EventKind.ROLLOUT_HALTED, minutes=2)

    [board] = await shown_boards(stored, 180)
    assert board.over
    end = board_end(board, await stored.boards.read_changes(board.ref))
    assert end.change is not None
    assert end.change.kind is EventKind.ROLLOUT_HALTED
    assert not end.change.by_bot
    assert end.percentage == 25.0
    assert end.points == (
        (NOON, 10.0),
        (NOON + MINUTE, 25.0),
        (NOON + 2 * MINUTE, 25.0),
    )
    await stored.boards.close_board(board, NOON + 3 * MINUTE)
    await stored.boards.add_boards(NOON + 3 * MINUTE)
    assert await shown_boards(stored, 600) == []
    assert await stored.boards.claim_new_boards(NOON + 10 * MINUTE, 10) == []


async def test_what_an_operation_has_ended_is_its_own(stored: SqlRepositories) -> None:
    await posted(stored)
    await authorised(stored)
    ended = operation("r1")
    await stored.operations.finish_operation(ended, DONE, NOON + MINUTE)

    [board] = await shown_boards(stored, 60)
    end = board_end(board, await stored.boards.read_changes(board.ref))

    assert end.change is not None
    assert end.change.by_bot
    assert end.change.actor == ended.authorised_by
    other = SubmissionRef(MAIL, "other")
    assert await stored.boards.read_changes(other) == []


async def test_a_board_ends_where_another_submission_is_published(
    stored: SqlRepositories,
) -> None:
    await posted(stored)
    before = await claim(stored, 1)
    newer = replace(SEEN, ref=SubmissionRef(MAIL, "2"), rollout=GOING)
    at = NOON + MINUTE
    after = replace(before, seen=newer, since=at, version=before.version + 1)
    event = change_event(EventKind.ROLLOUT_OPENED, before, newer, at)
    await stored.watching.save_look(before, after, event, NOON, at)
    await stored.boards.add_boards(at)

    [old] = await shown_boards(stored, 60)
    assert old.over
    end = board_end(old, await stored.boards.read_changes(old.ref))
    assert end.change is not None
    assert end.change.kind is EventKind.ROLLOUT_REPLACED
    assert (end.change.at, end.percentage) == (at, 10.0)
    assert (await new_board(stored, 1)).ref == newer.ref
    # The new board tells it.
    assert await stored.notices.claim_notices(at, 10) == []


async def test_a_board_ends_where_nobody_follows_and_comes_again(
    stored: SqlRepositories,
) -> None:
    await posted(stored)
    await stored.aliases.remove_alias(HERE, "mail", "U1", NOON)
    await stored.watching.follow(NOON)

    [board] = await shown_boards(stored, 60)
    assert board.over
    assert board.watched is None
    end = board_end(board, await stored.boards.read_changes(board.ref))
    assert (end.change, end.percentage) == (None, 10.0)
    await stored.boards.forget_board(board)

    await opened(stored)
    assert (await new_board(stored)).ts is None


async def test_a_channel_that_takes_messages_again_has_its_boards_again(
    stored: SqlRepositories,
) -> None:
    await posted(stored)
    await change(stored, QUARTER)
    [board] = await shown_boards(stored, 3)
    refuse = stored.boards.refuse_board

    assert await refuse(board, "is_archived", NOON) == ["U1"]
    assert await refuse(board, "is_archived", NOON) == []
    assert await shown_boards(stored, 60) == []

    [notice] = await stored.notices.claim_notices(NOON, 10)
    assert notice.thread is None
    await stored.notices.close_notices([notice], "5.0", NOON + MINUTE)
    [again] = await shown_boards(stored, 60)
    assert again.ts == "1.0"


async def test_boards_that_are_over_are_deleted(
    stored: SqlRepositories, database: Database
) -> None:
    await posted(stored, HERE, THERE)
    await change(stored, HALTED, EventKind.ROLLOUT_HALTED)
    [first, _] = await shown_boards(stored, 3)
    await stored.boards.close_board(first, NOON)

    await stored.retention.forget_notices(NOON + MINUTE)

    assert await database.run(text("SELECT count(*) FROM boards")) == [(1,)]


async def test_what_a_channel_could_not_be_told_for_long_is_told_together(
    stored: SqlRepositories,
) -> None:
    await posted(stored)
    for minutes, percentage in ((1, 20.0), (2, 30.0), (3, 40.0)):
        going = replace(GOING, percentage=percentage)
        await change(stored, going, minutes=minutes)
    [alone] = await stored.notices.claim_notices(NOON + 4 * MINUTE, 10)
    assert alone.later == ()
    await stored.notices.retry_notice(alone, NOON + 5 * MINUTE, NOON)

    [together] = await stored.notices.claim_notices(NOON + 6 * MINUTE, 10)

    assert together.id == alone.id
    shares = [one.after.percentage for one in together.all_told if one.after]
    assert shares == [20.0, 30.0, 40.0]
    # A message that was found covers the first two alone.
    told = together.all_told[:2]
    await stored.notices.close_notices(told, "7.0", NOON + 6 * MINUTE)
    [last] = await stored.notices.claim_notices(NOON + 6 * MINUTE, 10)
    assert last.id == together.later[1].id
    assert last.read_to == "7.0"
    assert last.tried_before is None


def frozen(until: float, target: Target | None = MAIL) -> Lock:
    """Return a lock that ends so many seconds after noon."""
    ends_at = NOON + until * SECOND
    return Lock(0, "T1", "C9", target, "freeze", "U1", NOON, ends_at)


async def drawn(stored: SqlRepositories, seconds: float) -> list[Board]:
    """Draw the boards that are due, and return them."""
    boards = await shown_boards(stored, seconds)
    for board in boards:
        await stored.boards.keep_board(board, NOON + seconds * SECOND)
    return boards


@pytest.mark.parametrize("target", [MAIL, None])
async def test_a_lock_is_shown_when_it_is_set_and_no_more_when_it_ends_or_is_lifted(
    stored: SqlRepositories, target: Target | None
) -> None:
    await posted(stored, HERE)
    assert await drawn(stored, 10) == []

    one = await stored.locks.add_lock(frozen(60, target), HERE)
    two = await stored.locks.add_lock(frozen(90, target), HERE)
    [board] = await drawn(stored, 10)
    assert board.locks == (one, two)
    assert await drawn(stored, 59) == []

    [board] = await drawn(stored, 60)
    assert board.locks == (two,)
    assert await drawn(stored, 70) == []

    done = replace(two, lifted_by="U1", lifted_at=NOON + 75 * SECOND)
    assert await stored.locks.lift_lock(done, HERE)
    [board] = await drawn(stored, 75)
    assert board.locks == ()
    assert await drawn(stored, 100) == []


async def test_a_board_is_drawn_again_at_the_edges_of_a_window(
    stored: SqlRepositories,
) -> None:
    await posted(stored, HERE)
    # It is a Friday.
    window = WeeklyWindow(4, time(12, 10), 4, time(12, 20), "UTC")
    weekly = replace(frozen(0), ends_at=None, weekly=window)
    lock = await stored.locks.add_lock(weekly, HERE)

    [board] = await drawn(stored, 5)
    assert board.locks == (lock,)
    assert await drawn(stored, 599) == []
    assert len(await drawn(stored, 600)) == 1
    assert await drawn(stored, 1199) == []
    assert len(await drawn(stored, 1200)) == 1
    assert await drawn(stored, 3600) == []


async def test_a_lock_that_comes_while_a_board_is_drawn_is_shown_after_it(
    stored: SqlRepositories,
) -> None:
    await opened(stored, HERE)
    new = await new_board(stored)
    lock = await stored.locks.add_lock(frozen(600), HERE)
    await stored.boards.post_board(new, "1.0", NOON, None)
    assert new.locks == ()

    [board] = await shown_boards(stored, 5)
    assert board.locks == (lock,)
    later = replace(frozen(900), locked_at=NOON + SECOND)
    other = await stored.locks.add_lock(later, HERE)
    await stored.boards.keep_board(board, NOON + 5 * SECOND)

    [board] = await drawn(stored, 10)
    assert board.locks == (lock, other)
    assert await drawn(stored, 20) == []


async def test_a_lock_of_another_app_or_workspace_draws_no_board(
    stored: SqlRepositories,
) -> None:
    await posted(stored, HERE)

    await stored.locks.add_lock(frozen(60, Target("main", "9NOTHER00001")), HERE)
    await stored.locks.add_lock(replace(frozen(60), workspace="T2"), HERE)

    assert await drawn(stored, 10) == await drawn(stored, 60) == []
