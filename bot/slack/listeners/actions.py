"""The press of a button: claim the request, ack, then start the work."""

import logging
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.domain.clock import monotonic, pressed
from bot.domain.log_fields import LogFields, log_fields
from bot.domain.outcomes import ClickOutcome
from bot.domain.requests import Request
from bot.domain.usage import Misuse, Usage
from bot.slack.ids import CANCEL
from bot.slack.inbound.payloads import Click, read_click
from bot.slack.listeners.context import ListenerContext
from bot.slack.listeners.opening import open_form
from bot.slack.listeners.pressing import Taken, take
from bot.slack.messages.alone_form import alone_form

_log = logging.getLogger("bot.slack")


async def on_click(
    ack: AsyncAck, body: dict[str, Any], *, context: ListenerContext
) -> None:
    """Claim first and ack then, so that an acknowledged click is not lost."""
    pressed_at = monotonic()
    click = read_click(body, context.identity.workspace)
    if click is None:
        _log.warning("a click without person, channel or message is dropped")
        await ack()
        return
    fields: LogFields = {"channel": click.place.channel, "user": click.person.user_id}
    if click.request_id is not None:
        fields["request"] = click.request_id
    with log_fields(fields), pressed(pressed_at):
        await _take(ack, click, pressed_at, context)


async def _take(
    ack: AsyncAck, click: Click, pressed_at: float, context: ListenerContext
) -> None:
    reply = context.ephemeral.reply_to(click.place, click.person, click.response_url)
    open_form = partial(_open_form, click=click, context=context)
    taken = Taken(_decide(click, context), click, reply, pressed_at, open_form)
    await take(ack(), taken, context)


async def on_other_action(ack: AsyncAck) -> None:
    """Take the press of a link or of a button that is none of ours."""
    await ack()


async def _decide(click: Click, context: ListenerContext) -> ClickOutcome:
    if click.request_id is None:
        return Usage(Misuse.NO_SUCH_CARD)
    service = context.service
    person = await context.organisation.resolve(click.person)
    press = click.request_id, click.card, click.place, person
    if click.action_id == CANCEL:
        return await service.cancel(*press)
    return await service.confirm(*press, click.pressed_at)


async def _open_form(request: Request, click: Click, context: ListenerContext) -> bool:
    """Open the form for the asker's reason; return whether Slack has opened it."""
    form = alone_form(context.translator_for(click), request, click.card)
    refused = await open_form(form, click.place.workspace, click.trigger_id, context)
    if refused is not None:
        _log.warning("request %s: a form is not opened: %s", request.id, refused)
    return refused is None
