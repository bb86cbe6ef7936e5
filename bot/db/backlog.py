"""Backlog: what is due and not done yet, for the metrics and for the doctor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, select

from bot.db.models import IS_OPEN, OperationRow, table
from bot.db.plan_models import IS_LIVE
from bot.db.plan_statements import P
from bot.db.rows import target_from
from bot.db.session import Database
from bot.db.telling import N, S, V
from bot.db.watch_models import IS_UNPOSTED
from bot.db.watch_statements import UNDER_WAY
from bot.db.watching import FOLLOWED_UP
from bot.domain.plans import PlanState
from bot.domain.submissions import Target

_O: Final = table(OperationRow).c
_NOTHING: Final = timedelta(0)
_FAILING: Final = V.failing_since.is_not(None)
# A target that an operation of ours may be changing is not looked at, however late.
_DUE: Final = V.due_at <= bindparam("now_at", type_=V.due_at.type)
_DUE_STEP: Final = (
    IS_LIVE,
    P.state == PlanState.RUNNING.value,
    P.due_at <= bindparam("now_at", type_=P.due_at.type),
)

BACKLOG: Final = select(
    select(func.count(V.app_id)).scalar_subquery().label("followed"),
    select(func.min(V.due_at)).where(_DUE, ~UNDER_WAY).scalar_subquery().label("due"),
    select(func.count(V.app_id)).where(_FAILING).scalar_subquery().label("failing"),
    select(func.count(N.id)).where(IS_UNPOSTED).scalar_subquery().label("notices"),
    select(func.min(N.created_at))
    .where(IS_UNPOSTED)
    .scalar_subquery()
    .label("oldest_notice"),
    select(func.count(_O.id)).where(IS_OPEN).scalar_subquery().label("operations"),
    select(func.count(P.id)).where(IS_LIVE).scalar_subquery().label("ramps"),
    select(func.count(P.id))
    .where(IS_LIVE, P.state == PlanState.HELD.value)
    .scalar_subquery()
    .label("held_ramps"),
    select(func.min(P.due_at)).where(*_DUE_STEP).scalar_subquery().label("due_step"),
)
FAILING: Final = (
    select(V.account, V.app_id, V.flight_id, V.app_name, V.failing_since)
    .where(_FAILING)
    .order_by(V.failing_since)
)
BLOCKED: Final = (
    select(
        S.channel,
        func.min(S.blocked_at).label("since"),
        func.min(S.blocked_by).label("code"),
    )
    .where(S.blocked_at.is_not(None))
    .group_by(S.workspace, S.channel)
    .order_by(S.channel)
)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is due and not done, of all replicas.

    `followed` targets are watched; the look that is the longest due is `overdue`, and
    the last looks at `failing` of them were in vain. Of the `notices` that are not
    posted the first is `oldest_notice` old. `operations` are decided and not over. Of
    the `ramps` that are live `held_ramps` wait for a person; the step that is the
    longest due is `overdue_step`.
    """

    followed: int
    overdue: timedelta
    failing: int
    notices: int
    oldest_notice: timedelta
    operations: int
    ramps: int
    held_ramps: int
    overdue_step: timedelta


@dataclass(frozen=True, slots=True)
class FailingTarget:
    """A target that the Store has not shown since then; its name where it is known."""

    target: Target
    app_name: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class BlockedChannel:
    """A channel that Slack takes no message for, since when, and Slack's reason."""

    channel: str
    since: datetime
    code: str


async def read_backlog(database: Database, now: datetime) -> Backlog:
    """Return the backlog. Raises StorageUnavailable."""
    asked = {"now_at": now, "followed_since": now - FOLLOWED_UP}
    [row] = await database.run(BACKLOG, asked)
    return Backlog(
        followed=row.followed,
        overdue=_age(row.due, now),
        failing=row.failing,
        notices=row.notices,
        oldest_notice=_age(row.oldest_notice, now),
        operations=row.operations,
        ramps=row.ramps,
        held_ramps=row.held_ramps,
        overdue_step=_age(row.due_step, now),
    )


async def list_failing(database: Database) -> Sequence[FailingTarget]:
    """Return the targets whose last look was in vain, the longest first.

    Raises StorageUnavailable.
    """
    rows = await database.run(FAILING)
    return [_failing(row) for row in rows]


async def list_blocked(database: Database) -> Sequence[BlockedChannel]:
    """Return the channels that cannot be told. Raises StorageUnavailable."""
    rows = await database.run(BLOCKED)
    return [BlockedChannel(row.channel, row.since, row.code) for row in rows]


def _failing(row: Row[Any]) -> FailingTarget:
    return FailingTarget(target_from(row), row.app_name, row.failing_since)


def _age(since: datetime | None, now: datetime) -> timedelta:
    """Return how long it is since then; nothing where the clock was set back."""
    return _NOTHING if since is None else max(_NOTHING, now - since)
