"""The repository of notices: each event is posted in each channel once, in order."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Integer, Row, and_, bindparam, exists, or_, select, update

from bot.db.events import EVENTS, E, event_from
from bot.db.session import Repository
from bot.db.telling import (
    CHANNEL,
    NOTICES,
    OBSERVATIONS,
    SUBSCRIPTIONS,
    TARGET,
    N,
    S,
    V,
)
from bot.db.watch_models import IS_UNPOSTED
from bot.domain.events import EventKind
from bot.domain.notices import Notice
from bot.domain.requests import Place
from bot.domain.watching import Topics

LEASE: Final = timedelta(seconds=60)

_NOW: Final = bindparam("now_at", type_=N.due_at.type)
_LEASE: Final = bindparam("lease_end", type_=N.due_at.type)
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
_DUE: Final = (
    select(N.id)
    .where(
        N.closed_at.is_(None),
        N.due_at <= _NOW,
        or_(
            N.leased_until.is_(None),
            N.leased_until <= _NOW,
            N.leased_until > _LEASE,
        ),
        _FIRST,
    )
    .order_by(N.id)
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
GET: Final = (
    select(
        EVENTS,
        N.id.label("notice_id"),
        N.workspace.label("to_workspace"),
        N.channel.label("to_channel"),
        N.attempts,
        N.tried_before,
        V.app_name,
        V.flight_name,
        S.mention,
    )
    .join_from(NOTICES, EVENTS, E.unique_key == N.event_key)
    .join(OBSERVATIONS, and_(*(V[name] == N[name] for name in TARGET)), isouter=True)
    .join(
        SUBSCRIPTIONS,
        and_(*(S[name] == N[name] for name in (*CHANNEL, *TARGET))),
        isouter=True,
    )
    .where(N.id.in_(bindparam("ids", expanding=True)))
    .order_by(N.id)
)
CLOSE: Final = (
    update(NOTICES)
    .where(_THIS, IS_UNPOSTED)
    .values(
        closed_at=_NOW,
        leased_until=None,
        refused_by=bindparam("code", type_=N.refused_by.type),
    )
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
_HERE: Final = (
    S.workspace == bindparam("of_workspace", type_=S.workspace.type),
    S.channel == bindparam("of_channel", type_=S.channel.type),
)
BLOCK: Final = (
    update(SUBSCRIPTIONS)
    .where(*_HERE, S.blocked_at.is_(None), S.topics != Topics.NONE.value)
    .values(blocked_at=_NOW, blocked_by=bindparam("code", type_=S.blocked_by.type))
    .returning(S.added_by)
)
UNBLOCK: Final = (
    update(SUBSCRIPTIONS)
    .where(*_HERE, S.blocked_at.is_not(None))
    .values(blocked_at=None, blocked_by=None)
)


class SqlNoticeRepository(Repository):
    """The notices of all channels. Every method raises StorageUnavailable."""

    async def claim_notices(self, now: datetime, most: int) -> Sequence[Notice]:
        """Return the first notice of each channel that is due: nobody else posts it."""
        asked = {"now_at": now, "lease_end": now + LEASE, "most": most}
        claimed = await self._database.run(CLAIM, asked)
        if not claimed:
            return []
        rows = await self._database.run(GET, {"ids": [row.id for row in claimed]})
        known = frozenset(EventKind)
        return [_notice(row) for row in rows if row.kind in known]

    async def close_notice(self, notice: Notice, now: datetime) -> None:
        """Record that the channel shows it; the channel can be posted to, then."""
        await self._database.run(CLOSE, _this(notice, now, None))
        await self._database.run(UNBLOCK, _here(notice.place))

    async def refuse_notice(
        self, notice: Notice, code: str, now: datetime
    ) -> Sequence[str]:
        """Record that Slack will never take it; mark what the channel follows.

        Return whose subscriptions were not marked before.
        """
        await self._database.run(CLOSE, _this(notice, now, code))
        marked = {**_here(notice.place), "now_at": now, "code": code}
        rows = await self._database.run(BLOCK, marked)
        return sorted({row.added_by for row in rows})

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


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        id=row.notice_id,
        place=Place(row.to_workspace, row.to_channel),
        event=event_from(row),
        app_name=row.app_name,
        flight_name=row.flight_name,
        attempts=row.attempts,
        tried_before=row.tried_before,
        mention=row.mention,
    )


def _this(notice: Notice, now: datetime, code: str | None) -> dict[str, object]:
    return {"notice": notice.id, "now_at": now, "code": code}


def _here(place: Place) -> dict[str, object]:
    return {"of_workspace": place.workspace, "of_channel": place.channel}
