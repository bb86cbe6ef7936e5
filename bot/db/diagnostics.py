"""Diagnostics of the database: channels in use, and work that has not ended."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, func, or_, select

from bot.db.channel_models import AliasRow
from bot.db.events import EVENTS, E
from bot.db.models import IS_OPEN, IS_PENDING, OperationRow, RequestRow, table
from bot.db.session import Database
from bot.domain.results import CODES, Unknown

_ALIASES: Final = table(AliasRow).c
_REQUESTS: Final = table(RequestRow).c
_OPERATIONS: Final = table(OperationRow).c

# An operation that takes longer than this waits for something.
STUCK_AFTER: Final = timedelta(minutes=5)

_CHANNELS: Final = select(_ALIASES.channel).distinct().order_by(_ALIASES.channel)
_PENDING: Final = select(func.count()).where(IS_PENDING, _REQUESTS.id.is_not(None))
_OPEN: Final = select(func.count()).where(IS_OPEN, _OPERATIONS.id.is_not(None))
_STUCK: Final = (
    select(_OPERATIONS.id)
    .where(IS_OPEN, _OPERATIONS.authorised_at < bindparam("before"))
    .order_by(_OPERATIONS.authorised_at)
)

_UNSETTLED: Final = select(_OPERATIONS.id).where(
    _OPERATIONS.id.in_(bindparam("ids", expanding=True)),
    or_(IS_OPEN, _OPERATIONS.outcome == CODES[Unknown]),
)


_EVENTS: Final = select(func.count().label("events")).select_from(EVENTS)
_OLDEST: Final = select(E.at).order_by(E.id).limit(1)


@dataclass(frozen=True, slots=True)
class DatabaseDiagnostics:
    """What is in use and what is not ended.

    `waiting` cards can still be clicked, `running` operations were decided and have no
    end yet; `stuck` names those of them that run for longer than STUCK_AFTER.
    """

    channels: Sequence[str]
    waiting: int
    running: int
    stuck: Sequence[str]


async def read_diagnostics(database: Database, now: datetime) -> DatabaseDiagnostics:
    """Return the counts. Raises StorageUnavailable."""
    channels = await database.run(_CHANNELS)
    waiting = await database.run(_PENDING)
    running = await database.run(_OPEN)
    stuck = await database.run(_STUCK, {"before": now - STUCK_AFTER})
    return DatabaseDiagnostics(
        channels=[row.channel for row in channels],
        waiting=waiting[0][0],
        running=running[0][0],
        stuck=[row.id for row in stuck],
    )


async def read_log(database: Database) -> tuple[int, datetime | None]:
    """Return how many events are kept, and the time of the oldest.

    Raises StorageUnavailable.
    """
    [counted] = await database.run(_EVENTS)
    oldest = await database.run(_OLDEST)
    return counted.events, oldest[0].at if oldest else None


async def unsettled(database: Database, ids: Collection[str]) -> Sequence[str]:
    """Return those of the operations that have no end yet, or ended as Unknown.

    Raises StorageUnavailable.
    """
    return [row.id for row in await database.run(_UNSETTLED, {"ids": list(ids)})]
