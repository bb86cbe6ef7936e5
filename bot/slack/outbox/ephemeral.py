"""Ephemeral replies: messages that one person alone sees."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.requests import Person, Place
from bot.domain.retry_after import retry_after
from bot.slack.client.calls import BLOCKS_REFUSED, CALL_TIMEOUT, call_with_retry
from bot.slack.client.redaction import redacted_logger
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.messages.blocks import Message

_OK: Final = 200
_TOO_MANY: Final = 429
_LONGEST_WAIT: Final = 30.0

_log = logging.getLogger("bot.slack")


class Reply(Protocol):
    """A reply to the one who asked; never raises for what Slack does not take."""

    async def __call__(self, message: Message) -> None:
        """Show the message to that person alone."""
        ...


@dataclass(frozen=True, slots=True)
class EphemeralReplies:
    """Factory of ephemeral replies: by a payload's `response_url`, or in the channel.

    A `response_url` works even where the bot is no member, for 30 minutes and five
    messages: https://docs.slack.dev/interactivity/handling-user-interaction
    """

    clients: WorkspaceClients

    def reply_to(
        self, place: Place, person: Person, response_url: str | None = None
    ) -> "EphemeralReply":
        """Return the reply to this person at this place."""
        return EphemeralReply(
            self.clients.of(place.workspace), place, person, response_url
        )

    def reply_or_direct(
        self, place: Place, person: Person, drawn: Callable[[Message], Message]
    ) -> "EphemeralReply":
        """Return the reply to a person of whose place no `response_url` is known.

        Where the channel does not take it, it is a direct message, as `drawn`.
        """
        return EphemeralReply(
            self.clients.of(place.workspace), place, person, None, drawn
        )


@dataclass(frozen=True, slots=True)
class EphemeralReply:
    """The reply to one person: by `response_url` first, then in the channel.

    `direct` draws it for a direct message, where one is sent in place of the others.
    """

    client: AsyncWebClient
    place: Place
    person: Person
    response_url: str | None = None
    direct: Callable[[Message], Message] | None = None

    async def __call__(self, message: Message) -> None:
        """Show the message; where Slack takes it by neither way, the log says so."""
        if self.response_url:
            if await self._respond(self.response_url, message):
                return
            if message.has_chart:
                # It does not say why it refused, and may be the only way: where the
                # bot is no member of the channel, nothing can be posted there.
                await self(message.plainer)
                return
        try:
            await call_with_retry(
                self.client.chat_postEphemeral,
                channel=self.place.channel,
                user=self.person.user_id,
                thread_ts=self.place.thread,
                **message.body(self.place.thread),
            )
        except (RetryableNotificationError, PermanentNotificationError) as reason:
            if message.blocks and reason.code in BLOCKS_REFUSED:
                await self(message.plainer)
            elif self.direct and isinstance(reason, PermanentNotificationError):
                await self._send_directly(self.direct(message))
            else:
                _log.warning("an answer could not be shown to its asker: %s", reason)

    async def _send_directly(self, message: Message) -> None:
        try:
            # A person's id opens the direct messages with them.
            await call_with_retry(
                self.client.chat_postMessage,
                channel=self.person.user_id,
                **message.body(None),
            )
        except (RetryableNotificationError, PermanentNotificationError) as reason:
            _log.warning("an answer could not be sent to its asker: %s", reason)

    async def delete_original(self) -> None:
        """Delete the message whose button was pressed; where that fails, it stays."""
        if self.response_url:
            await _send(self._hook(self.response_url), {"delete_original": True})

    def _hook(self, address: str) -> AsyncWebhookClient:
        return AsyncWebhookClient(
            address,
            session=self.client.session,
            logger=redacted_logger("bot.slack.respond"),
            retry_handlers=[],
        )

    async def _respond(self, address: str, message: Message) -> bool:
        """Answer by `response_url`; False where Slack did not say that it took it."""
        hook = self._hook(address)
        body: dict[str, Any] = {
            **message.body(self.place.thread),
            "response_type": "ephemeral",
            # A click's response_url would otherwise replace the card itself.
            "replace_original": False,
        }
        if self.place.thread is not None:
            body["thread_ts"] = self.place.thread
        answer = await _send(hook, body)
        if answer is not None and answer.status_code == _TOO_MANY:
            wait = retry_after(answer.headers)
            await asyncio.sleep(1.0 if wait is None else min(wait, _LONGEST_WAIT))
            answer = await _send(hook, body)
        if answer is not None and answer.status_code != _OK:
            _log.warning("response_url was refused with HTTP %s", answer.status_code)
        return answer is not None and answer.status_code == _OK


async def _send(
    hook: AsyncWebhookClient, body: dict[str, Any]
) -> WebhookResponse | None:
    """Send once; None where the answer was lost: the same text twice does no harm."""
    try:
        async with asyncio.timeout(CALL_TIMEOUT):
            return await hook.send_dict(body)
    except (TimeoutError, aiohttp.ClientError, OSError) as lost:
        _log.warning("answer by response_url was lost: %s", type(lost).__name__)
        return None
