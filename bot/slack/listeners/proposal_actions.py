"""The press on the card of a proposal: decide it once, then show it."""

import logging
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.domain.log_fields import log_fields
from bot.domain.proposals import ProposalOutcome
from bot.domain.usage import Misuse, Usage
from bot.slack.ids import AGREE
from bot.slack.inbound.payloads import Click, read_click
from bot.slack.listeners.context import ListenerContext
from bot.slack.listeners.errors import report
from bot.slack.listeners.following import follow_up
from bot.slack.messages.proposals import proposal_reply
from bot.slack.outbox.ephemeral import Reply

_log = logging.getLogger("bot.slack")


async def on_proposal_press(
    ack: AsyncAck, body: dict[str, Any], *, context: ListenerContext
) -> None:
    """Ack the press and hand it over; one that is lost leaves the card as it is."""
    await ack()
    click = read_click(body, context.identity.workspace)
    if click is None:
        _log.warning("a press without person, channel or message is dropped")
        return
    await follow_up(click, _follow, context)


async def _follow(click: Click, context: ListenerContext, reply: Reply) -> None:
    with log_fields(channel=click.place.channel, user=click.person.user_id):
        try:
            outcome = await _decide(click, context)
            t = await context.translator_soon(click)
            message = proposal_reply(t, outcome)
            if message is not None:
                await reply(message)
            await context.proposals.show_due()
        except Exception as error:  # noqa: BLE001 - the outermost boundary of a press
            await report(context.translator_for(click), error, reply)


async def _decide(click: Click, context: ListenerContext) -> ProposalOutcome:
    if click.request_id is None:
        return Usage(Misuse.NO_SUCH_CARD)
    person = await context.organisation.resolve(click.person)
    return await context.service.proposals.decide(
        click.request_id,
        click.card,
        click.place,
        person,
        agrees=click.action_id == AGREE,
    )
