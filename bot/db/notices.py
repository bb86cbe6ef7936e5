"""The repository of notices: each event is posted in each channel once, in order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, Row, and_, bindparam, exists, or_, select, update

from bot.db.blocking import block, unblock
from bot.db.events import EVENTS, E, event_from
from bot.db.leases import is_free, leased
from bot.db.rows import Values
from bot.db.session import Repository
from bot.db.telling import (
    BOARDS,
    CHANNEL,
    NOTICES,
    OBSERVATIONS,
    ROLLOUT,
    SUBSCRIPTIONS,
    TARGET,
    B,
    N,
    S,
    V,
    of_target,
    same,
    this_target,
)
from bot.db.watch_models import IS_UNPOSTED
from bot.db.watching import watched_from
from bot.domain.events import EventKind
from bot.domain.notices import LONGEST_PAUSE, TOLD_TOGETHER_AFTER, Notice, topic_of
from bot.domain.reminders import still_holds
from bot.domain.requests import Place
from bot.domain.rollout_changes import CHANGES
from bot.domain.submissions import Target
from bot.domain.watching import Topics

# The log may have kinds of a newer version of the bot.
_KNOWN: Final = frozenset(EventKind)

_NOW: Final = bindparam("now_at", type_=N.due_at.type)
_LEASE: Final = bindparam("lease_end", type_=N.due_at.type)
_PUT_OFF: Final = bindparam("longest_pause", type_=N.due_at.type)
_THIS: Final = N.id == bindparam("notice", type_=N.id.type)
_EARLIER: Final = NOTICES.alias("earlier")
# A channel reads in order: what comes first keeps the others waiting.
_FIRST: Final = ~exists(
    select(_EARLIER.c.id).where(
        _EARLIER.c.closed_at.is_(None),
        _EARLIER.c.workspace == N.workspace,
        _EARLIER.c.channel == N.channel,
        _EARLIER.c.id < N.id,
    )
)
# Its board is to be posted first: the notice is a reply to it.
_WAITS: Final = exists(
    select(B.id).where(same(B, N, ROLLOUT), B.ts.is_(None), B.closed_at.is_(None))
)
_DUE: Final = (
    select(N.id)
    .where(
        N.closed_at.is_(None),
        # One that is due later than ever was put off before the clock was set back.
        or_(N.due_at <= _NOW, N.due_at > _PUT_OFF),
        is_free(N),
        _FIRST,
        ~_WAITS,
    )
    # Without statistics SQLite would go through all notices by their ids.
    .order_by(N.due_at, N.id)
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(skip_locked=True)
    .cte("due")
)
CLAIM: Final = (
    update(NOTICES)
    .where(N.id == _DUE.c.id)
    .values(
        leased_until=_LEASE,
        tried_before=N.tried_at,
        tried_at=_NOW,
        attempts=N.attempts + 1,
    )
    .returning(N.id)
)
_CLAIMED: Final = NOTICES.alias("claimed")
_WITH_LATER: Final = and_(
    same(N, _CLAIMED.c, ROLLOUT), N.closed_at.is_(None), N.id >= _CLAIMED.c.id
)
# What is claimed, with all that waits behind it about the same rollout.
GET: Final = (
    select(
        EVENTS,
        N.id.label("notice_id"),
        N.workspace.label("to_workspace"),
        N.channel.label("to_channel"),
        N.submission_id.label("of_submission"),
        N.created_at,
        N.attempts,
        N.tried_before,
        _CLAIMED.c.id.label("claimed_id"),
        *(column for column in V if column.name not in TARGET),
        B.ts,
        B.read_to,
        S.mention,
    )
    .join_from(_CLAIMED, NOTICES, _WITH_LATER)
    .join(EVENTS, E.unique_key == N.event_key)
    .join(OBSERVATIONS, same(V, N, TARGET), isouter=True)
    .join(BOARDS, and_(same(B, N, ROLLOUT), B.refused_by.is_(None)), isouter=True)
    .join(SUBSCRIPTIONS, same(S, N, (*CHANNEL, *TARGET)), isouter=True)
    .where(_CLAIMED.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(N.id)
)
_CLOSED: Final = {
    "closed_at": _NOW,
    "leased_until": None,
    "refused_by": bindparam("code", type_=N.refused_by.type),
}
CLOSE: Final = (
    update(NOTICES)
    .where(N.id.in_(bindparam("ids", expanding=True)), IS_UNPOSTED)
    .values(**_CLOSED)
)
RETRY: Final = (
    update(NOTICES)
    .where(_THIS, IS_UNPOSTED)
    .values(
        due_at=bindparam("again_at", type_=N.due_at.type),
        tried_at=bindparam("may_be_there", type_=N.tried_at.type),
        leased_until=None,
    )
)
_BOARD: Final = and_(
    *(B[name] == bindparam(f"of_{name}", type_=B[name].type) for name in CHANNEL),
    this_target(B),
    B.submission_id == bindparam("of_submission", type_=B.submission_id.type),
)
READ_TO: Final = (
    update(BOARDS)
    .where(_BOARD)
    .values(read_to=bindparam("told_as", type_=B.read_to.type))
)
LOSE_BOARD: Final = update(BOARDS).where(_BOARD).values(ts=None, closed_at=_NOW)


class SqlNoticeRepository(Repository):
    """The notices of all channels. Every method raises StorageUnavailable."""

    async def claim_notices(self, now: datetime, most: int) -> Sequence[Notice]:
        """Return the first notice of each channel that is due: nobody else posts it.

        What could not be told for a while comes with all later ones of its rollout. A
        reminder that does not hold any more is closed untold.
        """
        longest = {"longest_pause": now + LONGEST_PAUSE}
        asked = {**leased(now), **longest, "most": most}
        claimed = await self._database.run(CLAIM, asked)
        if not claimed:
            return []
        rows = await self._database.run(GET, {"ids": [row.id for row in claimed]})
        outdated = {row.notice_id for row in rows if _is_outdated(row)}
        if outdated:
            closed = {"ids": list(outdated), "now_at": now, "code": None}
            await self._database.run(CLOSE, closed)
        together: dict[int, list[Row[Any]]] = {}
        for row in rows:
            if row.kind in _KNOWN and row.notice_id not in outdated:
                together.setdefault(row.claimed_id, []).append(row)
            elif row.kind not in _KNOWN and _has_waited(row, now):
                # A newer version has had the time to post it, and is gone.
                over = {"ids": [row.notice_id], "now_at": now, "code": "newer_version"}
                await self._database.run(CLOSE, over)
        return [
            _notice(some, now)
            for claimed_id, some in together.items()
            if some[0].notice_id == claimed_id
        ]

    async def close_notices(
        self, told: Sequence[Notice], ts: str, now: datetime
    ) -> None:
        """Record that a message shows them; the channel can be posted to, then."""
        await self._database.run(CLOSE, _these(told, now, None))
        first = told[0]
        if first.thread is not None:
            await self._database.run(READ_TO, {**_board_of(first), "told_as": ts})
        await unblock(self._database, first.place, now)

    async def refuse_notice(
        self, notice: Notice, code: str, now: datetime
    ) -> Sequence[str]:
        """Record that Slack will never take it; mark what the channel follows.

        Return whose subscriptions were not marked before.
        """
        await self._database.run(CLOSE, _these(notice.all_told, now, code))
        return await block(self._database, notice.place, code, now)

    async def lose_board(self, notice: Notice, now: datetime) -> None:
        """Record that somebody has deleted the board of the notice's rollout."""
        await self._database.run(LOSE_BOARD, {**_board_of(notice), "now_at": now})

    async def retry_notice(
        self, notice: Notice, again_at: datetime, may_be_there: datetime | None
    ) -> None:
        """Post it again later; `may_be_there` is when it may have been posted."""
        asked = {
            "notice": notice.id,
            "again_at": again_at,
            "may_be_there": may_be_there,
        }
        await self._database.run(RETRY, asked)


