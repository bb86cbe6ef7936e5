"""The repository of Slack events that have been taken."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete

from bot.db.delivery_models import DeliveryRow
from bot.db.models import table
from bot.db.session import INSERT, Repository

DELIVERIES: Final = table(DeliveryRow)

ADD: Final = {
    dialect: insert(DELIVERIES)
    .on_conflict_do_nothing()
    .returning(DELIVERIES.c.event_id)
    for dialect, insert in INSERT.items()
}
FORGET: Final = delete(DELIVERIES).where(DELIVERIES.c.seen_at < bindparam("before"))


class SqlDeliveryRepository(Repository):
    """The deliveries of all workspaces. Every method raises StorageUnavailable."""

    async def first_delivery(
        self, workspace: str, event_id: str, now: datetime
    ) -> bool:
        """Store the event's id; False where it was stored before, by any replica."""
        rows = await self._database.run(
            ADD[self._database.dialect],
            {"workspace": workspace, "event_id": event_id, "seen_at": now},
        )
        return bool(rows)

    async def forget_deliveries(self, before: datetime) -> None:
        """Delete the deliveries seen before then; Slack repeats none for so long."""
        await self._database.run(FORGET, {"before": before})
