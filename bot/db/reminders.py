"""The repository of reminders: what may have to be told without a change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Integer, bindparam, exists, select, update

from bot.db.events import EVENTS, event_values
from bot.db.plan_models import IS_LIVE
from bot.db.plan_statements import P
from bot.db.rows import Values
from bot.db.session import Repository
from bot.db.telling import (
    OBSERVATIONS,
    TARGET,
    V,
    of_target,
    same,
    tell_followers,
    this_target,
)
from bot.db.watch_statements import HAS_EVENT, NOW, new_values
from bot.db.watching import watched_from
from bot.db.writes import Write
from bot.domain.events import Event
from bot.domain.plans import PlanState
from bot.domain.watching import Topics, WatchedTarget

# As the target was read: it has not changed, and nobody else was told.
_AS_READ: Final = (
    this_target(V),
    V.version == bindparam("seen_version", type_=V.version.type),
    V.remind_at == bindparam("read_remind_at", type_=V.remind_at.type),
)
REMIND: Final = Write(
    update(OBSERVATIONS)
    .where(*_AS_READ)
    .values(**new_values("remind_at", "unreadable_since"))
    .returning(V.version),
    EVENTS,
    companions=(tell_followers(Topics.ATTENTION),),
)
POSTPONE: Final = (
    update(OBSERVATIONS).where(*_AS_READ).values(**new_values("remind_at"))
)
# Whether the rollout that was last seen has a ramp that goes on by itself, or has told
# a person that it does not. A pause may be forgotten.
RAMPED: Final = exists(
    select(P.id).where(
        IS_LIVE,
        P.state != PlanState.PAUSED.value,
        same(P, V, (*TARGET, "submission_id")),
    )
)
TO_REMIND: Final = (
    select(OBSERVATIONS, RAMPED.label("ramped"))
    .where(V.remind_at <= NOW)
    .order_by(V.remind_at)
    .limit(bindparam("most", type_=Integer()))
)


class SqlReminderRepository(Repository):
    """The reminders of all accounts. Every method raises StorageUnavailable."""

    async def list_to_remind(self, now: datetime, most: int) -> Sequence[WatchedTarget]:
        """Return targets about which something may have to be told by now."""
        rows = await self._database.run(TO_REMIND, {"now_at": now, "most": most})
        return [replace(watched_from(row), ramped=bool(row.ramped)) for row in rows]

    async def is_told(self, unique_key: str) -> bool:
        """Return whether the log has an event with this key."""
        asked = {"key_of_event": unique_key}
        return bool(await self._database.run(HAS_EVENT, asked))

    async def save_reminder(
        self, before: WatchedTarget, after: WatchedTarget, event: Event
    ) -> bool:
        """Store an event with its notices, and when to remind again.

        Return False, and store nothing, where the target has changed meanwhile, or was
        reminded of by somebody else.
        """
        values = _values(before, after) | {
            "new_unreadable_since": after.unreadable_since,
            "key_of_event": event.unique_key,
            "of_request": None,
            "of_submission": before.seen.ref.submission_id if before.seen else "",
            "told_at": event.at,
        }
        saved = await self._database.write(REMIND, values, event_values(event))
        return bool(saved)

    async def postpone(self, before: WatchedTarget, after: WatchedTarget) -> None:
        """Store when to remind again: nothing is to be told now."""
        await self._database.run(POSTPONE, _values(before, after))


def _values(before: WatchedTarget, after: WatchedTarget) -> Values:
    return {
        **of_target(before.target),
        "seen_version": before.version,
        "read_remind_at": before.remind_at,
        "new_remind_at": after.remind_at,
    }
