"""What an answer of the Store means.

The failures themselves are drawn in `bot.domain.failures`.
"""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final, TypeVar

from bot.domain.failures import (
    AuthCause,
    AuthenticationError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    StoreError,
    UnavailableError,
    UnreadableError,
)
from bot.store.messages import Words
from bot.store.wire import DecodeError, Json, StoreResponse, parse

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


def read_answer(
    response: StoreResponse, decode: Callable[[Json], T], *, write: bool
) -> T:
    """Return the data in an answer. Raises StoreError for everything else.

    With `write` the request may have been carried out wherever the answer does not
    surely say that it was not.
    """
    if response.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise _failure(response, write=write)
    try:
        return decode(parse(response.body))
    except DecodeError:
        raise _unreadable(response, write=write) from None


def correlation_id(headers: Mapping[str, str]) -> str | None:
    """Return the id that Microsoft's support asks for, where it is one."""
    return visible(headers.get(_CORRELATION))


def not_sent() -> UnavailableError:
    """Say that no connection came about, so that nothing was sent."""
    return UnavailableError(Words.NO_CONNECTION)


def too_late() -> UnavailableError:
    """Say that a write was held back, because its sign-in had taken too long."""
    return UnavailableError(Words.SIGN_IN_SLOW)


def no_answer(words: Words, *, write: bool) -> UnavailableError:
    """Say that a request was sent, or may have been, and no answer came."""
    return UnavailableError(words, may_have_acted=write)


def retry_after(headers: Mapping[str, str], message: str = "") -> float | None:
    """Return the seconds to wait that the header, or else the message, names."""
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
    """Return the value where it is short text that can be shown in any place."""
    return value if isinstance(value, str) and _VISIBLE.fullmatch(value) else None


def limited(words: Words, wait: float | None) -> str:
    """Say that there were too many calls, and for how many seconds to wait."""
    if wait is None:
        return words
    return f"{words} {Words.ASKS_TO_WAIT.format(f'{wait:.0f}')}"


def _failure(response: StoreResponse, *, write: bool) -> StoreError:
    status, correlation = response.status, correlation_id(response.headers)
    message = _message(response.body)
    match status:
        case HTTPStatus.UNAUTHORIZED:
            if _NOT_ALLOWED in message.casefold():
                cause, words = AuthCause.ONBOARDING, Words.ONBOARDING
            else:
                cause, words = AuthCause.TOKEN, Words.TURNED_DOWN
            return AuthenticationError(
                words, cause, status=status, correlation_id=correlation
            )
        case HTTPStatus.FORBIDDEN if _QUOTA not in message.casefold():
            return AuthenticationError(
                Words.ROLE, AuthCause.ROLE, status=status, correlation_id=correlation
            )
        case HTTPStatus.FORBIDDEN | HTTPStatus.TOO_MANY_REQUESTS:
            # The daily quota is told with 403 by Microsoft's gateway, not with 429.
            wait = retry_after(response.headers, message)
            return RateLimitedError(
                limited(Words.RATE_LIMITED, wait),
                retry_after=wait,
                status=status,
                correlation_id=correlation,
            )
        case HTTPStatus.NOT_FOUND:
            return NotFoundError(
                Words.NOT_FOUND, status=status, correlation_id=correlation
            )
        case HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return UnavailableError(
                Words.PROXY, status=status, correlation_id=correlation
            )
        case HTTPStatus.REQUEST_TIMEOUT:
            words = Words.TIMEOUT
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            words = Words.BROKEN
        case _ if status >= HTTPStatus.BAD_REQUEST:
            words = (
                Words.REFUSED if status == HTTPStatus.CONFLICT else Words.BAD_REQUEST
            )
            quoted = Words.QUOTED.format(message) if message else ""
            return RefusedError(
                words.format(status) + quoted, status=status, correlation_id=correlation
            )
        case _:
            return _unreadable(response, write=write)
    return UnavailableError(
        words.format(status),
        status=status,
        correlation_id=correlation,
        may_have_acted=write,
    )


def _unreadable(response: StoreResponse, *, write: bool) -> UnreadableError:
    return UnreadableError(
        Words.UNREADABLE.format(response.status),
        status=response.status,
        correlation_id=correlation_id(response.headers),
        may_have_acted=write,
    )


def _message(body: bytes) -> str:
    # Two shapes of error carry a message: the API's own, and its gateway's. An
    # address is cut out, for one may carry a signature.
    try:
        data = parse(body)
    except DecodeError:
        return ""
    message = data.get("message") if isinstance(data, dict) else None
    if not isinstance(message, str):
        return ""
    words = _URL.sub("…", " ".join(message.split()))
    line = "".join(letter for letter in words if letter.isprintable())
    short = line[:_LONGEST_MESSAGE]
    return short if short == line else f"{short.rstrip()}…"
