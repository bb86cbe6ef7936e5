"""The Slack events that have been taken."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete

from bot.db.models import DeliveryRow, table
from bot.db.session import INSERT, Repository

DELIVERIES: Final = table(DeliveryRow)

NOTE: Final = {
    dialect: insert(DELIVERIES)
    .on_conflict_do_nothing()
    .returning(DELIVERIES.c.event_id)
    for dialect, insert in INSERT.items()
}
FORGET: Final = delete(DELIVERIES).where(DELIVERIES.c.seen_at < bindparam("before"))


class SqlDeliveryRepository(Repository):
    """The deliveries of all workspaces. Every method raises MemoryUnavailable."""

    async def first_delivery(self, event_id: str, now: datetime) -> bool:
        """Note the event; False where it was noted before, by any replica."""
        rows = await self._database.run(
            NOTE[self._database.dialect], {"event_id": event_id, "seen_at": now}
        )
        return bool(rows)

    async def forget_deliveries(self, before: datetime) -> None:
        """Delete the deliveries seen before then; Slack repeats none for so long."""
        await self._database.run(FORGET, {"before": before})
