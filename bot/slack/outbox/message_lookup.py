"""Message lookup: the bot finds its own messages again by their metadata."""

import logging
from collections.abc import AsyncIterator
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notifications import PermanentNotificationError
from bot.domain.requests import Request
from bot.slack.client.calls import call_with_retry
from bot.slack.ids import CARD_PART, part_of

_PAGE: Final = 200
_MOST_PAGES: Final = 5
# Clocks of ours and of Slack's may differ by some seconds.
_CLOCK_SKEW: Final = 60.0

_log = logging.getLogger("bot.slack")


def thread_of(request: Request) -> str | None:
    """Return the thread for the request's result; None where none is known."""
    return request.place.thread or request.card


async def parts_in_thread(client: AsyncWebClient, request: Request) -> set[str]:
    """Return the parts of this request that its thread shows already.

    Empty where the bot may not read: a message twice is better than none.
    Raises RetryableNotificationError while Slack does not answer.
    """
    thread = thread_of(request)
    if thread is None:
        return set()
    try:
        return {
            part
            async for message in _pages(
                client.conversations_replies,
                channel=request.place.channel,
                ts=thread,
                # A thread may be longer than we read; the result stands after its card.
                oldest=request.card or "0",
            )
            if (part := part_of(message, request.id))
        }
    except PermanentNotificationError as refused:
        _log.warning("thread of request %s cannot be read: %s", request.id, refused)
        return set()


async def find_card(client: AsyncWebClient, request: Request) -> str | None:
    """Find the card of a request whose posting had no answer; None where there is none.

    Raises RetryableNotificationError or PermanentNotificationError where that cannot be
    known.
    """
    oldest = f"{request.asked_at.timestamp() - _CLOCK_SKEW:.6f}"
    where: dict[str, Any] = {"channel": request.place.channel, "oldest": oldest}
    reading: Any = client.conversations_history
    if request.place.thread is not None:
        where["ts"], reading = request.place.thread, client.conversations_replies
    async for message in _pages(reading, **where):
        if part_of(message, request.id) == CARD_PART:
            return str(message.get("ts"))
    return None


async def _pages(
    method: Any,  # noqa: ANN401 - two methods with different arguments
    **where: Any,  # noqa: ANN401 - Slack's own arguments
) -> AsyncIterator[dict[str, Any]]:
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        answer = await call_with_retry(
            method, limit=_PAGE, cursor=cursor, include_all_metadata=True, **where
        )
        for message in answer.get("messages") or ():
            yield message
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
