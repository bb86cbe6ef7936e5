"""The repository of bookings: how many requests were sent to the Store, and when."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Executable, bindparam, delete, select

from bot.db.delivery_models import BookingRow
from bot.db.models import table
from bot.db.session import INSERT, Repository

BOOKINGS: Final = table(BookingRow)

# The clocks of two replicas may differ by less than this.
_KEPT: Final = timedelta(minutes=10)

_KEY: Final = ("account", "began_at", "priority")


def _add(dialect: str) -> Executable:
    new = INSERT[dialect](BOOKINGS)
    total = BOOKINGS.c.requests + new.excluded.requests
    return new.on_conflict_do_update(
        index_elements=_KEY, set_={"requests": total}
    ).returning(BOOKINGS.c.requests)


ADD: Final = {dialect: _add(dialect) for dialect in INSERT}
SINCE: Final = select(
    BOOKINGS.c.began_at, BOOKINGS.c.priority, BOOKINGS.c.requests
).where(
    BOOKINGS.c.account == bindparam("account"),
    BOOKINGS.c.began_at >= bindparam("since"),
)
FORGET: Final = delete(BOOKINGS).where(
    BOOKINGS.c.account == bindparam("of_account"),
    BOOKINGS.c.began_at < bindparam("before"),
)


class SqlBookingRepository(Repository):
    """The bookings of all replicas. Every method raises StorageUnavailable."""

    async def add_bookings(
        self,
        account: str,
        bookings: Mapping[tuple[datetime, str], int],
        since: datetime,
    ) -> Mapping[tuple[datetime, str], int]:
        """Add to the account's bookings, and return those of periods from `since` on.

        Of two replicas that add to the same period, the first is not shown what the
        second has added.
        """
        run = self._database.run
        added: dict[tuple[datetime, str], int] = {}
        for (began, priority), requests in bookings.items():
            values = {
                "account": account,
                "began_at": began,
                "priority": priority,
                "requests": requests,
            }
            rows = await run(ADD[self._database.dialect], values)
            added[began, priority] = rows[0].requests
        if bookings:
            before = since - _KEPT
            await run(FORGET, {"of_account": account, "before": before})
        found = await run(SINCE, {"account": account, "since": since})
        return {(row.began_at, row.priority): row.requests for row in found} | added
