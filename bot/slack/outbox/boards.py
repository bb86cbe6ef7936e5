"""Board outbox: posts each board once, keeps it up to date, closes it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from bot.domain.boards import Board, board_end
from bot.domain.notices import LONGEST_PAUSE, START_WITHIN, retry_pause
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.rollout_changes import RolloutChange
from bot.domain.submissions import SubmissionRef
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.ids import board_metadata
from bot.slack.messages.blocks import Message
from bot.slack.messages.boards import (
    board_message,
    closed_board_message,
    refused_board_message,
)
from bot.slack.messages.notices import blocked_message
from bot.slack.messages.translator import Translator
from bot.slack.outbox.closed_channels import tell_followers
from bot.slack.outbox.languages import Languages
from bot.slack.outbox.message_lookup import find_board
from bot.slack.outbox.posting import THREAD_GONE, send

# Channels in which one round posts a board.
_CHANNELS: Final = 20
# Boards that one round edits. Slack takes some fifty edits a minute in all channels
# together, and those of the cards are more urgent.
# https://docs.slack.dev/apis/web-api/rate-limits#overview
_EDITS: Final = 2
_AT_ONCE: Final = 4
# The message cannot be edited any more, whatever becomes of its channel.
_GONE: Final = THREAD_GONE | {"cant_update_message", "edit_window_closed"}

_log = logging.getLogger("bot.slack")


class BoardRepository(Protocol):
    """The boards of all channels. Every method raises StorageUnavailable."""

    async def add_boards(self, now: datetime) -> None:
        """Add a board for each open rollout where a channel follows it and has none."""
        ...

    async def claim_new_boards(self, now: datetime, most: int) -> Sequence[Board]:
        """Return the first board of each channel that is to be posted."""
        ...

    async def claim_shown_boards(self, now: datetime, most: int) -> Sequence[Board]:
        """Return boards that show what is not so any more; what has changed first."""
        ...

    async def read_changes(self, ref: SubmissionRef) -> Sequence[RolloutChange]:
        """Return the changes of a submission's rollout, the oldest first."""
        ...

    async def post_board(
        self, board: Board, ts: str, now: datetime, found: datetime | None
    ) -> None:
        """Record the message that is the board, and that it tells what came before.

        One that was `found` was drawn then: it may show less than is known by now.
        """
        ...

    async def keep_board(self, board: Board, now: datetime) -> None:
        """Record that it shows what is known."""
        ...

    async def close_board(self, board: Board, now: datetime) -> None:
        """Record that it shows how its rollout ended: it is not edited any more."""
        ...

    async def forget_board(self, board: Board) -> None:
        """Forget it: another one may come, where the channel follows it again."""
        ...

    async def lose_board(self, board: Board, now: datetime) -> None:
        """Record that somebody has deleted its message."""
        ...

    async def refuse_board(
        self, board: Board, code: str, now: datetime
    ) -> Sequence[str]:
        """Record that the channel takes no messages; mark what the channel follows.

        Return whose subscriptions were not marked before.
        """
        ...

    async def retry_board(
        self, board: Board, again_at: datetime, may_be_there: datetime | None
    ) -> None:
        """Draw it again later; `may_be_there` is when it may have been posted."""
        ...


