"""Notice outbox: posts each notice in its channel, once as far as Slack shows that."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from bot.domain.notices import START_WITHIN, Notice, retry_pause
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.ids import notice_metadata
from bot.slack.messages.blocks import Message
from bot.slack.messages.notices import blocked_message, notice_message
from bot.slack.messages.translator import Translator
from bot.slack.outbox.closed_channels import tell_followers
from bot.slack.outbox.languages import Languages
from bot.slack.outbox.message_lookup import find_notice
from bot.slack.outbox.posting import THREAD_GONE, send

# Channels that are posted to by one round, and well within their lease.
_CHANNELS: Final = 20
_AT_ONCE: Final = 4

_log = logging.getLogger("bot.slack")


class NoticeRepository(Protocol):
    """The notices of all channels. Every method raises StorageUnavailable."""

    async def claim_notices(self, now: datetime, most: int) -> Sequence[Notice]:
        """Return the first notice of each channel that is due: nobody else posts it.

        What could not be told for a while comes with all later ones of its rollout.
        """
        ...

    async def close_notices(
        self, told: Sequence[Notice], ts: str, now: datetime
    ) -> None:
        """Record that a message shows them; the channel can be posted to, then."""
        ...

    async def refuse_notice(
        self, notice: Notice, code: str, now: datetime
    ) -> Sequence[str]:
        """Record that Slack will never take it; mark what the channel follows.

        Return whose subscriptions were not marked before.
        """
        ...

    async def lose_board(self, notice: Notice, now: datetime) -> None:
        """Record that somebody has deleted the board of the notice's rollout."""
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
        languages: Languages,
        clock: Callable[[], datetime],
    ) -> None:
        self._clients = clients
        self._repository = repository
        self._languages = languages
        self._clock = clock

    async def post_due(self) -> None:
        """Post one message in each channel that waits. Raises StorageUnavailable."""
        now = self._clock()
        due = await self._repository.claim_notices(now, _CHANNELS)
        turns = asyncio.Semaphore(_AT_ONCE)

        async def post(notice: Notice) -> None:
            async with turns:
                if self._clock() < now + START_WITHIN:
                    await self._post(notice)

        await asyncio.gather(*map(post, due))

    async def _post(self, notice: Notice) -> None:
        may_be_there = notice.tried_before
        told = notice.all_told
        try:
            found = None
            if may_be_there is not None:
                found = await self._find(notice)
            if found is None:
                may_be_there = None
                ts = await self._send(notice)
            else:
                key, ts = found
                told = told[: [one.key for one in told].index(key) + 1]
        except RetryableNotificationError as busy:
            now = self._clock()
            if busy.may_have_arrived and may_be_there is None:
                may_be_there = now
            again_at = now + retry_pause(notice.attempts, busy.retry_after)
            await self._repository.retry_notice(notice, again_at, may_be_there)
        except PermanentNotificationError as refused:
            await self._refuse(notice, refused)
        else:
            await self._repository.close_notices(told, ts, self._clock())
            _log.info("%s is told in %s", told[-1].key, notice.place.channel)

    async def _refuse(
        self, notice: Notice, refused: PermanentNotificationError
    ) -> None:
        """Mark the channel, and say so once to those who made it follow."""
        place = notice.place
        _log.warning("%s cannot be told in %s: %s", notice.key, place.channel, refused)
        followers = await self._repository.refuse_notice(
            notice, refused.code, self._clock()
        )

        def closed(t: Translator) -> Message:
            return blocked_message(t, place, notice_message(t, notice), refused)

        await tell_followers(
            self._clients, place.workspace, followers, self._languages, closed
        )

    async def _find(self, notice: Notice) -> tuple[str, str] | None:
        try:
            return await find_notice(self._clients, notice)
        except PermanentNotificationError as refused:
            # A message twice is better than one that never comes.
            _log.warning("%s cannot be searched: %s", notice.place.channel, refused)
            return None

    async def _translator_of(self, notice: Notice) -> Translator:
        place = notice.place
        if notice.direct:
            # The channel is the id of the one person who is told.
            return await self._languages.of_reader_soon(place, place.channel)
        return self._languages.of_channel(place)

    async def _send(self, notice: Notice) -> str:
        """Post it in the thread of its board; in the channel where there is none."""
        post = self._clients.of(notice.place.workspace).chat_postMessage
        message = notice_message(await self._translator_of(notice), notice)
        plainer = message.plainer if message.has_chart else None
        if notice.thread is not None:
            below = {
                **self._content(notice, message, notice.thread),
                "thread_ts": notice.thread,
                "reply_broadcast": notice.concerns_channel,
            }
            try:
                return await send(post, below, plainer)
            except PermanentNotificationError as gone:
                if gone.code not in THREAD_GONE:
                    raise
                await self._repository.lose_board(notice, self._clock())
        return await send(post, self._content(notice, message, None), plainer)

    def _content(
        self, notice: Notice, message: Message, thread: str | None
    ) -> dict[str, Any]:
        return {
            "channel": notice.place.channel,
            **message.body(thread),
            "metadata": notice_metadata(notice.all_told[-1].key),
            "unfurl_links": False,
            "unfurl_media": False,
        }
