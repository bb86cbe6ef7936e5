"""Messenger: posts cards and results, and keeps each card as its request stands."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.clock import monotonic
from bot.domain.locks import HeldLock
from bot.domain.log_fields import log_fields, request_fields
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.operations import Waiting
from bot.domain.proposals import Proposal
from bot.domain.requests import Request, RequestState
from bot.service.executor import MAX_PAUSE_BEFORE_WRITE
from bot.slack.client.calls import call, call_with_retry
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.ids import (
    CARD_PART,
    GIVEN_UP_PART,
    LOST_ANSWER,
    UNKNOWN_PART,
    is_settled,
    result_part,
)
from bot.slack.messages.approvers import NO_NAMES, Names
from bot.slack.messages.blocks import Message
from bot.slack.messages.cards import card, locked_card, waiting_card
from bot.slack.messages.thread import given_up_message, result_message, sent_instead
from bot.slack.messages.translator import Translator
from bot.slack.outbox.card_drawing import draw_card, may_be_outdated
from bot.slack.outbox.edit_order import EditOrder
from bot.slack.outbox.languages import Languages
from bot.slack.outbox.message_lookup import find_card, parts_in_thread
from bot.slack.outbox.posting import body, post_below, send

# Somebody in a hurry waits for the answer.
_LINK_SECONDS: Final = 2.0

_log = logging.getLogger("bot.slack")


class RequestReader(Protocol):
    """Reads requests with their operations. Both raise StorageUnavailable."""

    async def get_request(self, request_id: str) -> Request | None:
        """Return the request as it stands, or None."""
        ...

    async def get_request_of(self, operation_id: str) -> Request | None:
        """Return the request that authorised an operation, or None."""
        ...


class Messenger:
    """Posts and edits the messages of requests; the Notifier of the engine.

    Methods raise RetryableNotificationError, where trying again later helps, or
    PermanentNotificationError; those that read the request StorageUnavailable too.
    What was asked for before `launched_at` may come from a backup, and Slack show more
    of it than the database has.
    """

    def __init__(
        self,
        clients: WorkspaceClients,
        requests: RequestReader,
        languages: Languages,
        launched_at: datetime,
    ) -> None:
        self._clients = clients
        self._requests = requests
        self._languages = languages
        self._launched_at = launched_at
        self._order = EditOrder()

    async def post_card(self, request: Request, names: Names = NO_NAMES) -> str:
        """Post the card of a new request, once, and return its timestamp.

        `names` are those of the people whom it names without a notification.
        After a lost answer the card is looked for and not posted again: two cards of
        one request would be two cards to press. Raises PermanentNotificationError with
        the code LOST_ANSWER where it is not to be found.
        """
        message = card(self._translator_of(request), request, names)
        try:
            answer = await call_with_retry(
                self._client(request).chat_postMessage,
                **body(
                    request, message, CARD_PART, request.place.thread, request.state
                ),
                thread_ts=request.place.thread,
            )
        except RetryableNotificationError as lost:
            if not lost.may_have_arrived:
                raise
            return await self._found(request, lost)
        _log.info("card of request %s is posted", request.id)
        return str(answer["ts"])

    async def link_to_card(self, request: Request | Proposal) -> str | None:
        """Return a link to the card; None where Slack does not say it now.

        Raises PermanentNotificationError where the card is not there any more.
        """
        try:
            answer = await call(
                self._client(request).chat_getPermalink,
                timeout_seconds=_LINK_SECONDS,
                channel=request.place.channel,
                message_ts=request.card or "",
            )
        except RetryableNotificationError as reason:
            _log.info("%s: no link to its card: %s", request.id, reason)
            return None
        return str(answer["permalink"])

    async def show_card(self, request: Request, read_at: float) -> None:
        """Edit the card into what the request is now, unless it shows a newer state.

        `read_at` is the monotonic time from which on the request may be out of date.
        """
        while True:
            drawn, state = await draw_card(
                self._clients,
                self._translator_of(request),
                request,
                self._launched_at,
            )
            await self._edit(request, drawn, state)
            if monotonic() - read_at <= MAX_PAUSE_BEFORE_WRITE:
                return
            # Slow, or frozen: another replica may have shown more before this edit,
            # and what is shown last must be the truth.
            read_at, shown = monotonic(), request
            request = await self._requests.get_request(shown.id) or shown
            if (request.state, request.result) == (shown.state, shown.result):
                return

    async def show_locks(self, request: Request, locks: Sequence[HeldLock]) -> None:
        """Show on a card that waits which locks hold it, unless it shows more."""
        message = locked_card(self._translator_of(request), request, locks)
        await self._edit(request, message, request.state)

    async def update_closed_card(self, request_id: str) -> None:
        """Edit the card of a request that has ended, or of a ramp that has begun."""
        read_at = monotonic()
        request = await self._requests.get_request(request_id)
        if request is not None:
            await self.show_card(request, read_at)

    async def update_card(self, operation_id: str) -> None:
        """Edit the card of the operation's request into what the request is now."""
        read_at = monotonic()
        request = await self._requests.get_request_of(operation_id)
        if request is not None:
            await self.show_card(request, read_at)

    async def show_waiting(self, operation_id: str, waiting: Waiting) -> None:
        """Show on the card that the change is not made yet, unless it shows more."""
        request = await self._requests.get_request_of(operation_id)
        if request is not None:
            message = waiting_card(self._translator_of(request), request, waiting)
            await self._edit(request, message, request.state)

    async def _edit(
        self, request: Request, message: Message, state: RequestState | None
    ) -> None:
        # A crash may have lost the timestamp of a card that stands in the channel.
        standing = request.card or await find_card(self._clients, request)
        if standing is None:
            return
        async with self._order.lock(request) as is_newest:
            if not is_newest:
                return
            edit = {
                **body(request, message, CARD_PART, request.place.thread, state),
                "ts": standing,
            }
            try:
                await send(self._client(request).chat_update, edit)
            except PermanentNotificationError as gone:
                _log.warning(
                    "card of request %s cannot be edited: %s", request.id, gone
                )
                raise
            self._order.mark_shown(request)

    async def post_result(self, operation_id: str, *, again: bool) -> None:
        """Post the result below the card; with `again`, only if it is not there yet.

        With `again` the thread is read first, and so it is where this process was
        frozen meanwhile: another may have posted. Where the thread shows an Unknown of
        this request, the new message says that it corrects it.
        """
        read_at = monotonic()
        request = await self._requests.get_request_of(operation_id)
        if request is None or request.result is None:
            return
        part = result_part(request.result)
        shown: set[str] = set()
        again = again or may_be_outdated(request, self._launched_at)
        if again or monotonic() - read_at > MAX_PAUSE_BEFORE_WRITE:
            pressed_at = request.decided_at or request.asked_at
            shown = await parts_in_thread(self._clients, request, pressed_at)
        # There is one end of a request: where the database does not have it, that was
        # restored from a backup.
        if part in shown or is_settled(shown):
            return
        corrects = UNKNOWN_PART in shown
        result = request.result

        def drawn(t: Translator) -> Message:
            return result_message(t, request, result, corrects=corrects)

        await self._post_below(request, drawn, part)

    async def is_settled(self, operation_id: str) -> bool:
        """Return whether the thread shows how the operation ended, for good."""
        request = await self._requests.get_request_of(operation_id)
        if request is None:
            return False
        pressed_at = request.decided_at or request.asked_at
        return is_settled(await parts_in_thread(self._clients, request, pressed_at))

    async def post_follow_up_ended(self, operation_id: str) -> None:
        """Post below the card, once, that an Unknown is not followed up any more."""
        request = await self._requests.get_request_of(operation_id)
        if request is None or request.operation is None:
            return
        ended_at = request.operation.finished_at or request.operation.authorised_at
        shown = await parts_in_thread(self._clients, request, ended_at)
        if GIVEN_UP_PART not in shown and not is_settled(shown):
            drawn = partial(given_up_message, request=request)
            await self._post_below(request, drawn, GIVEN_UP_PART)

    async def _post_below(
        self, request: Request, drawn: Callable[[Translator], Message], part: str
    ) -> None:
        def alone() -> Message:
            reader = request.decided_by or request.asked_by
            t = self._languages.of_reader(request.place, reader)
            return sent_instead(t, request, drawn(t))

        message = drawn(self._translator_of(request))
        with log_fields(request_fields(request)):
            await post_below(self._client(request), request, message, part, alone=alone)

    def _translator_of(self, request: Request) -> Translator:
        return self._languages.of_channel(request.place)

    def _client(self, request: Request | Proposal) -> AsyncWebClient:
        return self._clients.of(request.place.workspace)

    async def _found(self, request: Request, lost: RetryableNotificationError) -> str:
        try:
            card_ts = await find_card(self._clients, request)
        except (RetryableNotificationError, PermanentNotificationError) as blind:
            _log.warning(
                "card of request %s cannot be searched for: %s", request.id, blind
            )
            card_ts = None
        if card_ts is None:
            raise PermanentNotificationError(LOST_ANSWER) from lost
        return card_ts
