"""The press of a button about a ramp: go on where it is held, pause, resume, stop."""

import logging
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.domain.log_fields import log_fields
from bot.domain.outcomes import NotAllowed
from bot.domain.plan_outcomes import PlanOutcome
from bot.domain.usage import Misuse, Usage
from bot.slack.ids import HeldRamp
from bot.slack.inbound.ramp_payloads import RampPress, read_ramp_press
from bot.slack.listeners.context import ListenerContext
from bot.slack.listeners.errors import report
from bot.slack.listeners.following import follow_up
from bot.slack.listeners.replying import is_first
from bot.slack.messages.held_ramps import held_ramp_answer
from bot.slack.messages.replies import answer_message
from bot.slack.outbox.ephemeral import Reply

_log = logging.getLogger("bot.slack")


async def on_ramp_press(
    ack: AsyncAck, body: dict[str, Any], *, context: ListenerContext
) -> None:
    """Ack the press and hand it over; one that is lost leaves the ramp as it is."""
    await ack()
    press = read_ramp_press(body, context.identity.workspace)
    if press is None:
        _log.warning("a press about a ramp without person or channel is dropped")
        return
    await follow_up(press, _answer, context)


async def _answer(press: RampPress, context: ListenerContext, reply: Reply) -> None:
    t = context.translator_for(press)
    if press.ramp is None:
        await reply(answer_message(t, Usage(Misuse.NO_SUCH_CARD)))
        return
    with log_fields(channel=press.place.channel, user=press.person.user_id):
        try:
            if await is_first(press, context):
                outcome = await _decide(press, press.ramp, context)
                t = await context.translator_soon(press)
                await reply(held_ramp_answer(t, outcome))
        except Exception as error:  # noqa: BLE001 - the outermost boundary of a press
            await report(t, error, reply)


async def _decide(
    press: RampPress, ramp: HeldRamp, context: ListenerContext
) -> PlanOutcome | NotAllowed:
    person = await context.organisation.resolve(press.person)
    ramps = context.service.ramps
    if press.action is None:
        return await ramps.go_on(
            ramp.target, ramp.plan_id, ramp.percentage, press.place, person
        )
    return await ramps.change(
        press.action, ramp.target, ramp.plan_id, press.place, person
    )
