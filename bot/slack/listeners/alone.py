"""The form in which an asker says why they do without a second person."""

import logging
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.domain.clock import monotonic, pressed
from bot.domain.log_fields import log_fields
from bot.domain.outcomes import ClickOutcome
from bot.domain.reasons import shown
from bot.slack.ids import REASON_BLOCK
from bot.slack.inbound.alone_payloads import AloneSubmission, read_alone_submission
from bot.slack.listeners.context import ListenerContext
from bot.slack.listeners.pressing import Taken, take
from bot.slack.messages.alone_form import reason_error, unreadable_alone_form
from bot.slack.messages.forms import answered_directly

_log = logging.getLogger("bot.slack")


async def on_alone_form(
    ack: AsyncAck, body: dict[str, Any], *, context: ListenerContext
) -> None:
    """Take the press that the form belongs to; without a reason it stays open."""
    pressed_at = monotonic()
    form = read_alone_submission(body, context.identity.workspace)
    t = context.translator_for(form)
    if form is None:
        _log.warning("a form without person, card or request is refused")
        await _refuse(ack, unreadable_alone_form(t))
        return
    if not shown(form.reason):
        await _refuse(ack, reason_error(t))
        return
    who, where = form.person.user_id, form.place.channel
    drawn = partial(answered_directly, t, where)
    reply = context.ephemeral.reply_or_direct(form.place, form.person, drawn)
    with (
        log_fields(channel=where, user=who, request=form.request_id),
        pressed(pressed_at),
    ):
        taken = Taken(_decide(form, context), form, reply, pressed_at)
        await take(ack(), taken, context)


async def _decide(form: AloneSubmission, context: ListenerContext) -> ClickOutcome:
    person = await context.organisation.resolve(form.person)
    return await context.service.confirm_alone(
        form.request_id, form.card, form.place, person, form.reason
    )


async def _refuse(ack: AsyncAck, error: str) -> None:
    await ack(response_action="errors", errors={REASON_BLOCK: error})
