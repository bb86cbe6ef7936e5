"""What follows a press: the ack once it is stored, the start of the work, a reply."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final, assert_never

from bot.domain.approval import AloneReasonNeeded
from bot.domain.lock_outcomes import Locked
from bot.domain.locks import HeldLock
from bot.domain.log_fields import log_fields, request_fields
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
from bot.domain.plan_outcomes import PlanLives
from bot.domain.press_outcomes import PressRefused
from bot.domain.requests import Request
from bot.domain.storage import StorageUnavailable
from bot.domain.usage import Usage
from bot.slack.listeners.context import Addressed, ListenerContext
from bot.slack.listeners.errors import click_not_stored, click_waits, report
from bot.slack.messages.press_replies import decision_message
from bot.slack.outbox.ephemeral import Reply

# Slack waits three seconds for the ack; the claim takes milliseconds.
CLAIM_SECONDS: Final = 2.0

_log = logging.getLogger("bot.slack")


async def _no_form(_: Request) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Taken:
    """A press that is being stored, how to reply to it, and how to ask for a reason."""

    decide: Coroutine[Any, Any, ClickOutcome]
    asked: Addressed
    reply: Reply
    pressed_at: float
    open_form: Callable[[Request], Awaitable[bool]] = _no_form


async def take(ack: Awaitable[object], taken: Taken, context: ListenerContext) -> None:
    """Store the press, ack it, and follow it up."""
    claim = asyncio.create_task(taken.decide)
    # A driver that waits for a lock cannot always be hurried: the ack goes out in time
    # all the same, and the claim is followed up whenever it comes.
    await asyncio.wait({claim}, timeout=CLAIM_SECONDS)
    await ack
    if not context.tasks.spawn(_follow(claim, taken, context)):
        # The process ends: what is claimed goes on after the next start, or elsewhere.
        decided = await _claimed(claim, taken, context)
        if decided is not None:
            await _reply_to_click(decided, taken, context)


async def _follow(
    claim: asyncio.Task[ClickOutcome], taken: Taken, context: ListenerContext
) -> None:
    """Start the operation, and reply where the card itself is no answer."""
    pressed_at = taken.pressed_at
    decided = await _claimed(claim, taken, context)
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
            case PressRefused() if await _asked_for_reason(decided, taken):
                return
            case Locked() if decided.request is not None:
                await _show_locks(decided.request, decided.locks, context)
            case NotAllowed() | PressRefused() | Locked() | PlanLives() | Usage():
                pass
            case _:
                assert_never(decided)
        await _reply_to_click(decided, taken, context)
    except StorageUnavailable as away:
        t = context.translator_for(taken.asked)
        await taken.reply(click_waits(t, away, decided))
    except Exception as error:  # noqa: BLE001 - the outermost boundary of a click
        await report(context.translator_for(taken.asked), error, taken.reply)


async def _asked_for_reason(refused: PressRefused, taken: Taken) -> bool:
    """Open the form where a reason is all that lacks; return whether it is open."""
    lacks = isinstance(refused.refusal, AloneReasonNeeded)
    return lacks and await taken.open_form(refused.request)


async def _claimed(
    claim: asyncio.Task[ClickOutcome], taken: Taken, context: ListenerContext
) -> ClickOutcome | None:
    """Return the outcome of the click; None, after a reply, where it failed."""
    try:
        return await claim
    except Exception as error:  # noqa: BLE001 - the outermost boundary of a click
        t = context.translator_for(taken.asked)
        await taken.reply(click_not_stored(t, error))
        return None


async def _reply_to_click(
    decided: ClickOutcome, taken: Taken, context: ListenerContext
) -> None:
    if isinstance(decided, Confirmed | Cancelled):
        # The card is the reply.
        return
    message = decision_message(await context.translator_soon(taken.asked), decided)
    if message is not None:
        await taken.reply(message)


async def _proceed(
    request: Request, pressed_at: float, context: ListenerContext
) -> None:
    """Start the work that was decided, and remove the buttons at once.

    What a halt overtakes is ended after that: nobody can confirm it any more.
    """
    with log_fields(request_fields(request)):
        await asyncio.gather(
            context.service.start(request), _show(request, pressed_at, context)
        )
        await context.service.end_overtaken(request)


async def _refresh(
    request: Request, pressed_at: float, context: ListenerContext
) -> None:
    """Edit a card that looks alive although it was decided: an edit was lost."""
    operation = request.operation
    if operation is None or operation.result is not None:
        await _show(request, pressed_at, context)


async def _show_locks(
    request: Request, locks: Sequence[HeldLock], context: ListenerContext
) -> None:
    """Let all see on the card what holds it, if Slack is there."""
    try:
        await context.messenger.show_locks(request, locks)
    except (RetryableNotificationError, PermanentNotificationError) as reason:
        _log.warning("card of request %s shows no lock: %s", request.id, reason)


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
