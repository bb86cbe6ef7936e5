"""Carry one command from its words to its answer, after the ack."""

import logging
from collections.abc import Awaitable
from typing import TypeVar

from bot.domain.notifications import CannotAnnounce, NotAnnounced
from bot.domain.outcomes import ConfirmationNeeded
from bot.domain.requests import Request
from bot.domain.storage import MemoryUnavailable
from bot.slack.inbound.payloads import Asked
from bot.slack.listeners.context import Room
from bot.slack.listeners.errors import card_not_posted, report
from bot.slack.messages.replies import answer_message, named_no_app
from bot.slack.outbox.ephemeral import Telling

_log = logging.getLogger("bot.slack")

T = TypeVar("T")


async def answer(words: str, asked: Asked, room: Room) -> None:
    """Answer a command: a card for all to see, all else for the asker alone.

    Whatever fails, the asker is told.
    """
    tell = room.teller.to(asked.place, asked.person, asked.response_url)
    try:
        found = await room.service.answer(words, asked.place, asked.person)
        if isinstance(found, ConfirmationNeeded):
            await _show(found.request, room, tell)
            if found.inferred and found.request.reason:
                await tell(named_no_app(found.request))
        else:
            await tell(answer_message(found))
    except Exception as error:  # noqa: BLE001 - the outermost boundary of a command
        await report(error, tell)


async def _show(request: Request, room: Room, tell: Telling) -> None:
    service = room.service
    try:
        card = await room.messenger.post_card(request)
    except (NotAnnounced, CannotAnnounce) as reason:
        _log.warning("card of request %s is not posted: %s", request.id, reason)
        taken_back = await _note(service.card_failed(request.id), request)
        await tell(card_not_posted(reason, taken_back=bool(taken_back)))
    else:
        await _note(service.card_shown(request.id, card), request)


async def _note(noting: Awaitable[T], request: Request) -> T | None:
    """Note what became of the card, if that can be done; None where it cannot.

    A click brings the card's timestamp along, and a request without a card expires.
    """
    try:
        return await noting
    except MemoryUnavailable as reason:
        _log.warning("card of request %s is not noted: %s", request.id, reason)
        return None