class BoardOutbox:
    """Draws the boards that are due."""

    def __init__(
        self,
        clients: WorkspaceClients,
        repository: BoardRepository,
        languages: Languages,
        clock: Callable[[], datetime],
    ) -> None:
        self._clients = clients
        self._repository = repository
        self._languages = languages
        self._clock = clock
        # Slack counts the edits of all boards together.
        self._edits_from = datetime.min.replace(tzinfo=UTC)

    async def draw_due(self) -> None:
        """Post what is new, edit what has changed. Raises StorageUnavailable."""
        now = self._clock()
        await self._repository.add_boards(now)
        due = [*await self._repository.claim_new_boards(now, _CHANNELS)]
        if not timedelta(0) < self._edits_from - now <= LONGEST_PAUSE:
            due += await self._repository.claim_shown_boards(now, _EDITS)
        turns = asyncio.Semaphore(_AT_ONCE)

        async def draw(board: Board) -> None:
            async with turns:
                if self._clock() < now + START_WITHIN:
                    await self._draw(board, now)

        await asyncio.gather(*map(draw, due))

    async def _draw(self, board: Board, claimed_at: datetime) -> None:
        if board.ts is None and board.over:
            # What happened is told without it.
            await self._repository.forget_board(board)
        elif board.ts is None:
            await self._post(board, claimed_at)
        else:
            await self._edit(board, board.ts)

    async def _post(self, board: Board, claimed_at: datetime) -> None:
        may_be_there, ts = board.tried_before, None
        try:
            if may_be_there is not None:
                ts = await self._find(board)
            if ts is None:
                may_be_there = None
                ts = await self._send(board)
        except RetryableNotificationError as busy:
            if busy.may_have_arrived and may_be_there is None:
                may_be_there = claimed_at
            await self._retry(board, busy, may_be_there)
        except PermanentNotificationError as refused:
            await self._refuse(board, refused)
        else:
            await self._repository.post_board(board, ts, self._clock(), may_be_there)

    async def _edit(self, board: Board, ts: str) -> None:
        try:
            if board.over:
                await self._close(board, ts)
            else:
                t = self._languages.of_channel(board.place)
                message = board_message(t, board, self._clock())
                await self._update(board, ts, message)
                await self._repository.keep_board(board, self._clock())
        except RetryableNotificationError as busy:
            if busy.retry_after is not None:
                wait = retry_pause(1, busy.retry_after)
                self._edits_from = self._clock() + wait
            await self._retry(board, busy, None)
        except PermanentNotificationError as refused:
            if not board.followed:
                await self._repository.forget_board(board)
            elif refused.code in _GONE:
                _log.warning("the board of %s is gone: %s", board.ref, refused)
                await self._repository.lose_board(board, self._clock())
            else:
                await self._refuse(board, refused)

    async def _close(self, board: Board, ts: str) -> None:
        end = board_end(board, await self._repository.read_changes(board.ref))
        draw, t = closed_board_message, self._languages.of_channel(board.place)
        plainer = draw(t, board, end, with_chart=False)
        await self._update(board, ts, draw(t, board, end), plainer)
        if board.followed:
            await self._repository.close_board(board, self._clock())
        else:
            await self._repository.forget_board(board)

    async def _retry(
        self,
        board: Board,
        busy: RetryableNotificationError,
        may_be_there: datetime | None,
    ) -> None:
        again_at = self._clock() + retry_pause(board.attempts, busy.retry_after)
        await self._repository.retry_board(board, again_at, may_be_there)

    async def _refuse(self, board: Board, refused: PermanentNotificationError) -> None:
        """Mark the channel, and say so once to those who made it follow."""
        _log.warning(
            "%s has no board of %s: %s", board.place.channel, board.ref, refused
        )
        followers = await self._repository.refuse_board(
            board, refused.code, self._clock()
        )

        def closed(t: Translator) -> Message:
            message = refused_board_message(t, board, self._clock())
            return blocked_message(t, board.place, message, refused)

        workspace = board.place.workspace
        await tell_followers(
            self._clients, workspace, followers, self._languages, closed
        )

    async def _find(self, board: Board) -> str | None:
        try:
            return await find_board(self._clients, board.place, board.ref)
        except PermanentNotificationError as refused:
            # A message twice is better than one that never comes.
            _log.warning("%s cannot be searched: %s", board.place.channel, refused)
            return None

    async def _send(self, board: Board) -> str:
        post = self._clients.of(board.place.workspace).chat_postMessage
        t = self._languages.of_channel(board.place)
        message = board_message(t, board, self._clock())
        ts = await send(post, self._content(board, message))
        _log.info("%s has a board of %s", board.place.channel, board.ref)
        return ts

    async def _update(
        self, board: Board, ts: str, message: Message, plainer: Message | None = None
    ) -> None:
        update = self._clients.of(board.place.workspace).chat_update
        content = {**self._content(board, message), "ts": ts}
        await send(update, content, plainer)

    def _content(self, board: Board, message: Message) -> dict[str, Any]:
        return {
            "channel": board.place.channel,
            **message.body(None),
            "metadata": board_metadata(board.ref),
            "unfurl_links": False,
            "unfurl_media": False,
        }
