"""The repository of reminders of cards that wait for another person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Integer, bindparam, select, update

from bot.db.leases import is_free, leased
from bot.db.models import IS_PENDING
from bot.db.request_statements import REQUESTS, THIS, R
from bot.db.rows import request_from
from bot.db.session import Repository
from bot.domain.approval_reminders import (
    REMIND_AFTER,
    ApprovalReminder,
    due_reminder,
)
from bot.domain.requests import UnreadableRecord

_NOW: Final = bindparam("now_at", type_=R.expires_at.type)
_MAY_BE_CLAIMED: Final = (IS_PENDING, R.expires_at > _NOW, is_free(R))

DUE: Final = (
    select(REQUESTS)
    .where(
        *_MAY_BE_CLAIMED,
        R.rule.is_not(None),
        R.card.is_not(None),
        R.reminders < len(REMIND_AFTER),
        R.asked_at <= bindparam("asked_before", type_=R.asked_at.type),
    )
    .order_by(R.expires_at)
)
_SEEN: Final = bindparam("seen_reminders", type_=Integer())
CLAIM: Final = (
    update(REQUESTS)
    .where(THIS, *_MAY_BE_CLAIMED, R.reminders == _SEEN)
    .values(leased_until=bindparam("lease_end", type_=R.leased_until.type))
    .returning(R.id)
)
CLOSE: Final = (
    update(REQUESTS)
    .where(THIS, R.reminders == _SEEN)
    .values(reminders=bindparam("told", type_=Integer()), leased_until=None)
)


class SqlApprovalReminderRepository(Repository):
    """Which threads are to be reminded. Every method raises StorageUnavailable."""

    async def claim_reminders(
        self, now: datetime, most: int
    ) -> Sequence[ApprovalReminder]:
        """Return what is due, the most urgent first: nobody else posts it for a minute.

        What a newer version of the bot has written in another way is left to that one.
        """
        lease = leased(now)
        asked = {**lease, "asked_before": now - REMIND_AFTER[0]}
        claimed: list[ApprovalReminder] = []
        for row in await self._database.run(DUE, asked):
            try:
                request = request_from(row)
            except UnreadableRecord:
                continue
            number = due_reminder(request, now)
            if number is None:
                continue
            this = {"request": request.id, "seen_reminders": request.reminders}
            if await self._database.run(CLAIM, {**lease, **this}):
                tried_before = row.leased_until is not None
                claimed.append(ApprovalReminder(request, number, tried_before))
            if len(claimed) == most:
                break
        return claimed

    async def close_reminder(self, reminder: ApprovalReminder) -> None:
        """Record that the thread shows it, or never will."""
        request = reminder.request
        this = {"request": request.id, "seen_reminders": request.reminders}
        await self._database.run(CLOSE, {**this, "told": reminder.number})
