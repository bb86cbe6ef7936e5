"""Calls to Slack's Web API: timeout, retry, and what a failure means."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.retry_after import retry_after

# Seconds that one call may take; Slack itself answers within one or two.
CALL_TIMEOUT: Final = 10.0
_LONGEST_WAIT: Final = 30.0
_SERVER_ERROR: Final = 500
_TOO_MANY: Final = 429
_HTTP_REFUSALS: Final = range(400, 500)

# Slack is the one at fault, or somebody can mend it while we wait: an expired token
# is renewed, an app is installed again.
# https://docs.slack.dev/reference/methods/chat.postMessage#errors
_TRANSIENT: Final = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "accesslimited",
        "not_authed",
        "invalid_auth",
        "token_expired",
        "token_revoked",
        "account_inactive",
    }
)
# Slack refused the token, and did not look at the request at all.
TOKEN_REFUSED: Final = frozenset(
    {"not_authed", "invalid_auth", "token_expired", "token_revoked", "account_inactive"}
)

# A free plan has no user groups. Slack documents the first word, and has been seen to
# say the other. https://docs.slack.dev/reference/methods/usergroups.list#errors
PLAN_WITHOUT_GROUPS: Final = frozenset({"plan_upgrade_required", "paid_teams_only"})

# Slack does not take these blocks; the same message with its text alone may do. A
# phased release of Slack's clients or servers may not know a block yet.
BLOCKS_REFUSED: Final = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}
)


async def call(
    method: Callable[..., Awaitable[AsyncSlackResponse]],
    *,
    timeout_seconds: float = CALL_TIMEOUT,
    **arguments: Any,  # noqa: ANN401 - Slack's own arguments
) -> AsyncSlackResponse:
    """Call Slack once.

    Raises RetryableNotificationError, where waiting helps, or
    PermanentNotificationError.
    """
    try:
        async with asyncio.timeout(timeout_seconds):
            return await method(**arguments)
    except SlackApiError as error:
        raise _meaning(error) from error
    except TimeoutError as late:
        words = f"Slack did not answer within {timeout_seconds:g} s"
        raise RetryableNotificationError(words, may_have_arrived=True) from late
    except aiohttp.ClientConnectorError as error:
        raise RetryableNotificationError("Slack cannot be reached") from error
    except (
        aiohttp.ClientError,
        OSError,
        ValueError,
        RecursionError,
        AttributeError,
    ) as error:
        # The last three: the SDK takes a body for JSON, and its JSON for an object.
        words = f"Slack's answer was lost ({type(error).__name__})"
        raise RetryableNotificationError(words, may_have_arrived=True) from error


async def call_with_retry(
    method: Callable[..., Awaitable[AsyncSlackResponse]],
    *,
    times: int = 3,
    longest_wait: float = _LONGEST_WAIT,
    **arguments: Any,  # noqa: ANN401 - Slack's own arguments
) -> AsyncSlackResponse:
    """Call Slack for somebody who waits: come back when it says 429 with a time.

    Only what Slack surely did not take is sent again.
    """
    for _ in range(times - 1):
        try:
            return await call(method, **arguments)
        except RetryableNotificationError as busy:
            wait = busy.retry_after
            if busy.may_have_arrived or wait is None or wait > longest_wait:
                raise
            await asyncio.sleep(wait)
    return await call(method, **arguments)


def is_refusal(error: RetryableNotificationError) -> bool:
    """Return whether HTTP itself refused a call, such as with a 404.

    Slack refuses in its own words, so this is something on the way to it. Whoever
    mends it mends it for a message too, which is worth the wait; a search is not.
    """
    return error.code.startswith("http_")


def result_of(error: BaseException) -> str:
    """Return what came of a failed call, as one of a few words."""
    if not isinstance(error, SlackApiError):
        return "no_answer"
    meaning = _meaning(error)
    if isinstance(meaning, PermanentNotificationError):
        return "refused"
    return "failed" if meaning.retry_after is None else "rate_limited"


def _meaning(
    error: SlackApiError,
) -> RetryableNotificationError | PermanentNotificationError:
    response: Any = error.response
    # An unreadable body brings aiohttp's response, which has `status`.
    status = int(getattr(response, "status_code", getattr(response, "status", 0)))
    headers = getattr(response, "headers", {}) or {}
    read = getattr(response, "data", None)
    data = read if isinstance(read, dict) else {}
    code = str(data.get("error", ""))
    if status == _TOO_MANY or code in ("ratelimited", "rate_limited"):
        wait = retry_after(headers)
        return RetryableNotificationError(
            "Slack asks to wait", retry_after=1.0 if wait is None else wait
        )
    if code and status < _SERVER_ERROR and code not in _TRANSIENT:
        return PermanentNotificationError(code, str(data.get("needed") or ""))
    words = f"Slack failed ({code or f'HTTP {status}'})"
    return RetryableNotificationError(
        words,
        may_have_arrived=code not in TOKEN_REFUSED,
        code=code or (f"http_{status}" if status in _HTTP_REFUSALS else ""),
    )
