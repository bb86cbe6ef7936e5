"""Blocked channels: what a channel follows is marked while Slack takes nothing for it.

A message that Slack takes again ends that, and the boards that it has refused for the
channel's sake go on.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, update

from bot.db.session import Database
from bot.db.telling import BOARDS, SUBSCRIPTIONS, B, S
from bot.domain.requests import Place
from bot.domain.watching import Topics

_NOW: Final = bindparam("now_at", type_=S.added_at.type)
_WORKSPACE: Final = bindparam("of_workspace", type_=S.workspace.type)
_CHANNEL: Final = bindparam("of_channel", type_=S.channel.type)
_HERE: Final = (S.workspace == _WORKSPACE, S.channel == _CHANNEL)

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
    .returning(S.channel)
)
REOPEN: Final = (
    update(BOARDS)
    .where(B.workspace == _WORKSPACE, B.channel == _CHANNEL, B.refused_by.is_not(None))
    .values(closed_at=None, refused_by=None, due_at=_NOW, attempts=0)
)


async def block(
    database: Database, place: Place, code: str, now: datetime
) -> Sequence[str]:
    """Mark what a channel follows; return whose subscriptions were not marked before.

    Raises StorageUnavailable.
    """
    marked = {**_here(place), "now_at": now, "code": code}
    rows = await database.run(BLOCK, marked)
    return sorted({row.added_by for row in rows})


async def unblock(database: Database, place: Place, now: datetime) -> None:
    """Record that Slack takes messages for the channel. Raises StorageUnavailable."""
    if await database.run(UNBLOCK, _here(place)):
        await database.run(REOPEN, {**_here(place), "now_at": now})


def _here(place: Place) -> dict[str, object]:
    return {"of_workspace": place.workspace, "of_channel": place.channel}
