"""The repository of boards: one message for each open rollout in each channel."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row

from bot.db import board_statements as sql
from bot.db.blocking import block, unblock
from bot.db.leases import LEASE, leased
from bot.db.locks import LIST, lock_from
from bot.db.plans import readable_plan
from bot.db.rollout_changes import read_changes
from bot.db.rows import Values
from bot.db.session import Repository
from bot.db.telling import of_target
from bot.db.watching import watched_from
from bot.db.writes import Parameters
from bot.domain.boards import AGE_SHOWN_FOR, EDIT_PAUSE, Board
from bot.domain.locks import Lock, next_edge
from bot.domain.notices import LONGEST_PAUSE
from bot.domain.requests import Place
from bot.domain.rollout_changes import RolloutChange
from bot.domain.submissions import SubmissionRef, Target
from bot.domain.watching import WatchedTarget


class SqlBoardRepository(Repository):
    """The boards of all channels. Every method raises StorageUnavailable."""

    async def add_boards(self, now: datetime) -> None:
        """Add a board for each open rollout where a channel follows it and has none."""
        await self._database.run(sql.ADD[self._database.dialect], {"now_at": now})

    async def claim_new_boards(self, now: datetime, most: int) -> Sequence[Board]:
        """Return the first board of each channel that is to be posted."""
        return await self._claim(sql.CLAIM_NEW, {}, now, most)

    async def claim_shown_boards(self, now: datetime, most: int) -> Sequence[Board]:
        """Return boards that show what is not so any more; what has changed first."""
        old = {"drawn_before": now - AGE_SHOWN_FOR}
        return await self._claim(sql.CLAIM_SHOWN, old, now, most)

    async def read_changes(self, ref: SubmissionRef) -> Sequence[RolloutChange]:
        """Return the changes of a submission's rollout, the oldest first."""
        return await read_changes(self._database, ref)

    async def post_board(
        self, board: Board, ts: str, now: datetime, found: datetime | None
    ) -> None:
        """Record the message that is the board, and that it tells what came before.

        One that was `found` was drawn then: it may show less than is known by now.
        """
        watched = board.watched if found is None else None
        posted = {
            **self._this(board, now),
            **of_target(board.ref.target),
            "of_workspace": board.place.workspace,
            "of_channel": board.place.channel,
            "of_submission_id": board.ref.submission_id,
            "shown_change": watched.changed_at if watched else found,
            "posted_as": ts,
            **_shown(board, watched, now),
        }
        await self._database.write(sql.POSTED, posted)
        await unblock(self._database, board.place, now)

    async def keep_board(self, board: Board, now: datetime) -> None:
        """Record that it shows what is known."""
        shown = {**self._this(board, now), **_shown(board, board.watched, now)}
        await self._database.run(sql.EDITED, shown)

    async def close_board(self, board: Board, now: datetime) -> None:
        """Record that it shows how its rollout ended: it is not edited any more."""
        await self._database.run(sql.CLOSE, self._this(board, now))

    async def forget_board(self, board: Board) -> None:
        """Forget it: another one may come, where the channel follows it again."""
        await self._database.run(sql.FORGET, {"board": board.id})

    async def lose_board(self, board: Board, now: datetime) -> None:
        """Record that somebody has deleted its message."""
        await self._database.run(sql.LOSE, {"board": board.id, "now_at": now})

    async def refuse_board(
        self, board: Board, code: str, now: datetime
    ) -> Sequence[str]:
        """Record that the channel takes no messages; mark what the channel follows.

        Return whose subscriptions were not marked before.
        """
        refused = {"board": board.id, "now_at": now, "code": code}
        await self._database.run(sql.REFUSE, refused)
        return await block(self._database, board.place, code, now)

    async def retry_board(
        self, board: Board, again_at: datetime, may_be_there: datetime | None
    ) -> None:
        """Draw it again later; `may_be_there` is when it may have been posted."""
        asked = {
            "board": board.id,
            "lease_end": board.leased_until,
            "again_at": again_at,
            "may_be_there": may_be_there,
        }
        await self._database.run(sql.RETRY, asked)

    async def _claim(
        self, claim: Executable, more: Parameters, now: datetime, most: int
    ) -> Sequence[Board]:
        longest = {"longest_pause": now + LONGEST_PAUSE}
        asked = {**more, **leased(now), **longest, "most": most}
        claimed = await self._database.run(claim, asked)
        if not claimed:
            return []
        ids = {"ids": [row.id for row in claimed]}
        rows = await self._database.run(sql.GET, ids)
        ramps = await self._database.run(sql.RAMPS, ids)
        # They are read last: one that comes now makes the board due again.
        workspaces = {row.board_workspace for row in rows}
        asked = {"workspaces": list(workspaces), "now": now}
        locks = [lock_from(row) for row in await self._database.run(LIST, asked)]
        of_board = {row.board_id: row for row in ramps}
        return [_board(row, locks, of_board.get(row.board_id)) for row in rows]

    def _this(self, board: Board, now: datetime) -> Values:
        return {"board": board.id, "lease_end": board.leased_until, "now_at": now}


def _shown(board: Board, watched: WatchedTarget | None, now: datetime) -> Values:
    """Return what a board shows; a version is a time, and never 0.

    It was drawn after it was claimed: an edge since then may not be shown.
    """
    claimed_at = board.leased_until - LEASE
    return {
        "version": watched.version if watched else 0,
        "plan_key": board.plan_key,
        "seen_until": board.seen_until,
        "next_edge": next_edge(board.locks, claimed_at),
        "edit_from": now + EDIT_PAUSE,
    }


def _board(row: Row[Any], locks: Sequence[Lock], ramp: Row[Any] | None) -> Board:
    target = Target(row.board_account, row.board_app_id, row.board_flight_id or None)
    return Board(
        id=row.board_id,
        place=Place(row.board_workspace, row.board_channel),
        ref=SubmissionRef(target, row.board_submission_id),
        app_name=row.board_app_name,
        flight_name=row.board_flight_name,
        began=(row.board_began_at, row.board_began_percentage),
        ts=row.board_ts,
        followed=bool(row.followed),
        watched=None if row.version is None else watched_from(row),
        leased_until=row.board_leased_until,
        attempts=row.board_attempts,
        tried_before=row.board_tried_before,
        locks=tuple(
            lock
            for lock in locks
            if lock.workspace == row.board_workspace and lock.covers(target)
        ),
        seen_until=row.board_shown_until,
        plan=None if ramp is None else readable_plan(ramp),
        plan_key=None if ramp is None else ramp.plan_key,
    )
