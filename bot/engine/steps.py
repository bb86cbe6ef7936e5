"""The steps of the workflows: one side effect each, and each can be repeated.

dbos stores what `execute_change`, `conclude`, `read_again`, `post_result` and
`outcome_code` return: it decides what comes next, or to repeat the step costs a request
to the Store or to Slack. It does not store `save_result`, `update_card`,
`end_other_requests`, `close` and `end_follow_up`: each sets a state that is the same
the second time, so a workflow that is started again does them again. To store them
would cost a fifth of an operation's processor time.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from dbos import DBOS

from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.log_fields import log_fields, operation_fields
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.operations import Operation
from bot.domain.requests import Request
from bot.domain.results import (
    CODES,
    AlreadyDone,
    Done,
    Moved,
    Result,
    Unknown,
    result_code,
)
from bot.engine.attempts import (
    Ended,
    Json,
    Pending,
    StepOutcome,
    read_step_outcome,
    step_outcome,
)
from bot.engine.retrying import retry_notification, retry_storage
from bot.engine.runtime import STARTED_WITH, Dependencies, current
from bot.engine.waiting import SHOW_SECONDS, asking_shown
from bot.service.attempt import Inconclusive
from bot.service.delay import left_behind
from bot.service.open_cards import end_others

# An operation that was left behind may be settled in its thread, after a restore; Slack
# may not be connected yet. A halt waits no longer than this for it.
_LOOK_SECONDS: Final = 5.0
_LOOK_PAUSE: Final = 0.2
_OUTDATED: Final = FailureDetail(FailureCode.OUTDATED)

_log = logging.getLogger("bot.engine")


async def execute_change(operation_id: str, earlier: Pending | None) -> StepOutcome:
    """Send the change, or read whether it is there."""
    data = earlier.to_json() if earlier else None
    return read_step_outcome(await _execute_change(operation_id, data))


async def conclude(operation_id: str, earlier: Pending) -> Ended:
    """Return what is true after the last retry."""
    found = read_step_outcome(await _conclude(operation_id, earlier.to_json()))
    if isinstance(found, Pending):
        raise TypeError(f"operation {operation_id} was concluded without a result")
    return found


async def read_again(operation_id: str) -> Result | None:
    """Read the Store again; None while it does not answer."""
    data = await _read_again(operation_id)
    found = None if data is None else read_step_outcome(data)
    return found.result if isinstance(found, Ended) else None


async def save_result(operation_id: str, result: Result) -> None:
    """Store the result, for the history and for the card."""
    operation = await retry_storage(lambda: _finish(operation_id, result))
    _parts().on_end(operation.change.verb, CODES[type(result)])
    code, correlation = result_code(result), result.correlation_id
    fields = operation_fields(operation)
    with log_fields(fields, outcome=code, correlation=correlation):
        _log.log(
            _level(result),
            "operation %s: %s of %s by %s ended %s (correlation id %s)",
            operation_id,
            operation.change.verb,
            operation.ref,
            operation.authorised_by,
            code,
            correlation,
        )


async def update_card(operation_id: str) -> None:
    """Edit the card into what the operation is now."""
    notifier = _parts().notifier
    await retry_notification(
        f"operation {operation_id}", lambda _: notifier.update_card(operation_id)
    )


async def update_card_in_time(operation_id: str) -> bool:
    """Edit the card if Slack takes that soon; a result must not wait for it."""
    try:
        async with asyncio.timeout(SHOW_SECONDS):
            await update_card(operation_id)
    except TimeoutError:
        _log.warning("operation %s: the card is edited later", operation_id)
        return False
    return True


async def end_other_requests(operation_id: str) -> list[str]:
    """End the open requests for a rollout that is over; return whose cards to close."""
    parts = _parts()

    async def once() -> list[str]:
        request = await parts.requests.get_request_of(operation_id)
        request = request or await _request_of_step(operation_id)
        if request is None:
            return []
        return await end_others(parts.requests, request, parts.clock())

    return await retry_storage(once)


async def close(operation_id: str) -> None:
    """Record that nothing is left to do for this operation."""
    parts = _parts()
    await retry_storage(
        lambda: parts.operations.close_operation(operation_id, parts.clock())
    )
    current().end_post(operation_id)


async def close_card(request_id: str) -> None:
    """Edit the card of a request that has ended or begun a ramp, and record that."""
    parts = _parts()
    await retry_notification(
        f"request {request_id}", lambda _: parts.notifier.update_closed_card(request_id)
    )
    await retry_storage(lambda: parts.requests.close_card(request_id, parts.clock()))


async def end_follow_up(operation_id: str) -> None:
    """Post that the Store is not read any more, once, if the result is Unknown."""
    operation = await retry_storage(lambda: _operation(operation_id))
    if isinstance(operation.result, Unknown):
        notifier = _parts().notifier
        await retry_notification(
            f"operation {operation_id}",
            lambda _: notifier.post_follow_up_ended(operation_id),
        )


@DBOS.step(name="post-result.v1")
async def post_result(operation_id: str, executed_in: str) -> None:
    """Post the result in the thread, exactly once as far as Slack lets one know."""
    before = current().begin_post(operation_id, executed_in)
    notifier = _parts().notifier
    await retry_notification(
        f"operation {operation_id}",
        lambda again: notifier.post_result(operation_id, again=before or again),
    )


@DBOS.step(name="outcome-code.v1")
async def outcome_code(operation_id: str) -> str | None:
    """Return the code of the stored result, None where there is none."""
    operation = await retry_storage(lambda: _operation(operation_id))
    return None if operation.result is None else result_code(operation.result)


@DBOS.step(name="execute-change.v1")
async def _execute_change(operation_id: str, earlier: Json | None) -> Json:
    attempt = Pending.from_json(earlier).attempt if earlier else None
    # What happened since the start, or since a first try of this step, must be read.
    in_hand = [] if attempt else [STARTED_WITH.get()]

    async def once() -> Result | Inconclusive:
        parts = _parts()
        known = in_hand.pop() if in_hand else None
        operation = known or await _operation(operation_id)
        left = attempt is None and left_behind(operation, parts.clock())
        if left and await _is_settled(operation_id):
            return Unknown(operation.before, _OUTDATED)
        with log_fields(operation_fields(operation)):
            found = await parts.executor.execute(operation, attempt)
            if isinstance(found, Inconclusive):
                _log.warning("inconclusive: %s", found.detail.code)
        return found

    async with asking_shown(operation_id, attempt):
        return (await _guarded(operation_id, once)).to_json()


@DBOS.step(name="conclude.v1")
async def _conclude(operation_id: str, earlier: Json) -> Json:
    attempt = Pending.from_json(earlier).attempt

    async def once() -> Result | Inconclusive:
        operation = await _operation(operation_id)
        with log_fields(operation_fields(operation)):
            return await _parts().executor.conclude(operation, attempt)

    async with asking_shown(operation_id, attempt):
        found = await _guarded(operation_id, once)
    if isinstance(found, Pending):
        operation = await retry_storage(lambda: _operation(operation_id))
        unknown = Unknown(operation.before, found.attempt.detail)
        found = step_outcome(unknown, current().launch_id)
    return found.to_json()


@DBOS.step(name="read-again.v1")
async def _read_again(operation_id: str) -> Json | None:
    try:
        # A newer bot may have written what this one cannot read: the next turn may be
        # that one's.
        operation = await retry_storage(lambda: _operation(operation_id))
        with log_fields(operation_fields(operation)):
            result = await _parts().executor.follow_up(operation)
        if result is not None and await _is_settled(operation_id):
            return None
    except Exception:  # noqa: BLE001 - the outermost boundary of the Store's steps
        _log.exception("operation %s: the follow-up failed", operation_id)
        return None
    if result is None:
        return None
    return step_outcome(result, current().launch_id).to_json()


async def _is_settled(operation_id: str) -> bool:
    """Return whether the thread has its end; False where that is not known in time."""
    notifier = _parts().notifier
    with contextlib.suppress(PermanentNotificationError, TimeoutError):
        async with asyncio.timeout(_LOOK_SECONDS):
            while True:
                try:
                    return await notifier.is_settled(operation_id)
                except RetryableNotificationError:
                    await asyncio.sleep(_LOOK_PAUSE)
    return False


def _level(result: Result) -> int:
    """Return the log level of an outcome: ERROR where what was confirmed is not so."""
    if isinstance(result, Done | AlreadyDone):
        return logging.INFO
    return logging.WARNING if isinstance(result, Moved) else logging.ERROR


def _parts() -> Dependencies:
    return current().dependencies


async def _operation(operation_id: str) -> Operation:
    operation = await _parts().operations.get_operation(operation_id)
    if operation is None:
        raise LookupError(f"operation {operation_id} is not in the database")
    return operation


async def _request_of_step(operation_id: str) -> Request | None:
    """Return the request for the ramp of a step, with the step as its operation."""
    operation = await _operation(operation_id)
    if operation.plan_id is None:
        return None
    request = await _parts().requests.get_request(operation.plan_id)
    return None if request is None else replace(request, operation=operation)


async def _finish(operation_id: str, result: Result) -> Operation:
    parts = _parts()
    operation = STARTED_WITH.get() or await _operation(operation_id)
    return await parts.operations.finish_operation(operation, result, parts.clock())


async def _guarded(
    operation_id: str, once: Callable[[], Awaitable[Result | Inconclusive]]
) -> StepOutcome:
    """Run a step that talks to the Store; a bug in it must not end in silence."""
    try:
        found = await retry_storage(once)
    except Exception:  # noqa: BLE001 - the outermost boundary of the Store's steps
        reference = secrets.token_hex(4)
        _log.exception("operation %s: unexpected failure %s", operation_id, reference)
        detail = FailureDetail(FailureCode.INTERNAL, {"reference": reference})
        found = Inconclusive(detail, may_have_acted=True)
    return step_outcome(found, current().launch_id)
