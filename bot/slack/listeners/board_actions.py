"""The press of a board's button: a card, or the form that asks for the percentage."""

import logging
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.domain.app_names import ResolvedTarget
from bot.domain.log_fields import log_fields
from bot.domain.rollout import Change
from bot.domain.submissions import Target
from bot.domain.targets import ResolvedChange
from bot.domain.usage import Misuse, Usage
from bot.domain.verbs import VERBS
from bot.slack.inbound.board_payloads import BoardPress, read_board_press
from bot.slack.listeners.context import ListenerContext
from bot.slack.listeners.errors import report
from bot.slack.listeners.following import follow_up
from bot.slack.listeners.opening import open_form
from bot.slack.listeners.replying import ask_once, is_first
from bot.slack.messages.forms import form_not_opened, set_form
from bot.slack.messages.replies import answer_message
from bot.slack.outbox.ephemeral import Reply

_log = logging.getLogger("bot.slack")


async def on_board_press(
    ack: AsyncAck, body: dict[str, Any], *, context: ListenerContext
) -> None:
    """Ack the press and hand it over: none of these buttons acts by itself."""
    await ack()
    press = read_board_press(body, context.identity.workspace)
    if press is None:
        _log.warning("a press of a board without person or channel is dropped")
        return
    await follow_up(press, _answer, context)


async def _answer(press: BoardPress, context: ListenerContext, reply: Reply) -> None:
    if press.target is None:
        unknown = Usage(Misuse.NO_SUCH_CARD)
        await reply(answer_message(context.translator_for(press), unknown))
    elif VERBS[press.verb].takes_percentage:
        with log_fields(channel=press.place.channel, user=press.person.user_id):
            await _open_form(press, press.target, context, reply)
    else:
        target = ResolvedTarget(press.target, None)
        wanted = ResolvedChange(target, Change(press.verb), "")
        await ask_once(wanted, press, context, reply)


async def _open_form(
    press: BoardPress, target: Target, context: ListenerContext, reply: Reply
) -> None:
    """Open the form at once: nothing is read from the Store before."""
    try:
        if not await is_first(press, context):
            return
        person = await context.organisation.resolve(press.person)
        chosen = await context.service.may_ask_for(
            press.verb, target, press.place, person
        )
        if isinstance(chosen, ResolvedTarget):
            await _open(chosen, press, context, reply)
        else:
            t = await context.translator_soon(press)
            await reply(answer_message(t, chosen))
            await context.proposals.show_due()
    except Exception as error:  # noqa: BLE001 - the outermost boundary of a press
        await report(context.translator_for(press), error, reply)


async def _open(
    chosen: ResolvedTarget, press: BoardPress, context: ListenerContext, reply: Reply
) -> None:
    t, place = context.translator_for(press), press.place
    form = set_form(t, place.channel, chosen)
    refused = await open_form(form, place.workspace, press.trigger_id, context)
    if refused is not None:
        _log.warning("a form is not opened: %s", refused)
        await reply(form_not_opened(t, chosen))