def _has_waited(row: Row[Any], now: datetime) -> bool:
    return bool(now - row.created_at >= TOLD_TOGETHER_AFTER)


def _is_outdated(row: Row[Any]) -> bool:
    """Return whether a reminder has waited until it was not so any more."""
    if row.kind not in _KNOWN or topic_of(EventKind(row.kind)) is Topics.CHANGES:
        return False
    watched = None if row.version is None else watched_from(row)
    return not still_holds(event_from(row), watched)


def _notice(rows: Sequence[Row[Any]], now: datetime) -> Notice:
    """Return the first notice, with the others where it has waited for long."""
    first, *others = [
        Notice(
            id=row.notice_id,
            place=Place(row.to_workspace, row.to_channel),
            event=event_from(row),
            app_name=row.app_name,
            flight_name=row.flight_name,
            attempts=row.attempts,
            tried_before=row.tried_before,
            submission_id=row.of_submission,
            thread=row.ts,
            read_to=row.read_to,
            mention=row.mention,
        )
        for row in rows
    ]
    if not _has_waited(rows[0], now) or first.kind not in CHANGES:
        return first
    return replace(first, later=tuple(one for one in others if one.kind in CHANGES))


def _these(told: Sequence[Notice], now: datetime, code: str | None) -> Values:
    return {"ids": [one.id for one in told], "now_at": now, "code": code}


def _board_of(notice: Notice) -> Values:
    return {
        **of_target(notice.event.target or Target("", "")),
        "of_workspace": notice.place.workspace,
        "of_channel": notice.place.channel,
        "of_submission": notice.submission_id,
    }
