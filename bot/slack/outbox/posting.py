"""Posting of results: in the thread, the channel, or to one person."""

import logging
from collections.abc import Callable
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.requests import Request, RequestState
from bot.slack.client.calls import BLOCKS_REFUSED, call
from bot.slack.ids import metadata
from bot.slack.messages.blocks import Message
from bot.slack.outbox.message_lookup import thread_of

THREAD_GONE: Final = frozenset(
    {"thread_not_found", "message_not_found", "cannot_reply_to_message"}
)
_DIRECT_ATTEMPTS: Final = 2

_log = logging.getLogger("bot.slack")


async def post_below(
    client: AsyncWebClient,
    request: Request,
    message: Message,
    part: str,
    *,
    alone: Callable[[], Message],
) -> None:
    """Post in the card's thread; else in its channel; else to the one who confirmed.

    `alone` renders the message for that last case, which is seldom needed.

    Raises RetryableNotificationError, or PermanentNotificationError where none of these
    works.
    """
    thread = thread_of(request)
    below = body(request, message, part, thread)
    gone = await _refused(client, {**below, "thread_ts": thread})
    if gone is not None and gone.code in THREAD_GONE:
        # Somebody deleted the card.
        gone = await _refused(client, body(request, message, part, None))
    if gone is None:
        _log.info("%s of request %s is posted", part, request.id)
        return
    _log.warning("%s of request %s is not posted: %s", part, request.id, gone)
    if request.decided_by is None:
        raise gone
    # The bot was removed, or the channel archived. A person's id opens the direct
    # messages with them. https://docs.slack.dev/reference/methods/chat.postMessage
    direct = body(request, alone(), part, None)
    await _post_direct(client, {**direct, "channel": request.decided_by})


async def send(
    method: Any,  # noqa: ANN401 - one of several methods of the client
    content: dict[str, Any],
    plainer: Message | None = None,
) -> str:
    """Send a message, plainer where Slack refuses the blocks; return its timestamp.

    `plainer` is tried before the text alone. Raises RetryableNotificationError or
    PermanentNotificationError.
    """
    forms = [content, {**content, "blocks": []}]
    if plainer is not None:
        forms.insert(1, {**content, "blocks": plainer.rendered()})
    for form in forms[:-1]:
        try:
            return str((await call(method, **form)).get("ts"))
        except PermanentNotificationError as refused:
            if refused.code not in BLOCKS_REFUSED:
                raise
            _log.exception("Slack refused blocks; a plainer message is sent")
    return str((await call(method, **forms[-1])).get("ts"))


def body(
    request: Request,
    message: Message,
    part: str,
    thread: str | None,
    state: RequestState | None = None,
) -> dict[str, Any]:
    """Return a message about a request as Slack takes it, marked as this part.

    `state` is what a card says of the request.
    """
    return {
        "channel": request.place.channel,
        **message.body(thread),
        "metadata": metadata(request.id, part, state),
        "unfurl_links": False,
        "unfurl_media": False,
    }


async def _post_direct(client: AsyncWebClient, content: dict[str, Any]) -> None:
    """Post to one person. What may be there already cannot be looked for there.

    After a lost answer it is posted a second time, and not a third: a duplicate is
    acceptable, an endless retry is not.
    """
    for _ in range(_DIRECT_ATTEMPTS):
        try:
            await send(client.chat_postMessage, content)
        except RetryableNotificationError as lost:
            if not lost.may_have_arrived:
                raise
            _log.warning("a direct message may not have arrived: %s", lost)
        else:
            return


async def _refused(
    client: AsyncWebClient, content: dict[str, Any]
) -> PermanentNotificationError | None:
    """Post a message; return why Slack will never take it, None where it did."""
    try:
        await send(client.chat_postMessage, content)
    except PermanentNotificationError as refused:
        return refused
    return None
