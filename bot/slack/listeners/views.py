"""The submission of a form: check its fields, ack, then post the card."""

import logging
from dataclasses import replace
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.domain.app_names import ResolvedTarget
from bot.domain.percentages import format_percentage
from bot.domain.rollout import Change
from bot.domain.targets import ResolvedChange, read_percentage
from bot.domain.usage import Usage
from bot.domain.verbs import Verb
from bot.slack.ids import PERCENTAGE_BLOCK
from bot.slack.inbound.board_payloads import FormSubmission, read_submission
from bot.slack.listeners.context import ListenerContext
from bot.slack.listeners.replying import ask_once
from bot.slack.messages.forms import (
    answered_directly,
    form_not_taken,
    percentage_error,
    unreadable_form,
)

_log = logging.getLogger("bot.slack")


async def on_set_form(
    ack: AsyncAck, body: dict[str, Any], *, context: ListenerContext
) -> None:
    """Close a form that can be understood; elsewhere it stays open, with an error."""
    form = read_submission(body, context.identity.workspace)
    t = context.translator_for(form)
    if form is None:
        _log.warning("a form without person, channel or target is refused")
        await _refuse(ack, unreadable_form(t))
        return
    percentage = read_percentage(form.percentage, "")
    if isinstance(percentage, Usage):
        await _refuse(ack, percentage_error(t, percentage))
    elif _hand_over(form, percentage, context):
        await ack()
    else:
        await _refuse(ack, form_not_taken(t))


def _hand_over(
    form: FormSubmission, percentage: float, context: ListenerContext
) -> bool:
    """Let the change be asked for; return False where the bot ends."""
    if form.delivery_id:
        # What is typed anew into a form that stayed open is another submission.
        typed = format_percentage(percentage)
        form = replace(form, delivery_id=f"{form.delivery_id}/{typed}")
    target, change = ResolvedTarget(form.target, None), Change(Verb.SET, percentage)
    t = context.translator_for(form)
    drawn = partial(answered_directly, t, form.place.channel)
    reply = context.ephemeral.reply_or_direct(form.place, form.person, drawn)
    wanted = ResolvedChange(target, change, form.reason)
    return context.tasks.spawn(ask_once(wanted, form, context, reply))


async def _refuse(ack: AsyncAck, error: str) -> None:
    await ack(response_action="errors", errors={PERCENTAGE_BLOCK: error})
