"""What the doctor wants to know of the memory: channels in use, and work not ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, func, select

from bot.db.models import IS_OPEN, IS_PENDING, AliasRow, RequestRow, table
from bot.db.session import Database

_ALIASES: Final = table(AliasRow).c
_REQUESTS: Final = table(RequestRow).c

# An operation that takes longer than this waits for something.
STUCK_AFTER: Final = timedelta(minutes=5)

_CHANNELS: Final = select(_ALIASES.channel).distinct().order_by(_ALIASES.channel)
_PENDING: Final = select(func.count()).where(IS_PENDING, _REQUESTS.id.is_not(None))
_OPEN: Final = select(_REQUESTS.id).where(IS_OPEN, _REQUESTS.decided_at.is_not(None))
_STUCK: Final = (
    select(_REQUESTS.id)
    .where(IS_OPEN, _REQUESTS.decided_at < bindparam("before"))
    .order_by(_REQUESTS.decided_at)
)


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is in use and what is not ended.

    `waiting` cards can still be clicked; `running` names the operations that were
    decided and have no end yet, `stuck` those of them older than STUCK_AFTER.
    """

    channels: Sequence[str]
    waiting: int
    running: Sequence[str]
    stuck: Sequence[str]


async def take_inventory(database: Database, now: datetime) -> Inventory:
    """Count. Raises MemoryUnavailable."""
    channels = await database.run(_CHANNELS)
    waiting = await database.run(_PENDING)
    running = await database.run(_OPEN)
    stuck = await database.run(_STUCK, {"before": now - STUCK_AFTER})
    return Inventory(
        channels=[row.channel for row in channels],
        waiting=waiting[0][0],
        running=[row.id for row in running],
        stuck=[row.id for row in stuck],
    )
