"""What it means when Microsoft Entra, the sign-in service, brings no token."""

import re
from collections.abc import Mapping
from typing import Final

from bot.domain.failures import (
    AuthCause,
    AuthenticationError,
    RateLimitedError,
    StoreError,
    UnavailableError,
    UnreadableError,
)
from bot.store.errors import limited, visible
from bot.store.messages import Words
from bot.store.wire import Json

# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_AADSTS: Final[Mapping[int, tuple[AuthCause, Words]]] = {
    **dict.fromkeys(
        (50059, 50128, 50194, 90002, 900023), (AuthCause.TENANT, Words.TENANT)
    ),
    500011: (AuthCause.TENANT, Words.NO_STORE),
    **dict.fromkeys((70001, 700011, 700016, 7000229), (AuthCause.CLIENT, Words.CLIENT)),
    7000112: (AuthCause.CLIENT, Words.CLIENT_DISABLED),
    **dict.fromkeys(
        (50012, 70002, 7000215, 7000216, 7000218), (AuthCause.SECRET, Words.WRONG_KEY)
    ),
    7000222: (AuthCause.SECRET_EXPIRED, Words.EXPIRED_KEY),
    **dict.fromkeys(
        (53000, 53001, 53002, 53003, 53004), (AuthCause.POLICY, Words.POLICY)
    ),
}
_ENTRA_DOWN: Final = frozenset({90006, 90012, 90024, 90033})
_ENTRA_BUSY: Final = frozenset({50196, 90055})
# Entra asks to branch on the code of OAuth where its own number says nothing.
_OAUTH: Final[Mapping[str, tuple[AuthCause, Words]]] = {
    "invalid_client": (AuthCause.SECRET, Words.WRONG_KEY),
    "unauthorized_client": (AuthCause.CLIENT, Words.CLIENT),
}
_OAUTH_DOWN: Final = frozenset({"temporarily_unavailable", "server_error"})
_AADSTS_NUMBER: Final = re.compile(r"AADSTS(\d{3,9})")


def refused(response: Mapping[str, Json]) -> StoreError:
    """Say what an OAuth error answer means, from its AADSTS number or OAuth code.

    Entra's description is not shown: it names ids of the directory.
    """
    numbers = _aadsts_numbers(response)
    said = response.get("error")
    error = said if isinstance(said, str) else ""
    trace = visible(response.get("correlation_id"))
    if _ENTRA_BUSY.intersection(numbers):
        return busy(correlation=trace)
    if _ENTRA_DOWN.intersection(numbers) or error in _OAUTH_DOWN:
        return unavailable(Words.SIGN_IN_BROKEN, correlation=trace)
    known = next((_AADSTS[number] for number in numbers if number in _AADSTS), None)
    if known is None and not numbers:
        known = _OAUTH.get(error)
    cause, words = known or (AuthCause.OTHER, Words.SIGN_IN_REFUSED)
    code = f"AADSTS{numbers[0]}" if numbers else "no code"
    return AuthenticationError(words.format(code), cause, correlation_id=trace)


def wrong_tenant() -> AuthenticationError:
    """Say that the sign-in service has no such directory."""
    return AuthenticationError(Words.TENANT, AuthCause.TENANT)


def busy(
    retry_after: float | None = None, correlation: str | None = None
) -> RateLimitedError:
    """Say that the sign-in service throttles the bot; the Store was not asked."""
    return RateLimitedError(
        limited(Words.SIGN_IN_BUSY, retry_after),
        retry_after=retry_after,
        correlation_id=correlation,
    )


def unavailable(
    words: Words, *, status: int | None = None, correlation: str | None = None
) -> UnavailableError:
    """Say that the sign-in service could not be used; the Store was not asked."""
    return UnavailableError(words, status=status, correlation_id=correlation)


def unreadable() -> UnreadableError:
    """Say that the sign-in service speaks no OAuth."""
    return UnreadableError(Words.SIGN_IN_UNREADABLE)


def _aadsts_numbers(response: Mapping[str, Json]) -> list[int]:
    codes = response.get("error_codes")
    if isinstance(codes, list) and codes:
        return [code for code in codes if isinstance(code, int)]
    found = _AADSTS_NUMBER.findall(str(response.get("error_description", "")))
    return [int(number) for number in found]
