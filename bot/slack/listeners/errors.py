"""What people are told when something fails: known errors in words, others by an id."""

import logging
import secrets
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.error import BoltUnhandledRequestError

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.storage import StorageUnavailable
from bot.slack.ids import BOT_NAME
from bot.slack.messages.blocks import Message
from bot.slack.messages.escape import code, escape
from bot.slack.messages.help import note
from bot.slack.outbox.ephemeral import Reply
from bot.slack.outbox.messenger import LOST_ANSWER

MEMORY_TEXT = (
    "I cannot reach my memory just now, and sent nothing to the Store. "
    "Please try again in a minute."
)
_CLICK_TEXT = (
    "My memory did not answer, so I cannot tell whether your click was stored. If the "
    "card keeps its buttons, press again in a minute; it never acts twice."
)
_NO_MEMBER = (
    f"I cannot post in this channel, so nothing was done. Invite me with "
    f"`/invite @{BOT_NAME}` and ask again; in a direct message I cannot work."
)
_LOST_CARD = (
    "Slack did not confirm that the card was posted, so the request was cancelled and "
    "nothing was changed. If a card does appear, it does nothing. Please ask again."
)
_CARD_IN_DOUBT = (
    "Slack did not confirm that the card was posted, and I could not take the request "
    "back. If the card is there, it counts as usual; if none appears, nothing was "
    "changed: please ask again."
)
_LATE_MEMORY = (
    "I have your click, but my memory does not answer just now. I go on by myself as "
    "soon as it does, and the card will show how it ends."
)
_CLOSED = {
    "is_archived": "This channel is archived, so nothing was done.",
    "restricted_action": "I may not post in this channel, so nothing was done. "
    "Ask an admin of the workspace to let apps post here.",
    LOST_ANSWER: _LOST_CARD,
}
_MAY_NOT_POST = frozenset({"not_in_channel", "channel_not_found"})

_log = logging.getLogger("bot.slack")


def card_not_posted(
    reason: RetryableNotificationError | PermanentNotificationError,
    *,
    taken_back: bool = True,
) -> Message:
    """Say why a card is not in the channel, and what to do.

    `taken_back` is False where the request still stands, or was decided already.
    """
    if isinstance(reason, RetryableNotificationError):
        return note(
            f"{escape(reason.words)}, so the card could not be posted. The request was "
            "cancelled and nothing was changed. Please ask again in a minute."
        )
    if reason.code in _MAY_NOT_POST:
        return note(_NO_MEMBER)
    if reason.code == LOST_ANSWER and not taken_back:
        return note(_CARD_IN_DOUBT)
    kind = "restricted_action" if "restricted" in reason.code else reason.code
    text = _CLOSED.get(kind)
    return note(
        text
        or f"Slack did not take the card ({code(reason.code)}), so the request was "
        "cancelled and nothing was changed."
    )


async def report(error: Exception, reply: Reply) -> None:
    """Tell the person about an error, and the log what the person is not told."""
    if isinstance(error, StorageUnavailable):
        _log.warning("%s: %s", type(error).__name__, error)
        await reply(note(MEMORY_TEXT))
    else:
        await reply(unexpected(error))


def click_waits(error: StorageUnavailable) -> Message:
    """Say that a click which is stored goes on later."""
    _log.warning("a click that is stored waits: %s", error)
    return note(_LATE_MEMORY)


def unexpected(error: BaseException) -> Message:
    """Log an error that nobody foresaw under a short id, and name that id."""
    reference = secrets.token_hex(4)
    _log.error("unexpected error %s", reference, exc_info=error)
    return note(
        f"Something went wrong on my side; the log has it under {code(reference)}. "
        "If you were changing a rollout, look at its state before you try again."
    )


def click_not_stored(error: Exception) -> Message:
    """Say that a click may not have been stored; raises nothing, logs the rest."""
    if isinstance(error, StorageUnavailable | TimeoutError):
        _log.warning("a click is not stored: %s %s", type(error).__name__, error)
        return note(_CLICK_TEXT)
    return unexpected(error)


async def on_bolt_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Answer for an error that left a listener; payloads we do not know are acked."""
    if isinstance(error, BoltUnhandledRequestError):
        _log.info("payload of type %r is not for us", str(body.get("type"))[:40])
        return BoltResponse(status=200, body="")
    message = unexpected(error)
    if "command" in body:
        return BoltResponse(
            status=200, body={"response_type": "ephemeral", "text": message.text}
        )
    return BoltResponse(status=200, body="")
