"""Approval reminders: tells a card's thread that another person is still needed."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

from bot.domain.approval_reminders import ApprovalReminder
from bot.domain.notices import START_WITHIN
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.ids import REMINDER_PART
from bot.slack.messages.approvers import approval_reminder
from bot.slack.outbox.languages import Languages
from bot.slack.outbox.message_lookup import parts_in_thread, thread_of
from bot.slack.outbox.posting import body, send

# Threads that one round tells, well within the time that they are claimed for.
_MOST: Final = 20

_log = logging.getLogger("bot.slack")


class ApprovalReminderRepository(Protocol):
    """Which threads are to be reminded. Every method raises StorageUnavailable."""

    async def claim_reminders(
        self, now: datetime, most: int
    ) -> Sequence[ApprovalReminder]:
        """Return what is due, the most urgent first: nobody else posts it for a minute.

        What nobody has closed by then may be claimed again.
        """
        ...

    async def close_reminder(self, reminder: ApprovalReminder) -> None:
        """Record that the thread shows it, or never will."""
        ...


class ApprovalReminders:
    """Posts the reminders that are due, each once as far as Slack shows that."""

    def __init__(
        self,
        clients: WorkspaceClients,
        repository: ApprovalReminderRepository,
        languages: Languages,
        clock: Callable[[], datetime],
    ) -> None:
        self._clients = clients
        self._repository = repository
        self._languages = languages
        self._clock = clock

    async def post_due(self) -> None:
        """Post what is due, one after the other. Raises StorageUnavailable."""
        now = self._clock()
        for reminder in await self._repository.claim_reminders(now, _MOST):
            if self._clock() < now + START_WITHIN:
                await self._post(reminder)

    async def _post(self, reminder: ApprovalReminder) -> None:
        request, part = reminder.request, f"{REMINDER_PART}{reminder.number}"
        try:
            if not await self._is_shown(reminder, part):
                await self._send(reminder, part)
        except RetryableNotificationError as busy:
            # It is claimed again in a minute, and looked for before it is posted.
            _log.warning("%s of request %s waits: %s", part, request.id, busy)
            return
        except PermanentNotificationError as refused:
            _log.warning("%s of request %s is left: %s", part, request.id, refused)
        await self._repository.close_reminder(reminder)

    async def _is_shown(self, reminder: ApprovalReminder, part: str) -> bool:
        if not reminder.tried_before:
            return False
        request = reminder.request
        return part in await parts_in_thread(self._clients, request, request.asked_at)

    async def _send(self, reminder: ApprovalReminder, part: str) -> None:
        request, thread = reminder.request, thread_of(reminder.request)
        t = self._languages.of_channel(request.place)
        message = approval_reminder(t, request)
        post = self._clients.of(request.place.workspace).chat_postMessage
        below = body(request, message, part, thread)
        await send(post, {**below, "thread_ts": thread})
        _log.info("%s of request %s is posted", part, request.id)
