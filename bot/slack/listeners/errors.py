"""Errors that reach a listener: known ones get their text, others an id in the log."""

import logging
import secrets
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.error import BoltUnhandledRequestError

from bot.domain.outcomes import ClickOutcome
from bot.domain.storage import StorageUnavailable
from bot.slack.inbound.payloads import read_command
from bot.slack.listeners.context import ListenerContext
from bot.slack.messages import errors
from bot.slack.messages.blocks import Message
from bot.slack.messages.translator import Translator
from bot.slack.outbox.ephemeral import Reply

_log = logging.getLogger("bot.slack")


async def report(t: Translator, error: Exception, reply: Reply) -> None:
    """Show the person an error; log what the person is not shown."""
    if isinstance(error, StorageUnavailable):
        _log.warning("%s: %s", type(error).__name__, error)
        await reply(errors.database_away(t))
    else:
        await reply(unexpected(t, error))


def click_waits(
    t: Translator, error: StorageUnavailable, decided: ClickOutcome
) -> Message:
    """Log, and return the message, that a click which is stored goes on later."""
    _log.warning("a click that is stored waits: %s", error)
    return errors.click_waits(t, decided)


def unexpected(t: Translator, error: BaseException) -> Message:
    """Log an error that nobody foresaw under a short id, and name that id."""
    reference = secrets.token_hex(4)
    _log.error("unexpected error %s", reference, exc_info=error)
    return errors.unexpected_error(t, reference)


def click_not_stored(t: Translator, error: Exception) -> Message:
    """Log, and return the message, that a click may not have been stored."""
    if isinstance(error, StorageUnavailable | TimeoutError):
        _log.warning("a click is not stored: %s %s", type(error).__name__, error)
        return errors.click_not_stored(t)
    return unexpected(t, error)


async def on_bolt_error(
    error: Exception, body: dict[str, Any], *, context: ListenerContext
) -> BoltResponse:
    """Answer for an error that left a listener; payloads we do not know are acked."""
    if isinstance(error, BoltUnhandledRequestError):
        _log.info("payload of type %r is not for us", str(body.get("type"))[:40])
        return BoltResponse(status=200, body="")
    asked = read_command(body, context.identity.workspace)
    message = unexpected(context.translator_for(asked), error)
    if "command" in body:
        return BoltResponse(
            status=200, body={"response_type": "ephemeral", "text": message.text}
        )
    return BoltResponse(status=200, body="")
