"""The repository of what is over: requests, notices and events to be deleted."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import (
    BindParameter,
    Integer,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from bot.db.events import EVENTS, E
from bot.db.models import IS_CLOSED, IS_OPEN, IS_PENDING, IS_SHOWN, table
from bot.db.operations import OPERATIONS, O
from bot.db.plan_models import IS_OVER
from bot.db.plan_statements import PLANS
from bot.db.policy_models import IS_DECIDED, EventRetentionRow
from bot.db.proposal_statements import PROPOSALS, P
from bot.db.request_statements import APPROVALS, REQUESTS, R
from bot.db.session import Repository
from bot.db.telling import BOARDS, NOTICES, TARGET, B, N, V, same
from bot.db.watch_models import IS_ROLLING, IS_UNPOSTED

_BEFORE: Final = bindparam("before", type_=O.closed_at.type)
_LIMIT: Final = bindparam("limit", type_=Integer())
# Notices that are deleted by one statement.
_NOTICES: Final = 300
# Events that are looked through by one statement.
_EVENTS: Final = 300
_IDS: Final[BindParameter[str]] = bindparam("ids", expanding=True)

CLOSED: Final = (
    select(O.id)
    .where(IS_CLOSED, O.closed_at < _BEFORE)
    .order_by(O.closed_at)
    .limit(_LIMIT)
)
SHOWN: Final = (
    select(R.id)
    .where(IS_SHOWN, R.card_closed_at < _BEFORE)
    .order_by(R.card_closed_at)
    .limit(_LIMIT)
)
OVER: Final = (
    select(PLANS.c.id)
    .where(IS_OVER, PLANS.c.changed_at < _BEFORE)
    .order_by(PLANS.c.changed_at)
    .limit(_LIMIT)
)
FORGET_PLANS: Final = delete(PLANS).where(PLANS.c.id.in_(_IDS), IS_OVER)
FORGET_APPROVALS: Final = delete(APPROVALS).where(APPROVALS.c.request_id.in_(_IDS))
FORGET_REQUESTS: Final = delete(REQUESTS).where(R.id.in_(_IDS))
FORGET_NOTICES: Final = (
    delete(NOTICES)
    .where(N.id.in_(select(N.id).where(IS_CLOSED, N.closed_at < _BEFORE).limit(_LIMIT)))
    .returning(N.id)
)
# What somebody has deleted must not come again while its rollout goes on.
_IS_ROLLING: Final = exists(
    select(V.version).where(
        IS_ROLLING, same(V, B, TARGET), V.submission_id == B.submission_id
    )
)
FORGET_BOARDS: Final = delete(BOARDS).where(
    IS_CLOSED, B.closed_at < _BEFORE, ~_IS_ROLLING
)
# One whose card is still to be shown waits for that.
FORGET_PROPOSALS: Final = delete(PROPOSALS).where(IS_DECIDED, P.decided_at < _BEFORE)
FORGET_OPERATIONS: Final = delete(OPERATIONS).where(O.id.in_(_IDS))

# The triggers let nothing be deleted that is not older than this.
EVENT_RETENTION: Final = table(EventRetentionRow)
_KEPT_FROM: Final = EVENT_RETENTION.c.kept_from
MOVE_FORWARD: Final = (
    update(EVENT_RETENTION).where(_KEPT_FROM < _BEFORE).values(kept_from=_BEFORE)
)
# The log has no index by time. It is in the order of its ids, near enough: what is
# older stands in its first pages.
_AFTER: Final = E.id > bindparam("after", type_=E.id.type)
PAGE: Final = select(E.id, E.at).where(_AFTER).order_by(E.id).limit(_LIMIT)
# What work that is not over has still to read: requests, the charts of open boards,
# which reminders of an open rollout were told, and what a channel is still to be told.
_IN_USE: Final = or_(
    exists(select(R.id).where(R.id == E.request_id, IS_PENDING)),
    exists(
        select(O.id).where(O.id == func.coalesce(E.operation_id, E.request_id), IS_OPEN)
    ),
    and_(
        E.unique_key.is_not(None),
        or_(
            exists(
                select(B.id).where(IS_UNPOSTED, same(B, E, TARGET), B.began_at <= E.at)
            ),
            exists(
                select(V.version).where(IS_ROLLING, same(V, E, TARGET), V.since <= E.at)
            ),
            exists(select(N.id).where(IS_UNPOSTED, N.event_key == E.unique_key)),
        ),
    ),
)
FORGET_EVENTS: Final = (
    delete(EVENTS)
    .where(
        _AFTER,
        E.id <= bindparam("last", type_=E.id.type),
        E.at < _BEFORE,
        ~_IN_USE,
    )
    .returning(E.id)
)


class SqlRetentionRepository(Repository):
    """What is over, of all workspaces. Every method raises StorageUnavailable."""

    async def list_over(self, before: datetime, limit: int) -> Sequence[str]:
        """Return the ids whose work was over before then, at most `limit` of each kind.

        They are ids of operations, of requests that were cancelled or expired, and of
        plans.
        """
        asked = {"before": before, "limit": limit}
        operations = await self._database.run(CLOSED, asked)
        requests = await self._database.run(SHOWN, asked)
        plans = await self._database.run(OVER, asked)
        return [row.id for row in (*operations, *requests, *plans)]

    async def forget(self, ids: Collection[str]) -> None:
        """Delete these operations, plans and requests, with their approvals.

        An operation or a plan has the id of its request. What names the others goes
        last, so that a process that dies in between has lost nothing: it begins again.
        """
        for statement in (
            *(FORGET_APPROVALS, FORGET_REQUESTS),
            *(FORGET_OPERATIONS, FORGET_PLANS),
        ):
            await self._database.run(statement, {"ids": list(ids)})

    async def forget_notices(self, before: datetime) -> None:
        """Delete the notices and boards that were over before then."""
        asked = {"before": before, "limit": _NOTICES}
        # A claim that waits for its turn must not wait for all of them.
        while await self._database.run(FORGET_NOTICES, asked):
            pass
        await self._database.run(FORGET_BOARDS, {"before": before})

    async def forget_proposals(self, before: datetime) -> None:
        """Delete the proposals that were decided, or expired, before then."""
        await self._database.run(FORGET_PROPOSALS, {"before": before})

    async def forget_events(self, before: datetime) -> int:
        """Delete the events from before then that nothing reads; return how many.

        What open work has still to read is kept until it is over.
        """
        await self._database.run(MOVE_FORWARD, {"before": before})
        deleted, after = 0, 0
        while page := await self._database.run(
            PAGE, {"after": after, "limit": _EVENTS}
        ):
            if all(row.at >= before for row in page):
                break
            asked = {"after": after, "last": page[-1].id, "before": before}
            deleted += len(await self._database.run(FORGET_EVENTS, asked))
            after = page[-1].id
        return deleted
