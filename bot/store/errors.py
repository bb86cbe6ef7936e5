"""HTTP responses of the Store, read as data or turned into a StoreError."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final, TypeVar

from bot.domain.failures import (
    AuthenticationError,
    FailureCode,
    FailureDetail,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    StoreError,
    UnavailableError,
    UnreadableError,
)
from bot.domain.retry_after import retry_after
from bot.store.wire import DecodeError, Json, StoreResponse, parse

_CORRELATION: Final = "ms-correlationid"
_LONGEST_MESSAGE: Final = 200
_PRINTABLE: Final = re.compile(r"[!-~]{1,100}")
_WAIT: Final = re.compile(
    r"in (?:(\d{1,9}) seconds?|(\d{1,5}):(\d\d):(\d\d))", re.IGNORECASE
)
_URL: Final = re.compile(r"\S+://\S+")
_NOT_ALLOWED: Final = "not allowed"
_QUOTA: Final = "quota"

_MEANINGS: Final[Mapping[int, tuple[type[StoreError], FailureCode]]] = {
    HTTPStatus.UNAUTHORIZED: (AuthenticationError, FailureCode.TOKEN_REJECTED),
    HTTPStatus.FORBIDDEN: (AuthenticationError, FailureCode.NO_ACCESS),
    HTTPStatus.NOT_FOUND: (NotFoundError, FailureCode.NOT_FOUND),
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: (
        UnavailableError,
        FailureCode.PROXY_SIGN_IN,
    ),
    HTTPStatus.REQUEST_TIMEOUT: (UnavailableError, FailureCode.TIMEOUT),
    HTTPStatus.CONFLICT: (RefusedError, FailureCode.CONFLICT),
    HTTPStatus.TOO_MANY_REQUESTS: (RateLimitedError, FailureCode.RATE_LIMITED),
}
_ARGUMENTS: Final[Mapping[FailureCode, tuple[str, ...]]] = {
    FailureCode.STORE_OUTAGE: ("status",),
    FailureCode.UNREADABLE: ("status",),
    FailureCode.RATE_LIMITED: ("seconds",),
    FailureCode.CONFLICT: ("store_message",),
    FailureCode.BAD_REQUEST: ("status", "store_message"),
}
# With any other response the Store surely has not carried out a write.
_MAY_HAVE_ACTED: Final = frozenset(
    {FailureCode.TIMEOUT, FailureCode.STORE_OUTAGE, FailureCode.UNREADABLE}
)

T = TypeVar("T")


def read_response(
    response: StoreResponse, decode: Callable[[Json], T], *, write: bool
) -> T:
    """Return the data in a response. Raises StoreError for everything else.

    With `write` the request may have been carried out wherever the response does not
    surely exclude it.
    """
    if response.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise error_of(response, write=write)
    try:
        return decode(parse(response.body))
    except DecodeError:
        raise error_of(response, write=write) from None


def error_of(response: StoreResponse, *, write: bool) -> StoreError:
    """Return the error for a response, by its status and the Store's message."""
    message = _message(response.body)
    error, code = _meaning(response.status, message)
    wait = None
    if code is FailureCode.RATE_LIMITED:
        wait = _wait(response.headers, message)
    values = {
        "status": str(response.status),
        "seconds": "" if wait is None else f"{wait:.0f}",
        "store_message": message,
    }
    names = _ARGUMENTS.get(code, ())
    return error(
        FailureDetail(code, {name: values[name] for name in names if values[name]}),
        status=response.status,
        correlation_id=correlation_id(response.headers),
        may_have_acted=write and code in _MAY_HAVE_ACTED,
        retry_after=wait,
    )


def correlation_id(headers: Mapping[str, str]) -> str | None:
    """Return the id that Microsoft's support asks for, where it is one."""
    return printable_id(headers.get(_CORRELATION))


def printable_id(value: Json) -> str | None:
    """Return the value where it is short ASCII text without spaces, else None."""
    return value if isinstance(value, str) and _PRINTABLE.fullmatch(value) else None


def _meaning(status: int, message: str) -> tuple[type[StoreError], FailureCode]:
    match status:
        case HTTPStatus.UNAUTHORIZED if _NOT_ALLOWED in message.casefold():
            return AuthenticationError, FailureCode.ACCOUNT_NOT_ENABLED
        case HTTPStatus.FORBIDDEN if _QUOTA in message.casefold():
            # Microsoft's gateway reports the daily quota with 403, not with 429.
            return RateLimitedError, FailureCode.RATE_LIMITED
        case _ if status in _MEANINGS:
            return _MEANINGS[status]
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return UnavailableError, FailureCode.STORE_OUTAGE
        case _ if status >= HTTPStatus.BAD_REQUEST:
            return RefusedError, FailureCode.BAD_REQUEST
        case _:
            return UnreadableError, FailureCode.UNREADABLE


def _wait(headers: Mapping[str, str], message: str) -> float | None:
    # The limit's message names the time even where the header is missing.
    named = retry_after(headers)
    wait = _WAIT.search(message)
    if named is not None or wait is None:
        return named
    seconds, *clock = wait.groups(default="0")
    hours, minutes, rest = (int(part) for part in clock)
    return float(int(seconds) + (hours * 60 + minutes) * 60 + rest)


def _message(body: bytes) -> str:
    # Both the API's own errors and its gateway's carry a message. A URL is cut out,
    # because it may carry a signature.
    try:
        data = parse(body)
    except DecodeError:
        return ""
    message = data.get("message") if isinstance(data, dict) else None
    if not isinstance(message, str):
        return ""
    text = _URL.sub("…", " ".join(message.split()))
    line = "".join(letter for letter in text if letter.isprintable())
    short = line[:_LONGEST_MESSAGE]
    return short if short == line else f"{short.rstrip()}…"
