"""The steps of the workflows: one side effect each, and each bears being repeated.

The engine keeps the answers of `act`, `conclude`, `follow_up`, `post` and `outcome`:
they say what comes next, or to repeat them costs a look into the Store or the thread.
It does not keep `record`, `show`, `close` and `give_up`: each sets a state that is the
same the second time, so a workflow that is taken up again does them again. To keep them
would cost a fifth of an operation's processor time.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Final, TypeVar

from dbos import DBOS

from bot.domain.clock import monotonic
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.requests import Request
from bot.domain.results import (
    Result,
    Unknown,
    result_code,
    result_from_json,
    result_to_json,
)
from bot.domain.storage import StorageUnavailable
from bot.engine.runtime import at_work, begin_post, end_post, life, resting
from bot.service.attempt import Inconclusive
from bot.service.executor import MAX_PAUSE_BEFORE_WRITE, too_old

# The pauses for the database double, up to so many times the first.
_LONGEST_MEMORY_PAUSE: Final = 10

# A brake must not wait for the message that it waits.
_TELL_SECONDS: Final = 2.0

_log = logging.getLogger("bot.engine")

Json = dict[str, Any]
T = TypeVar("T")


@DBOS.step(name="act.v1")
async def act(request_id: str, so_far: Json | None) -> Json:
    """Send the change, or look whether it is there."""
    earlier = Inconclusive(**_unproved(so_far)) if so_far else None

    async def once() -> Json:
        request = await _request(request_id)
        old = too_old(request, at_work().clock())
        return _verdict(old or await at_work().executor.act(request, earlier))

    return await _guarded(request_id, once)


@DBOS.step(name="conclude.v1")
async def conclude(request_id: str, so_far: Json) -> Json:
    """Say what is true when patience is over."""
    earlier = Inconclusive(**_unproved(so_far))

    async def once() -> Json:
        request = await _request(request_id)
        return _verdict(await at_work().executor.conclude(request, earlier))

    verdict = await _guarded(request_id, once)
    if "unproved" in verdict:
        detail = FailureDetail.from_json(verdict["unproved"]["detail"])
        request = await _patiently(lambda: _request(request_id))
        return _verdict(Unknown(request.snapshot.rollout, detail))
    return verdict


@DBOS.step(name="follow-up.v1")
async def follow_up(request_id: str) -> Json | None:
    """Read the Store again; None while it does not answer."""
    request = await _patiently(lambda: _request(request_id))
    try:
        result = await at_work().executor.follow_up(request)
    except Exception:  # noqa: BLE001 - the outermost boundary of the Store's steps
        _log.exception("request %s: the follow-up failed", request_id)
        return None
    return None if result is None else _verdict(result)


async def record(request_id: str, result: Json) -> None:
    """Write the result down, for the history and for the card."""
    work = at_work()
    found = result_from_json(result)
    request = await _patiently(
        lambda: work.requests.finish_request(request_id, found, work.clock())
    )
    _log.info(
        "request %s: %s of %s by %s ended %s (correlation id %s)",
        request_id,
        request.change.verb,
        request.snapshot.ref,
        request.decided_by,
        result_code(found),
        found.correlation_id,
    )


async def show(request_id: str) -> None:
    """Edit the card into what the request is now."""
    request = await _patiently(lambda: _request(request_id))
    while True:
        asked, shown = monotonic(), request
        await _announce(shown, lambda _: at_work().notifier.show_card(shown))  # noqa: B023 - awaited within this turn
        if monotonic() - asked <= MAX_PAUSE_BEFORE_WRITE:
            return
        # Slow, or frozen: another replica may have shown more by now.
        request = await _patiently(lambda: _request(request_id))
        if (request.state, request.result) == (shown.state, shown.result):
            return


@DBOS.step(name="show-waiting.v1")
async def show_waiting(request_id: str, verdict: Json, wait: float) -> None:
    """Say on the card what is waited for; whether that works or not, work goes on."""
    request = await _patiently(lambda: _request(request_id))
    detail = FailureDetail.from_json(verdict["unproved"]["detail"])
    try:
        async with asyncio.timeout(_TELL_SECONDS):
            await at_work().notifier.show_waiting(request, detail, wait)
    except (
        RetryableNotificationError,
        PermanentNotificationError,
        TimeoutError,
    ) as reason:
        _log.info("request %s: the card does not show the wait: %r", request_id, reason)


@DBOS.step(name="post.v1")
async def post(request_id: str, acted_in: str) -> None:
    """Post the result in the thread, exactly once as far as Slack lets one know."""
    asked = monotonic()
    request = await _patiently(lambda: _request(request_id))
    late = monotonic() - asked > MAX_PAUSE_BEFORE_WRITE
    before = begin_post(request_id, acted_in) or late

    async def once(*, again: bool) -> None:
        await at_work().notifier.post_result(request, again=before or again)

    await _announce(request, lambda again: once(again=again))


async def close(request_id: str) -> None:
    """Note that nothing is left to do for this request."""
    work = at_work()
    await _patiently(lambda: work.requests.close_request(request_id, work.clock()))
    end_post(request_id)


async def give_up(request_id: str) -> None:
    """Say that the Store is not looked at any more, once, if it is Unknown still."""
    request = await _patiently(lambda: _request(request_id))
    if isinstance(request.result, Unknown):
        await _announce(request, lambda _: at_work().notifier.post_given_up(request))


@DBOS.step(name="outcome.v1")
async def outcome(request_id: str) -> str | None:
    """Return the code of the recorded result, None where there is none."""
    request = await _patiently(lambda: _request(request_id))
    return None if request.result is None else result_code(request.result)


async def _request(request_id: str) -> Request:
    request = await at_work().requests.get_request(request_id)
    if request is None:
        raise LookupError(f"request {request_id} is not in the database")
    return request


async def _patiently(attempt: Callable[[], Awaitable[T]]) -> T:
    """Try again until the database is back: a confirmed request cannot be dropped."""
    pause = at_work().pace.memory
    longest = pause * _LONGEST_MEMORY_PAUSE
    while True:
        try:
            return await attempt()
        except StorageUnavailable as reason:
            _log.warning("the database is away, again in %.1f s: %s", pause, reason)
            with resting():
                await asyncio.sleep(pause)
            pause = min(pause * 2, longest)


async def _guarded(request_id: str, once: Callable[[], Awaitable[Json]]) -> Json:
    """Run a step that talks to the Store; a bug in it must not end in silence."""
    try:
        return await _patiently(once)
    except Exception:  # noqa: BLE001 - the outermost boundary of the Store's steps
        trace = secrets.token_hex(4)
        _log.exception("request %s: unexpected failure %s", request_id, trace)
        detail = FailureDetail(FailureCode.INTERNAL, {"reference": trace})
        return _verdict(Inconclusive(detail, may_have_acted=True))


async def _announce(
    request: Request, attempt: Callable[[bool], Awaitable[None]]
) -> None:
    """Tell Slack, however long Slack is away; a lasting refusal is logged and left."""
    pause, longest = at_work().pace.slack
    again = False
    while True:
        try:
            await attempt(again)
        except RetryableNotificationError as reason:
            wait = max(pause, reason.retry_after or 0.0)
            _log.warning(
                "request %s: Slack is away (%s), again in %.0f s",
                request.id,
                reason,
                wait,
            )
            with resting():
                await asyncio.sleep(wait)
            pause, again = min(pause * 2, longest), True
        except PermanentNotificationError as reason:
            _log.error("request %s cannot be shown: %s", request.id, reason)
            return
        else:
            return


def _verdict(verdict: Result | Inconclusive) -> Json:
    if isinstance(verdict, Inconclusive):
        unproved = {**asdict(verdict), "detail": verdict.detail.to_json()}
        return {"unproved": unproved, "life": life()}
    return {"result": result_to_json(verdict), "life": life()}


def _unproved(verdict: Json) -> Json:
    fields = dict(verdict["unproved"])
    fields["detail"] = FailureDetail.from_json(fields["detail"])
    return fields
