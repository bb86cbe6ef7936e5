"""The workflows that bring an operation to its end.

    operation.v1   execute change ─► (pause ─► execute change)* ─► (pause ─► conclude)?
                   ─► save result ─► update card ─► post result
                   ─► end other requests ─► close
                   (a long pause is shown on the card)
    close-card.v1  update card ─► close     (ended and expired requests,
                   and those whose ramp has begun)
    follow-up.v1   read again ─► save result ─► update card ─► post result  (Unknown)
                   read again ─► … ─► read again ─► end follow-up
    announce.v1    update card ─► post result ─► close   (saved, but not yet announced)

A card that Slack does not let be edited soon is edited after the post. A step may run
again after a crash, so each can be repeated. Names end in a version: a change of the
order of stored steps is a new workflow beside the old one, which stays until no row of
it is left.
"""

import asyncio
import contextlib
import contextvars
from typing import Final

from dbos import DBOS, SetWorkflowID

from bot.domain.results import CODES, Unknown, result_code
from bot.engine import steps, workflow_ids
from bot.engine.attempts import Ended, Json, Pending
from bot.engine.resuming import log_if_resumed
from bot.engine.runtime import current
from bot.engine.timing import RetryPlan
from bot.engine.waiting import show_waiting
from bot.engine.workflow_ids import follow_up_id, workflow_id

QUEUE: Final = "rollout-follow-up"
OPERATION: Final = "operation.v1"
CLOSE_CARD: Final = "close-card.v1"
FOLLOW_UP: Final = "follow-up.v1"
ANNOUNCE: Final = "announce.v1"
# A row with another name was written by another version of the bot.
NAMES: Final = frozenset({OPERATION, CLOSE_CARD, FOLLOW_UP, ANNOUNCE})
# How long dbos may take to store a pause before it begins.
_STORE_PAUSE_SECONDS: Final = 1.0
# No launch has this id: the thread is read before the post.
_NO_LAUNCH: Final = ""


@DBOS.workflow(name=OPERATION)
async def run_operation(operation_id: str, plan: Json) -> str:
    """Bring an operation to its result; return the result's code."""
    timing = RetryPlan.from_json(plan)
    with current().running.track(_id()):
        await log_if_resumed(operation_id)
        found = await _execute(operation_id, timing)
        await steps.save_result(operation_id, found.result)
        await _announce(operation_id, found.launch_id)
        if isinstance(found.result, Unknown):
            await follow_later(operation_id, 0, plan)
        return result_code(found.result)


@DBOS.workflow(name=CLOSE_CARD)
async def close_card(request_id: str) -> None:
    """Edit the card of a request that has ended, or of a ramp that has begun."""
    with current().running.track(_id()):
        await steps.close_card(request_id)


@DBOS.workflow(name=FOLLOW_UP)
async def follow_up(operation_id: str, turn: int, plan: Json) -> str | None:
    """Read again after an Unknown, and correct what people were shown."""
    with current().running.track(_id()):
        result = await steps.read_again(operation_id)
        if result is None:
            await follow_later(operation_id, turn + 1, plan)
            return None
        await steps.save_result(operation_id, result)
        # Without a launch the thread is read before the post: only so can the message
        # say that it corrects the Unknown there.
        await _announce(operation_id, _NO_LAUNCH)
        return result_code(result)


@DBOS.workflow(name=ANNOUNCE)
async def announce(operation_id: str, plan: Json) -> None:
    """Show and post a result that is saved already, perhaps posted as well."""
    with current().running.track(_id()):
        await _announce(operation_id, _NO_LAUNCH)
        if await steps.outcome_code(operation_id) == CODES[Unknown]:
            await follow_later(operation_id, 0, plan)


async def _execute(operation_id: str, timing: RetryPlan) -> Ended:
    found = await steps.execute_change(operation_id, None)
    *pauses, last = timing.retry_pauses
    for pause in pauses:
        if isinstance(found, Ended):
            return found
        await _wait(operation_id, found, pause, timing)
        found = await steps.execute_change(operation_id, found)
    if isinstance(found, Ended):
        return found
    # A write that went out just now may still have its effect.
    await _wait(operation_id, found, last, timing, last=True)
    return await steps.conclude(operation_id, found)


async def _wait(
    operation_id: str,
    found: Pending,
    pause: float,
    timing: RetryPlan,
    *,
    last: bool = False,
) -> None:
    """Wait before the next attempt, as long as the Store asks for, within bounds."""
    asked = found.attempt.retry_after or 0.0
    wait = max(pause, min(asked, timing.longest_retry_after))
    if wait >= timing.show_wait_from:
        wait = await show_waiting(operation_id, found, wait, last=last)
    # dbos stores the time of day at which the pause ends: where the clock was set back,
    # or is another replica's, that may be hours away.
    with current().running.idle_wait(), contextlib.suppress(TimeoutError):
        async with asyncio.timeout(wait + _STORE_PAUSE_SECONDS):
            await DBOS.sleep_async(wait)


async def _announce(operation_id: str, executed_in: str) -> None:
    edited = await steps.update_card_in_time(operation_id)
    await steps.post_result(operation_id, executed_in)
    for request_id in await steps.end_other_requests(operation_id):
        # In a context without this workflow, whose steps must stay the same: how many
        # cards are open, it cannot know again after a crash.
        context = contextvars.Context()
        await asyncio.create_task(start_close_card(request_id, 0), context=context)
    if not edited:
        await steps.update_card(operation_id)
    await steps.close(operation_id)


async def start_close_card(request_id: str, number: int) -> None:
    """Start to edit the card of such a request; `number` counts earlier starts."""
    with SetWorkflowID(workflow_id(request_id, workflow_ids.CLOSE_CARD, number)):
        await DBOS.start_workflow_async(close_card, request_id)


async def follow_later(operation_id: str, turn: int, plan: Json) -> None:
    """Queue the next read as a delayed row: it belongs to no process that may die."""
    pauses = RetryPlan.from_json(plan).follow_up_pauses
    if turn >= len(pauses):
        await steps.end_follow_up(operation_id)
        return
    await DBOS.enqueue_workflow_with_options_async(
        {
            "workflow_name": FOLLOW_UP,
            "queue_name": QUEUE,
            "workflow_id": follow_up_id(operation_id, turn),
            "delay_seconds": pauses[turn],
        },
        operation_id,
        turn,
        plan,
    )


def _id() -> str:
    return DBOS.workflow_id or ""
