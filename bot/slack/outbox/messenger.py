"""Messenger: posts cards and results, and keeps each card as its request stands."""

import logging
from dataclasses import replace
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.requests import Request
from bot.domain.results import CODES, FailureDetail, Unknown
from bot.slack.client.calls import call_with_retry
from bot.slack.ids import CARD_PART, GIVEN_UP_PART, LOST_ANSWER, result_part
from bot.slack.messages.blocks import Message
from bot.slack.messages.cards import card, waiting_card
from bot.slack.messages.thread import given_up_message, result_message, sent_instead
from bot.slack.messages.translator import Translator
from bot.slack.outbox.edit_order import EditOrder
from bot.slack.outbox.message_lookup import find_card, parts_in_thread
from bot.slack.outbox.posting import body, post_below, send

_UNKNOWN_PART: Final = f"result:{CODES[Unknown]}"

_log = logging.getLogger("bot.slack")


class Messenger:
    """The notifier of the service and the engine: cards and results in channels.

    Methods raise RetryableNotificationError, where trying again later helps, or
    PermanentNotificationError.
    """

    def __init__(self, client: AsyncWebClient, translator: Translator) -> None:
        self._client = client
        self._translator = translator
        self._order = EditOrder()

    async def post_card(self, request: Request) -> str:
        """Post the card of a new request, once, and return its timestamp.

        After a lost answer the card is looked for and not posted again: two cards of
        one request would be two cards to press. Raises PermanentNotificationError with
        the code LOST_ANSWER where it is not to be found.
        """
        message = card(self._translator, request)
        try:
            answer = await call_with_retry(
                self._client.chat_postMessage,
                **body(request, message, CARD_PART, request.place.thread),
                thread_ts=request.place.thread,
            )
        except RetryableNotificationError as lost:
            if not lost.may_have_arrived:
                raise
            return await self._found(request, lost)
        return str(answer["ts"])

    async def show_card(self, request: Request) -> None:
        """Edit the card into what the request is now, unless it shows a newer state."""
        await self._edit(request, card(self._translator, request))

    async def show_waiting(
        self, request: Request, detail: FailureDetail, seconds: float
    ) -> None:
        """Edit the card into what the work waits for, unless it shows a newer state."""
        await self._edit(
            request, waiting_card(self._translator, request, detail, seconds)
        )

    async def _edit(self, request: Request, message: Message) -> None:
        # A crash may have lost the timestamp of a card that stands in the channel.
        standing = request.card or await find_card(self._client, request)
        if standing is None:
            return
        async with self._order.lock(request) as is_newest:
            if not is_newest:
                return
            edit = {
                **body(request, message, CARD_PART, request.place.thread),
                "ts": standing,
            }
            try:
                await send(self._client.chat_update, edit)
            except PermanentNotificationError as gone:
                _log.warning(
                    "card of request %s cannot be edited: %s", request.id, gone
                )
                raise
            self._order.mark_shown(request)

    async def post_result(self, request: Request, *, again: bool) -> None:
        """Post the result below the card; with `again`, only if it is not there yet.

        With `again` the thread is read first. Where it shows an Unknown of this
        request, the new message says that it corrects it.
        """
        if request.result is None:
            return
        part = result_part(request.result)
        shown = await parts_in_thread(self._client, request) if again else set()
        if part in shown:
            return
        corrects = _UNKNOWN_PART in shown
        message = result_message(
            self._translator, request, request.result, corrects=corrects
        )
        await self._post_below(request, message, part)

    async def post_given_up(self, request: Request) -> None:
        """Post below the card, once, that an Unknown is not looked into any more."""
        if GIVEN_UP_PART not in await parts_in_thread(self._client, request):
            message = given_up_message(self._translator, request)
            await self._post_below(request, message, GIVEN_UP_PART)

    async def _post_below(self, request: Request, message: Message, part: str) -> None:
        alone = sent_instead(self._translator, request, message)
        await post_below(self._client, request, message, part, alone=alone)

    async def _found(self, request: Request, lost: RetryableNotificationError) -> str:
        try:
            card_ts = await find_card(self._client, request)
        except (RetryableNotificationError, PermanentNotificationError) as blind:
            _log.warning(
                "card of request %s cannot be looked for: %s", request.id, blind
            )
            card_ts = None
        if card_ts is None:
            raise PermanentNotificationError(LOST_ANSWER) from lost
        return card_ts


def with_card(request: Request, card_ts: str) -> Request:
    """Return the request with the message that was clicked as its card."""
    return replace(request, card=request.card or card_ts)
