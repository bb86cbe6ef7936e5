"""Message lookup: the bot finds its own messages again by their metadata.

Slack may allow one search a minute, of 15 messages: each search is one page around the
time that is known. https://docs.slack.dev/apis/web-api/rate-limits
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.domain.notices import Notice
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.requests import Place, Request
from bot.domain.submissions import SubmissionRef
from bot.slack.client.calls import call_with_retry, is_refusal
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.ids import (
    CARD_PART,
    RESULT_PART,
    is_board,
    is_card_of,
    noticed_event,
    part_of,
    state_of,
)

_PAGE: Final = 15
# A message twice is better than one that comes late.
_LONGEST_WAIT: Final = 10.0
# Clocks of ours and of Slack's may differ by some seconds.
_CLOCK_SKEW: Final = 60.0
# The Store is read and Slack may ask to wait before a card stands in the channel.
_UNTIL_POSTED: Final = 180.0

_log = logging.getLogger("bot.slack")


@dataclass(frozen=True, slots=True)
class ThreadView:
    """What Slack shows of a request: the state on its card, and the results below it.

    `state` is None where the card says none; `results` are parts, the oldest first.
    """

    state: str | None
    results: tuple[str, ...]


def thread_of(request: Request) -> str | None:
    """Return the thread for the request's result; None where none is known."""
    return request.place.thread or request.card


async def parts_in_thread(
    clients: WorkspaceClients, request: Request, since: datetime
) -> set[str]:
    """Return the parts of this request that its thread shows since about this time.

    Empty where the bot may not read, or not soon: a message twice is better than none.
    Raises RetryableNotificationError while Slack is away.
    """
    thread = thread_of(request)
    if thread is None:
        return set()
    replies = clients.of(request.place.workspace).conversations_replies
    # The request's messages stand after its card, which has Slack's own time.
    oldest = max(_ts(since.timestamp() - _CLOCK_SKEW), request.card or "")
    try:
        return set(await _own(clients, request, replies, ts=thread, oldest=oldest))
    except RetryableNotificationError as busy:
        if (busy.retry_after or 0.0) <= _LONGEST_WAIT:
            raise
        _log.warning("thread of request %s is not searched: %s", request.id, busy)
    except PermanentNotificationError as refused:
        _log.warning("thread of request %s cannot be read: %s", request.id, refused)
    return set()


async def find_card(clients: WorkspaceClients, request: Request) -> str | None:
    """Find the card of a request whose posting had no answer; None where there is none.

    Raises RetryableNotificationError or PermanentNotificationError where that cannot be
    known.
    """
    client, asked_at = clients.of(request.place.workspace), request.asked_at.timestamp()
    around = {
        "oldest": _ts(asked_at - _CLOCK_SKEW),
        "latest": _ts(asked_at + _UNTIL_POSTED),
    }
    if request.place.thread is None:
        found = await _own(clients, request, client.conversations_history, **around)
    else:
        replies, thread = client.conversations_replies, request.place.thread
        found = await _own(clients, request, replies, ts=thread, **around)
    return str(found[CARD_PART].get("ts")) if CARD_PART in found else None


async def view_thread(clients: WorkspaceClients, request: Request) -> ThreadView | None:
    """Return what Slack shows of a request; None where the bot may not read it.

    Raises RetryableNotificationError while Slack is away, or asks to wait: nobody is
    waiting for the answer.
    """
    replies = clients.of(request.place.workspace).conversations_replies
    try:
        card = request.card or await find_card(clients, request)
        if card is None:
            return None
        found = await _own(
            clients,
            request,
            replies,
            ts=request.place.thread or card,
            oldest=card,
            inclusive=True,
        )
    except PermanentNotificationError as refused:
        _log.warning("thread of request %s cannot be read: %s", request.id, refused)
        return None
    return ThreadView(
        state_of(found.get(CARD_PART, {})),
        tuple(part for part in found if part.startswith(RESULT_PART)),
    )


async def find_notice(
    clients: WorkspaceClients, notice: Notice
) -> tuple[str, str] | None:
    """Find a message that tells a notice; return its last event and its timestamp.

    It may tell of later notices too. It was tried a moment ago, by a clock that need
    not be Slack's, so it is among the channel's last messages, or in the thread among
    those after the last that is known. Raises RetryableNotificationError or
    PermanentNotificationError where that cannot be known.
    """
    client, place = clients.of(notice.place.workspace), notice.place
    if notice.thread is None:
        messages = await _own_messages(clients, place, client.conversations_history)
    else:
        messages = await _own_messages(
            clients,
            place,
            client.conversations_replies,
            ts=notice.thread,
            oldest=notice.read_to or notice.thread,
        )
    keys = {one.key for one in notice.all_told}
    for message in messages:
        key = noticed_event(message)
        if key in keys:
            return str(key), str(message.get("ts"))
    return None


async def find_board(
    clients: WorkspaceClients, place: Place, ref: SubmissionRef
) -> str | None:
    """Find the board of a rollout among the channel's last messages; None where not.

    Raises RetryableNotificationError or PermanentNotificationError where that cannot be
    known.
    """
    method = clients.of(place.workspace).conversations_history
    messages = await _own_messages(clients, place, method)
    return next((str(one.get("ts")) for one in messages if is_board(one, ref)), None)


async def find_proposal(
    clients: WorkspaceClients, place: Place, proposal_id: str
) -> str | None:
    """Find the card of a proposal among the channel's last messages; None where not.

    Raises RetryableNotificationError or PermanentNotificationError where that cannot be
    known.
    """
    method = clients.of(place.workspace).conversations_history
    found = await _own_messages(clients, place, method)
    return next(
        (str(one.get("ts")) for one in found if is_card_of(one, proposal_id)), None
    )


async def _own(
    clients: WorkspaceClients,
    request: Request,
    method: Any,  # noqa: ANN401 - two methods with different arguments
    **where: Any,  # noqa: ANN401 - Slack's own arguments
) -> dict[str, dict[str, Any]]:
    """Return the bot's own messages about a request, by their part.

    Raises RetryableNotificationError or PermanentNotificationError.
    """
    return {
        part: message
        for message in await _own_messages(clients, request.place, method, **where)
        if (part := part_of(message, request.id))
    }


async def _own_messages(
    clients: WorkspaceClients,
    place: Place,
    method: Any,  # noqa: ANN401 - two methods with different arguments
    **where: Any,  # noqa: ANN401 - Slack's own arguments
) -> list[dict[str, Any]]:
    """Return the bot's own messages on one page.

    Raises RetryableNotificationError or PermanentNotificationError.
    """
    try:
        answer = await call_with_retry(
            method,
            longest_wait=_LONGEST_WAIT,
            channel=place.channel,
            limit=_PAGE,
            include_all_metadata=True,
            **where,
        )
    except RetryableNotificationError as refused:
        if not is_refusal(refused):
            raise
        raise PermanentNotificationError(refused.code) from refused
    return [
        message
        for message in answer.get("messages") or ()
        if clients.wrote(place.workspace, message)
    ]


def _ts(seconds: float) -> str:
    return f"{seconds:.6f}"
