"""The answer to a command, the press of a board or a form, after its ack."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol, TypeVar

from bot.domain.channel_outcomes import AliasAdded, LetInAsked
from bot.domain.log_fields import log_fields, request_fields
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.outcomes import (
    CardOpen,
    CommandOutcome,
    ConfirmationNeeded,
)
from bot.domain.requests import Person, Request
from bot.domain.storage import StorageUnavailable
from bot.domain.targets import ResolvedChange
from bot.domain.usage import UnknownAlias
from bot.service import OnReading
from bot.slack.client.memberships import channels_of
from bot.slack.inbound.payloads import Asked
from bot.slack.listeners.context import Addressed, ListenerContext
from bot.slack.listeners.errors import report
from bot.slack.listeners.language_offer import offer_language
from bot.slack.messages.errors import card_not_posted
from bot.slack.messages.replies import answer_message, card_open
from bot.slack.messages.status import reading
from bot.slack.messages.usage import known_elsewhere
from bot.slack.outbox.ephemeral import Reply

_log = logging.getLogger("bot.slack")

T = TypeVar("T")
Answers = AsyncGenerator[CommandOutcome]


class Delivered(Addressed, Protocol):
    """A payload that says which delivery it is, too."""

    @property
    def delivery_id(self) -> str:
        """The same where the payload comes a second time; empty where it has none."""


async def answer_once(text: str, asked: Asked, context: ListenerContext) -> None:
    """Answer a command: a card for all to see, all else for the asker alone.

    Its second delivery is not answered. Whatever fails, the asker gets a message.
    """

    def answers(person: Person, on_reading: OnReading) -> Answers:
        return context.service.answers(text, asked.place, person, on_reading)

    reply = context.ephemeral.reply_to(asked.place, asked.person, asked.response_url)
    await reply_once(answers, asked, context, reply)
    await offer_language(asked, context)


async def ask_once(
    wanted: ResolvedChange, asked: Delivered, context: ListenerContext, reply: Reply
) -> None:
    """Answer a press or a form that asks for a change: the card is in the channel.

    Who asks for the same at the same moment waits until the card is there, and is told
    where it is.
    """
    place = replace(asked.place, thread=None)

    def answers(person: Person, on_reading: OnReading) -> Answers:
        return context.service.ask_for(wanted, place, person, on_reading)

    key = place, wanted.chosen.target, wanted.change
    async with context.turns.setdefault(key, asyncio.Lock()):
        await reply_once(answers, asked, context, reply)


async def reply_once(
    answers: Callable[[Person, OnReading], Answers],
    asked: Delivered,
    context: ListenerContext,
    reply: Reply,
) -> None:
    """Show the answers to what somebody has typed or pressed, unless it came before.

    Whatever fails, the asker gets a message.
    """

    async def on_reading(apps: Sequence[str]) -> None:
        t = await context.translator_soon(asked)
        await reply(reading(t, apps))

    with log_fields(channel=asked.place.channel, user=asked.person.user_id):
        try:
            if not await is_first(asked, context):
                return
            context.languages.expect(asked.place, asked.person.user_id)
            person = await context.organisation.resolve(asked.person)
            async with aclosing(answers(person, on_reading)) as found:
                async for one in found:
                    await _show_answer(one, asked, context, reply)
        except Exception as error:  # noqa: BLE001 - the outermost boundary of a command
            await report(context.translator_for(asked), error, reply)


async def is_first(asked: Delivered, context: ListenerContext) -> bool:
    """Return whether this comes for the first time.

    Where that cannot be known it is answered: the answer will say that the database
    cannot be reached.
    """
    delivery_id = asked.delivery_id
    if not delivery_id:
        return True
    try:
        return await context.service.first_delivery(asked.place.workspace, delivery_id)
    except StorageUnavailable as reason:
        _log.warning("delivery %s is not stored: %s", delivery_id, reason)
        return True


async def _show_answer(
    found: CommandOutcome, asked: Delivered, context: ListenerContext, reply: Reply
) -> None:
    if isinstance(found, CardOpen):
        anew = await _point_to(found, asked, context, reply)
        if anew is None:
            return
        found = anew
    if isinstance(found, ConfirmationNeeded):
        with log_fields(request_fields(found.request)):
            await _show(found.request, asked, context, reply)
        return
    t = await context.translator_soon(asked)
    await reply(answer_message(t, found))
    if isinstance(found, AliasAdded | LetInAsked):
        await context.proposals.show_due()
    if isinstance(found, UnknownAlias):
        await _name_channels(found, asked, context, reply)


async def _name_channels(
    unknown: UnknownAlias, asked: Delivered, context: ListenerContext, reply: Reply
) -> None:
    """Reply with the other channels of the asker that know the alias, if any do."""
    others = await context.service.channels_with(unknown.name, asked.place)
    if not others:
        return
    client = context.clients.of(asked.place.workspace)
    own = await channels_of(client, asked.person.user_id)
    if known := [channel for channel in others if channel in own]:
        t, name = context.translator_for(asked), unknown.name.casefold()
        await reply(known_elsewhere(t, name, known))


async def _point_to(
    found: CardOpen, asked: Delivered, context: ListenerContext, reply: Reply
) -> ConfirmationNeeded | None:
    """Reply with where the open card is; without that card, return the new request."""
    try:
        link = await context.messenger.link_to_card(found.request)
    except PermanentNotificationError as gone:
        _log.warning("card of request %s is gone: %s", found.request.id, gone)
        return await context.service.card_gone(found)
    t = await context.translator_soon(asked)
    await reply(card_open(t, found.request, link))
    return None


async def _show(
    request: Request, asked: Delivered, context: ListenerContext, reply: Reply
) -> None:
    service = context.service
    try:
        names = await service.approver_names(request)
        card = await context.messenger.post_card(request, names)
    except (RetryableNotificationError, PermanentNotificationError) as reason:
        _log.warning("card of request %s is not posted: %s", request.id, reason)
        taken_back = await _note(service.card_failed(request.id), request)
        t = await context.translator_soon(asked)
        await reply(card_not_posted(t, reason, taken_back=bool(taken_back)))
    else:
        await _note(service.card_posted(request.id, card), request)


async def _note(noting: Awaitable[T], request: Request) -> T | None:
    """Note what became of the card, if that can be done; None where it cannot.

    A click brings the card's timestamp along, and a request without a card expires.
    """
    try:
        return await noting
    except StorageUnavailable as reason:
        _log.warning("card of request %s is not noted: %s", request.id, reason)
        return None
