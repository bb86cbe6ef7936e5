"""Notice outbox: posts each notice in its channel, once as far as Slack shows that."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

from bot.domain.notices import Notice, retry_pause
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.ids import notice_metadata
from bot.slack.messages.notices import blocked_message, notice_message
from bot.slack.messages.translator import Translator
from bot.slack.outbox.message_lookup import find_notice
from bot.slack.outbox.posting import send

# Channels that are posted to by one round, and well within their lease.
_CHANNELS: Final = 20
_AT_ONCE: Final = 4

_log = logging.getLogger("bot.slack")


class NoticeRepository(Protocol):
    """The notices of all channels. Every method raises StorageUnavailable."""

    async def claim_notices(self, now: datetime, most: int) -> Sequence[Notice]:
        """Return the first notice of each channel that is due: nobody else posts it."""
        ...

    async def close_notice(self, notice: Notice, now: datetime) -> None:
        """Record that the channel shows it; the channel can be posted to, then."""
        ...

    async def refuse_notice(
        self, notice: Notice, code: str, now: datetime
    ) -> Sequence[str]:
        """Record that Slack will never take it; mark what the channel follows.

        Return whose subscriptions were not marked before.
        """
        ...

    async def retry_notice(
        self, notice: Notice, again_at: datetime, may_be_there: datetime | None
    ) -> None:
        """Post it again later; `may_be_there` is when it may have been posted."""
        ...


class NoticeOutbox:
    """Posts the notices that are due."""

    def __init__(
        self,
        clients: WorkspaceClients,
        repository: NoticeRepository,
        translator: Translator,
        clock: Callable[[], datetime],
    ) -> None:
        self._clients = clients
        self._repository = repository
        self._translator = translator
        self._clock = clock

    async def post_due(self) -> None:
        """Post one notice in each channel that has any. Raises StorageUnavailable."""
        due = await self._repository.claim_notices(self._clock(), _CHANNELS)
        turns = asyncio.Semaphore(_AT_ONCE)

        async def post(notice: Notice) -> None:
            async with turns:
                await self._post(notice)

        await asyncio.gather(*map(post, due))

    async def _post(self, notice: Notice) -> None:
        may_be_there = notice.tried_before
        try:
            if may_be_there is None or not await self._is_there(notice):
                may_be_there = None
                await self._send(notice)
        except RetryableNotificationError as busy:
            now = self._clock()
            if busy.may_have_arrived and may_be_there is None:
                may_be_there = now
            again_at = now + retry_pause(notice.attempts, busy.retry_after)
            await self._repository.retry_notice(notice, again_at, may_be_there)
        except PermanentNotificationError as refused:
            _log.warning(
                "%s cannot be told in %s: %s",
                notice.event.unique_key,
                notice.place.channel,
                refused,
            )
            await self._refuse(notice, refused)
        else:
            await self._repository.close_notice(notice, self._clock())

    async def _refuse(
        self, notice: Notice, refused: PermanentNotificationError
    ) -> None:
        """Mark the channel, and say so once to those who made it follow."""
        followers = await self._repository.refuse_notice(
            notice, refused.code, self._clock()
        )
        message = blocked_message(self._translator, notice, refused)
        client = self._clients.of(notice.place.workspace)
        for person in followers:
            try:
                # A person's id opens the direct messages with them.
                await send(
                    client.chat_postMessage, {"channel": person, **message.body(None)}
                )
            except (RetryableNotificationError, PermanentNotificationError) as lost:
                _log.warning("%s is not told of a closed channel: %s", person, lost)

    async def _is_there(self, notice: Notice) -> bool:
        try:
            found = await find_notice(
                self._clients, notice.place, notice.event.unique_key or ""
            )
        except PermanentNotificationError as refused:
            # A message twice is better than one that never comes.
            _log.warning("%s cannot be searched: %s", notice.place.channel, refused)
            return False
        return found is not None

    async def _send(self, notice: Notice) -> None:
        message = notice_message(self._translator, notice)
        content = {
            "channel": notice.place.channel,
            **message.body(None),
            "metadata": notice_metadata(notice.event.unique_key or ""),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        client = self._clients.of(notice.place.workspace)
        await send(client.chat_postMessage, content)
        _log.info("%s is told in %s", notice.event.unique_key, notice.place.channel)
