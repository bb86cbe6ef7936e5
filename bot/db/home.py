"""The repository of App Home: what waits, is open and has ended in some channels."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from bot.db.events import EVENTS, E, event_from
from bot.db.models import IS_PENDING
from bot.db.operations import OPERATIONS, O
from bot.db.plan_models import IS_LIVE
from bot.db.plan_statements import PLANS
from bot.db.plan_statements import P as RAMP
from bot.db.plans import readable_plan
from bot.db.proposal_statements import PROPOSALS, P
from bot.db.proposals import proposal_from
from bot.db.request_statements import NOW, REQUESTS, R
from bot.db.rows import request_from
from bot.db.session import Repository
from bot.db.subscriptions import HAS_ALIAS
from bot.db.telling import OBSERVATIONS, SUBSCRIPTIONS, TARGET, S, V, same
from bot.db.watch_models import IS_END
from bot.db.watching import watched_from
from bot.domain.events import EventKind
from bot.domain.home import FinishedIn, FollowedTarget, finished_rollout
from bot.domain.plans import Plan
from bot.domain.proposals import Proposal, ProposalKind
from bot.domain.requests import Request, UnreadableRecord
from bot.domain.rollout import IN_PROGRESS
from bot.domain.verbs import Verb
from bot.domain.watching import Topics

# More than one person reads, and few enough for a moment.
_MOST_WAITING: Final = 100
_MOST_PROPOSED: Final = 15
_MOST_FOLLOWED: Final = 1000
_MOST_ENDS: Final = 5000
_MOST_FINISHED: Final = 300

_CHANNELS: Final[BindParameter[list[str]]] = bindparam("channels", expanding=True)
_TOLD: Final = S.topics != Topics.NONE.value
_HERE: Final = (S.workspace == bindparam("workspace"), _TOLD, S.channel.in_(_CHANNELS))
_NAMED: Final = HAS_ALIAS.label("named_here")

# The few pending requests have an index of their own.
WAITING: Final = (
    select(REQUESTS)
    .where(
        IS_PENDING,
        R.expires_at > NOW,
        R.workspace == bindparam("workspace"),
        or_(R.channel.in_(_CHANNELS), R.asked_by == bindparam("asker")),
    )
    .order_by(R.expires_at)
    .limit(bindparam("most", type_=Integer()))
)
PROPOSED: Final = (
    select(PROPOSALS)
    .where(
        IS_PENDING,
        P.expires_at > NOW,
        P.kind.in_(list(ProposalKind)),
        P.workspace == bindparam("workspace"),
        P.channel.in_(_CHANNELS),
    )
    .order_by(P.expires_at)
    .limit(bindparam("most", type_=Integer()))
)
FOLLOWED: Final = (
    select(OBSERVATIONS, S.channel, _NAMED)
    .join_from(SUBSCRIPTIONS, OBSERVATIONS, same(V, S, TARGET))
    .where(
        *_HERE,
        or_(
            V.rollout_status == IN_PROGRESS,
            V.failing_since.is_not(None),
            V.looked_at.is_(None),
        ),
    )
    .limit(bindparam("most", type_=Integer()))
)
# The ends of one week are few, of whatever targets: they are read first.
_ENDS: Final = (
    select(E.id, *(E[name] for name in TARGET))
    .where(IS_END, E.at > bindparam("since", type_=E.at.type))
    .order_by(E.at.desc())
    .limit(bindparam("most_ends", type_=Integer()))
    .subquery("ends")
)


def _finished_in(*channels: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            EVENTS,
            S.channel.label("in_channel"),
            _NAMED,
            *(V.app_name, V.flight_name),
        )
        .join_from(_ENDS, SUBSCRIPTIONS, same(_ENDS.c, S, TARGET))
        .join(EVENTS, E.id == _ENDS.c.id)
        .join(OBSERVATIONS, same(V, S, TARGET), isouter=True)
        .join(OPERATIONS, O.id == E.operation_id, isouter=True)
        .where(*channels, func.coalesce(O.verb, "") != Verb.SET.value)
        .order_by(E.at.desc())
        .limit(bindparam("most", type_=Integer()))
    )


def _ramps_in(*channels: ColumnElement[bool]) -> Select[Any]:
    """Return the query of what was started in channels, or is followed there."""
    started = RAMP.workspace == bindparam("workspace"), RAMP.channel.in_(_CHANNELS)
    followed = exists(select(S.channel).where(same(S, RAMP, TARGET), *channels))
    return select(PLANS).where(IS_LIVE, or_(and_(*started), followed))


_BY_TARGET: Final = {
    # Expressions, and no columns: SQLite would look up each channel for each target, or
    # read all subscriptions of the workspace.
    "sqlite": (
        S.workspace + "" == bindparam("workspace"),
        _TOLD,
        (S.channel + "").in_(_CHANNELS),
    ),
    # PostgreSQL would take an expression for one that hardly any row fulfils, and
    # compare each target with each subscription.
    "postgresql": _HERE,
}
FINISHED: Final = {
    dialect: _finished_in(*channels) for dialect, channels in _BY_TARGET.items()
}
RAMPS: Final = {
    dialect: _ramps_in(*channels) for dialect, channels in _BY_TARGET.items()
}
FOLLOWS_ANY: Final = select(S.channel).where(*_HERE).limit(1)


class SqlHomeRepository(Repository):
    """What channels follow. Every method raises StorageUnavailable."""

    async def list_waiting(
        self, workspace: str, channels: Sequence[str], asker: str, now: datetime
    ) -> Sequence[Request]:
        """Return the open requests of these channels, and the asker's own."""
        asked = {
            **_here(workspace, channels),
            "asker": asker,
            "now": now,
            "most": _MOST_WAITING,
        }
        rows = await self._database.run(WAITING, asked)
        return [one for row in rows if (one := _readable(row)) is not None]

    async def list_proposals(
        self, workspace: str, channels: Sequence[str], now: datetime
    ) -> Sequence[Proposal]:
        """Return the proposals that wait in these channels, the oldest first."""
        asked = {**_here(workspace, channels), "now": now, "most": _MOST_PROPOSED}
        rows = await self._database.run(PROPOSED, asked)
        return [proposal_from(row) for row in rows]

    async def list_followed(
        self, workspace: str, channels: Sequence[str]
    ) -> Sequence[FollowedTarget]:
        """Return the followed targets that are open, or could not be read."""
        asked = {**_here(workspace, channels), "most": _MOST_FOLLOWED}
        rows = await self._database.run(FOLLOWED, asked)
        return [
            FollowedTarget(row.channel, bool(row.named_here), watched_from(row))
            for row in rows
        ]

    async def list_ramps(
        self, workspace: str, channels: Sequence[str]
    ) -> Sequence[Plan]:
        """Return the ramps that have not ended, of what these channels follow, too."""
        ramps = RAMPS[self._database.dialect]
        rows = await self._database.run(ramps, _here(workspace, channels))
        return [plan for row in rows if (plan := readable_plan(row)) is not None]

    async def list_finished(
        self, workspace: str, channels: Sequence[str], since: datetime
    ) -> Sequence[FinishedIn]:
        """Return what has ended of the followed targets, the newest first."""
        asked = {
            **_here(workspace, channels),
            "since": since,
            "most_ends": _MOST_ENDS,
            "most": _MOST_FINISHED,
        }
        rows = await self._database.run(FINISHED[self._database.dialect], asked)
        return [one for row in rows if (one := _finished(row)) is not None]

    async def follows_any(self, workspace: str, channels: Sequence[str]) -> bool:
        """Return whether one of the channels follows anything."""
        return bool(await self._database.run(FOLLOWS_ANY, _here(workspace, channels)))


def _here(workspace: str, channels: Sequence[str]) -> dict[str, object]:
    return {"workspace": workspace, "channels": list(channels)}


def _readable(row: Row[Any]) -> Request | None:
    """Return the request of a row; None where a newer version wrote it otherwise."""
    try:
        return request_from(row)
    except UnreadableRecord:
        return None


def _finished(row: Row[Any]) -> FinishedIn | None:
    if row.kind not in frozenset(EventKind):
        return None
    try:
        ended = finished_rollout(event_from(row), row.app_name, row.flight_name)
    except (KeyError, TypeError, ValueError):
        # A newer version wrote it otherwise.
        return None
    if ended is None:
        return None
    return FinishedIn(row.in_channel, bool(row.named_here), ended)
