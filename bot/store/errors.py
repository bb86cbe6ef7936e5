"""What an answer of the Store means, and how every failure is said.

The failures themselves are drawn in `bot.domain.failures`.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
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
from bot.store.wire import Answer, Json, NotUnderstood, parse


class Words(StrEnum):
    """Every sentence that a failure can carry; `{}` takes what the other side said."""

    # The network, and the Store's own troubles.
    NO_CONNECTION = (
        "The bot cannot reach the Microsoft Store. Whoever runs the bot can check its"
        " network and STORE_API_URL."
    )
    TIMEOUT = "The Microsoft Store did not answer in time."
    CUT_OFF = "The connection to the Microsoft Store broke off before its answer came."
    BROKEN = "The Microsoft Store has a problem of its own at the moment ({})."
    PROXY = (
        "A proxy between the bot and the Microsoft Store asks for a sign-in. Whoever"
        " runs the bot can set it up."
    )
    RATE_LIMITED = "The Microsoft Store has had too many requests from this account."
    UNREADABLE = (
        "The Microsoft Store answered in a form that the bot does not know ({})."
    )
    ASKS_TO_WAIT = "It asks to wait {} seconds."
    # What the Store says no to.
    NOT_FOUND = (
        "The Microsoft Store knows no such app, flight or submission in this account."
        " Check the Store ID."
    )
    REFUSED = "The Microsoft Store refused this as things stand."
    BAD_REQUEST = "The Microsoft Store did not accept the request ({})."
    QUOTED = " It says: “{}”"
    # The sign-in, as the Store sees it.
    ONBOARDING = (
        "This Partner Center account is not allowed to use the submission API. The"
        " account's owner can ask Partner Center support to enable it."
    )
    ROLE = (
        "The Microsoft Store gives the bot no access. Either the Entra application"
        " lacks the Manager role in Partner Center, or the app belongs to another"
        " account. A Partner Center administrator can check both."
    )
    TURNED_DOWN = (
        "The Microsoft Store does not accept the bot's sign-in. A Partner Center"
        " administrator can check that the Entra application of AZURE_CLIENT_ID is"
        " added to this account."
    )
    # The sign-in, as Microsoft Entra sees it.
    TENANT = (
        "AZURE_TENANT_ID is wrong: Microsoft Entra knows no such directory. Copy the"
        " directory (tenant) ID from the Entra application's overview."
    )
    NO_STORE = (
        "The directory of AZURE_TENANT_ID is not linked to Partner Center. A Partner"
        " Center administrator can link it, or AZURE_TENANT_ID must name another one."
    )
    CLIENT = (
        "AZURE_CLIENT_ID is wrong: the directory of AZURE_TENANT_ID has no such"
        " application. Copy the application (client) ID from its overview."
    )
    CLIENT_DISABLED = (
        "The Entra application of AZURE_CLIENT_ID is disabled. An administrator of"
        " the directory can enable it."
    )
    WRONG_KEY = (
        "AZURE_CLIENT_SECRET is wrong. Copy the secret's value, not its ID, from the"
        " Entra application's certificates and secrets."
    )
    EXPIRED_KEY = (
        "AZURE_CLIENT_SECRET has expired. The owner of the Entra application can make"
        " a new secret; its value goes into AZURE_CLIENT_SECRET."
    )
    POLICY = (
        "A Conditional Access policy blocks the bot's sign-in. An administrator of"
        " the directory can make an exception for the Entra application."
    )
    SIGN_IN_REFUSED = (
        "Microsoft Entra refused the bot's sign-in ({}). The owner of the Entra"
        " application can look this code up at https://login.microsoftonline.com/error."
    )
    SIGN_IN_BUSY = "Microsoft Entra has had too many sign-ins from the bot."
    SIGN_IN_SLOW = "The sign-in to the Microsoft Store took too long."
    SIGN_IN_BROKEN = "Microsoft Entra, the sign-in service, does not work at present."
    SIGN_IN_UNREACHABLE = (
        "The bot cannot reach Microsoft Entra, the sign-in service. Whoever runs the"
        " bot can check its network and AZURE_AUTHORITY_HOST."
    )
    SIGN_IN_UNTRUSTED = (
        "The bot does not trust the certificate of the sign-in service. Whoever runs"
        " the bot can check AZURE_AUTHORITY_HOST and the file of certificates in"
        " REQUESTS_CA_BUNDLE."
    )
    SIGN_IN_UNREADABLE = (
        "The sign-in service answered in a form that the bot does not know. Whoever"
        " runs the bot can check AZURE_AUTHORITY_HOST."
    )


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
