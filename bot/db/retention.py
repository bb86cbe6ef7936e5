"""The repository of what is over: requests, approvals and operations to be deleted."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import BindParameter, Integer, bindparam, delete, exists, select

from bot.db.models import IS_CLOSED, IS_SHOWN
from bot.db.operations import OPERATIONS, O
from bot.db.request_statements import APPROVALS, REQUESTS, R
from bot.db.session import Repository
from bot.db.telling import BOARDS, NOTICES, TARGET, B, N, V, same
from bot.db.watch_models import IS_ROLLING

_BEFORE: Final = bindparam("before", type_=O.closed_at.type)
_LIMIT: Final = bindparam("limit", type_=Integer())
# Notices that are deleted by one statement.
_NOTICES: Final = 300
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
FORGET_OPERATIONS: Final = delete(OPERATIONS).where(O.id.in_(_IDS))


class SqlRetentionRepository(Repository):
    """What is over, of all workspaces. Every method raises StorageUnavailable."""

    async def list_over(self, before: datetime, limit: int) -> Sequence[str]:
        """Return the ids whose work was over before then, at most `limit` of each kind.

        They are ids of operations, and of requests that were cancelled or expired.
        """
        asked = {"before": before, "limit": limit}
        operations = await self._database.run(CLOSED, asked)
        requests = await self._database.run(SHOWN, asked)
        return [row.id for row in (*operations, *requests)]

    async def forget(self, ids: Collection[str]) -> None:
        """Delete these operations and requests, with their approvals.

        An operation has the id of its request. What names the others goes last, so
        that a process that dies in between has lost nothing: it begins again.
        """
        for statement in (FORGET_APPROVALS, FORGET_REQUESTS, FORGET_OPERATIONS):
            await self._database.run(statement, {"ids": list(ids)})

    async def forget_notices(self, before: datetime) -> None:
        """Delete the notices and boards that were over before then."""
        asked = {"before": before, "limit": _NOTICES}
        # A claim that waits for its turn must not wait for all of them.
        while await self._database.run(FORGET_NOTICES, asked):
            pass
        await self._database.run(FORGET_BOARDS, {"before": before})
