"""The press of a button: claim the request, ack, then start the work."""

import asyncio
import logging
from typing import Any, Final, assert_never

from slack_bolt.async_app import AsyncAck

from bot.domain.clock import monotonic, pressed
from bot.domain.log_fields import LogFields, log_fields, request_fields
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.outcomes import (
    AlreadyHandled,
    Approved,
    Cancelled,
    ClickOutcome,
    Confirmed,
    Expired,
    NotAllowed,
)
from bot.domain.requests import Request
from bot.domain.storage import StorageUnavailable
from bot.domain.usage import Misuse, Usage
from bot.slack.ids import CANCEL
from bot.slack.inbound.payloads import Click, read_click
from bot.slack.listeners.context import ListenerContext
from bot.slack.listeners.errors import click_not_stored, click_waits, report
from bot.slack.messages.replies import decision_message
from bot.slack.messages.translator import Translator
from bot.slack.outbox.ephemeral import Reply

# Slack waits three seconds for the ack; the claim takes milliseconds.
CLAIM_SECONDS: Final = 2.0

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
    claim = asyncio.create_task(_decide(click, context))
    # A driver that waits for a lock cannot always be hurried: the ack goes out in time
    # all the same, and the claim is followed up whenever it comes.
    await asyncio.wait({claim}, timeout=CLAIM_SECONDS)
    await ack()
    if not context.tasks.spawn(_follow(claim, pressed_at, context, reply)):
        # The process ends: what is claimed goes on after the next start, or elsewhere.
        decided = await _claimed(context.translator, claim, reply)
        if decided is not None:
            await _reply_to_click(context.translator, decided, reply)


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


async def _follow(
    claim: asyncio.Task[ClickOutcome],
    pressed_at: float,
    context: ListenerContext,
    reply: Reply,
) -> None:
    """Start the operation, and reply where the card itself is no answer."""
    t = context.translator
    decided = await _claimed(t, claim, reply)
    if decided is None:
        return
    try:
        match decided:
            case Confirmed() | Cancelled() | Expired():
                await _proceed(decided.request, pressed_at, context)
            case Approved():
                await _show(decided.request, pressed_at, context)
            case AlreadyHandled():
                await _refresh(decided.request, pressed_at, context)
            case NotAllowed() | Usage():
                pass
            case _:
                assert_never(decided)
        await _reply_to_click(t, decided, reply)
    except StorageUnavailable as away:
        await reply(click_waits(t, away))
    except Exception as error:  # noqa: BLE001 - the outermost boundary of a click
        await report(t, error, reply)


async def _claimed(
    t: Translator, claim: asyncio.Task[ClickOutcome], reply: Reply
) -> ClickOutcome | None:
    """Return the outcome of the click; None, after a reply, where it failed."""
    try:
        return await claim
    except Exception as error:  # noqa: BLE001 - the outermost boundary of a click
        await reply(click_not_stored(t, error))
        return None


async def _reply_to_click(t: Translator, decided: ClickOutcome, reply: Reply) -> None:
    message = decision_message(t, decided)
    if message is not None:
        await reply(message)


async def _proceed(
    request: Request, pressed_at: float, context: ListenerContext
) -> None:
    """Start the work that was decided, and remove the buttons at once."""
    with log_fields(request_fields(request)):
        await asyncio.gather(
            context.service.start(request), _show(request, pressed_at, context)
        )


async def _refresh(
    request: Request, pressed_at: float, context: ListenerContext
) -> None:
    """Edit a card that looks alive although it was decided: an edit was lost."""
    operation = request.operation
    if operation is None or operation.result is not None:
        await _show(request, pressed_at, context)


async def _show(request: Request, read_at: float, context: ListenerContext) -> None:
    """Edit the card now if Slack is there; the engine edits it in any case."""
    try:
        await context.messenger.show_card(request, read_at)
    except (
        RetryableNotificationError,
        PermanentNotificationError,
        StorageUnavailable,
    ) as reason:
        _log.warning("card of request %s is not edited yet: %s", request.id, reason)
