"""Errors of the sign-in at Microsoft Entra, read from its OAuth responses."""

import re
from collections.abc import Mapping
from typing import Final

from bot.domain.failures import (
    AuthenticationError,
    FailureCode,
    FailureDetail,
    RateLimitedError,
    StoreError,
    UnavailableError,
    UnreadableError,
)
from bot.store.errors import printable_id
from bot.store.wire import Json

# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_AADSTS: Final[Mapping[int, FailureCode]] = {
    **dict.fromkeys((50059, 50128, 50194, 90002, 900023), FailureCode.TENANT_UNKNOWN),
    500011: FailureCode.TENANT_NOT_LINKED,
    **dict.fromkeys((70001, 700011, 700016, 7000229), FailureCode.CLIENT_UNKNOWN),
    7000112: FailureCode.CLIENT_DISABLED,
    **dict.fromkeys(
        (50012, 70002, 7000215, 7000216, 7000218), FailureCode.SECRET_WRONG
    ),
    7000222: FailureCode.SECRET_EXPIRED,
    **dict.fromkeys((53000, 53001, 53002, 53003, 53004), FailureCode.SIGN_IN_BLOCKED),
}
_ENTRA_OUTAGE: Final = frozenset({90006, 90012, 90024, 90033})
_ENTRA_RATE_LIMIT: Final = frozenset({50196, 90055})
# Entra asks to branch on the code of OAuth where its own number says nothing.
_OAUTH: Final[Mapping[str, FailureCode]] = {
    "invalid_client": FailureCode.SECRET_WRONG,
    "unauthorized_client": FailureCode.CLIENT_UNKNOWN,
}
_OAUTH_OUTAGE: Final = frozenset({"temporarily_unavailable", "server_error"})
_AADSTS_NUMBER: Final = re.compile(r"AADSTS(\d{3,9})")


def error_of(response: Mapping[str, Json]) -> StoreError:
    """Return the error for an OAuth error response, by AADSTS number or OAuth code.

    Entra's description is not kept: it contains ids of the directory.
    """
    numbers = _aadsts_numbers(response)
    oauth_code = response.get("error")
    if not isinstance(oauth_code, str):
        oauth_code = ""
    correlation = printable_id(response.get("correlation_id"))
    if _ENTRA_RATE_LIMIT.intersection(numbers):
        return too_many_sign_ins(correlation_id=correlation)
    if _ENTRA_OUTAGE.intersection(numbers) or oauth_code in _OAUTH_OUTAGE:
        return unavailable(FailureCode.SIGN_IN_OUTAGE, correlation_id=correlation)
    known = next((_AADSTS[number] for number in numbers if number in _AADSTS), None)
    if known is None and not numbers:
        known = _OAUTH.get(oauth_code)
    detail = FailureDetail(known) if known else _refused(numbers)
    return AuthenticationError(detail, correlation_id=correlation)


def tenant_unknown() -> AuthenticationError:
    """Return the error for a tenant that the sign-in service does not know."""
    return AuthenticationError(FailureDetail(FailureCode.TENANT_UNKNOWN))


def too_many_sign_ins(
    wait: float | None = None, correlation_id: str | None = None
) -> RateLimitedError:
    """Return the error for a rate limit of the sign-in; the Store was not called."""
    arguments = {} if wait is None else {"seconds": f"{wait:.0f}"}
    return RateLimitedError(
        FailureDetail(FailureCode.SIGN_IN_RATE_LIMITED, arguments),
        correlation_id=correlation_id,
        retry_after=wait,
    )


def unavailable(
    code: FailureCode, *, status: int | None = None, correlation_id: str | None = None
) -> UnavailableError:
    """Return the error for a sign-in that failed; the Store was not called."""
    return UnavailableError(
        FailureDetail(code), status=status, correlation_id=correlation_id
    )


def unreadable() -> UnreadableError:
    """Return the error for a sign-in service that does not speak OAuth."""
    return UnreadableError(FailureDetail(FailureCode.SIGN_IN_UNREADABLE))


def _refused(numbers: list[int]) -> FailureDetail:
    arguments = {"aadsts": f"AADSTS{numbers[0]}"} if numbers else {}
    return FailureDetail(FailureCode.SIGN_IN_REFUSED, arguments)


def _aadsts_numbers(response: Mapping[str, Json]) -> list[int]:
    codes = response.get("error_codes")
    if isinstance(codes, list) and codes:
        return [code for code in codes if isinstance(code, int)]
    found = _AADSTS_NUMBER.findall(str(response.get("error_description", "")))
    return [int(number) for number in found]
