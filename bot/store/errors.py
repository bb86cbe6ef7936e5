"""What an answer of the Store means.

The failures themselves are drawn in `bot.domain.failures`.
"""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final, TypeVar

from bot.domain.failures import (
    AuthCause,
    NotAuthenticated,
    NotFound,
    RateLimited,
    Refused,
    StoreFailure,
    Unavailable,
    Unreadable,
)
from bot.store.messages import Words
from bot.store.wire import Answer, Json, NotUnderstood, parse

_CORRELATION: Final = "ms-correlationid"
_LONGEST_MESSAGE: Final = 200
_VISIBLE: Final = re.compile(r"[!-~]{1,100}")
_SECONDS: Final = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_WAIT: Final = re.compile(
    r"in (?:(\d{1,9}) seconds?|(\d{1,5}):(\d\d):(\d\d))", re.IGNORECASE
)
_URL: Final = re.compile(r"\S+://\S+")
_NOT_ALLOWED: Final = "not allowed"
_QUOTA: Final = "quota"

T = TypeVar("T")


def read_answer(answer: Answer, decode: Callable[[Json], T], *, write: bool) -> T:
    """Give the data in an answer. Raises StoreFailure for everything else.

    With `write` the request may have been carried out wherever the answer does not
    surely say that it was not.
    """
    if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise _failure(answer, write=write)
    try:
        return decode(parse(answer.body))
    except NotUnderstood:
        raise _unreadable(answer, write=write) from None


def correlation_id(headers: Mapping[str, str]) -> str | None:
    """Give the id that Microsoft's support asks for, where it is one."""
    return visible(headers.get(_CORRELATION))


def not_sent() -> Unavailable:
    """Say that no connection came about, so that nothing was sent."""
    return Unavailable(Words.NO_CONNECTION)


def too_late() -> Unavailable:
    """Say that a write was held back, because its sign-in had taken too long."""
    return Unavailable(Words.SIGN_IN_SLOW)


def no_answer(words: Words, *, write: bool) -> Unavailable:
    """Say that a request was sent, or may have been, and no answer came."""
    return Unavailable(words, may_have_acted=write)


def retry_after(headers: Mapping[str, str], message: str = "") -> float | None:
    """Give the seconds to wait that the header, or else the message, names."""
    value = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    wait = _WAIT.search(message)
    if wait is None:
        return None
    seconds, *clock = wait.groups(default="0")
    hours, minutes, rest = (int(part) for part in clock)
    return float(int(seconds) + (hours * 60 + minutes) * 60 + rest)


def visible(value: Json) -> str | None:
    """Give the value where it is short text that can be shown in any place."""
    return value if isinstance(value, str) and _VISIBLE.fullmatch(value) else None


def limited(words: Words, wait: float | None) -> str:
    """Say that there were too many calls, and for how many seconds to wait."""
    if wait is None:
        return words
    return f"{words} {Words.ASKS_TO_WAIT.format(f'{wait:.0f}')}"


def _failure(answer: Answer, *, write: bool) -> StoreFailure:
    status, correlation = answer.status, correlation_id(answer.headers)
    message = _message(answer.body)
    match status:
        case HTTPStatus.UNAUTHORIZED:
            if _NOT_ALLOWED in message.casefold():
                cause, words = AuthCause.ONBOARDING, Words.ONBOARDING
            else:
                cause, words = AuthCause.TOKEN, Words.TURNED_DOWN
            return NotAuthenticated(
                words, cause, status=status, correlation_id=correlation
            )
        case HTTPStatus.FORBIDDEN if _QUOTA not in message.casefold():
            return NotAuthenticated(
                Words.ROLE, AuthCause.ROLE, status=status, correlation_id=correlation
            )
        case HTTPStatus.FORBIDDEN | HTTPStatus.TOO_MANY_REQUESTS:
            # The daily quota is told with 403 by Microsoft's gateway, not with 429.
            wait = retry_after(answer.headers, message)
            return RateLimited(
                limited(Words.RATE_LIMITED, wait),
                retry_after=wait,
                status=status,
                correlation_id=correlation,
            )
        case HTTPStatus.NOT_FOUND:
            return NotFound(Words.NOT_FOUND, status=status, correlation_id=correlation)
        case HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return Unavailable(Words.PROXY, status=status, correlation_id=correlation)
        case HTTPStatus.REQUEST_TIMEOUT:
            words = Words.TIMEOUT
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            words = Words.BROKEN
        case _ if status >= HTTPStatus.BAD_REQUEST:
            words = (
                Words.REFUSED if status == HTTPStatus.CONFLICT else Words.BAD_REQUEST
            )
            quoted = Words.QUOTED.format(message) if message else ""
            return Refused(
                words.format(status) + quoted, status=status, correlation_id=correlation
            )
        case _:
            return _unreadable(answer, write=write)
    return Unavailable(
        words.format(status),
        status=status,
        correlation_id=correlation,
        may_have_acted=write,
    )


def _unreadable(answer: Answer, *, write: bool) -> Unreadable:
    return Unreadable(
        Words.UNREADABLE.format(answer.status),
        status=answer.status,
        correlation_id=correlation_id(answer.headers),
        may_have_acted=write,
    )


def _message(body: bytes) -> str:
    # Two shapes of error carry a message: the API's own, and its gateway's. An
    # address is cut out, for one may carry a signature.
    try:
        data = parse(body)
    except NotUnderstood:
        return ""
    message = data.get("message") if isinstance(data, dict) else None
    if not isinstance(message, str):
        return ""
    words = _URL.sub("…", " ".join(message.split()))
    line = "".join(letter for letter in words if letter.isprintable())
    short = line[:_LONGEST_MESSAGE]
    return short if short == line else f"{short.rstrip()}…"
