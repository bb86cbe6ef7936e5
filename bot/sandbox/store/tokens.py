"""Access tokens of the local authority, valid for an hour at the local Store."""

import secrets
import time
from typing import Any

LIFETIME = 3600
STORE_AUDIENCE = "https://manage.devcenter.microsoft.com"


class Tokens:
    """Issued tokens with their expiry (seconds since 1970) and their audience."""

    def __init__(self) -> None:
        self._issued: dict[str, tuple[float, str]] = {}

    def issue(self, audience: str = STORE_AUDIENCE) -> str:
        """Return a new token that is valid for `LIFETIME` seconds."""
        now = time.time()
        self._issued = {k: v for k, v in self._issued.items() if v[0] > now}
        token = secrets.token_urlsafe(32)
        self._issued[token] = (now + LIFETIME, audience)
        return token

    def accepts(self, header: str | None) -> bool:
        """Return whether an Authorization header holds a valid token for the Store.

        A token for another audience is refused: the same address with a slash at its
        end is the common mistake.
        """
        expiry, audience = self._issued.get(bearer_token(header), (0.0, ""))
        return expiry > time.time() and audience == STORE_AUDIENCE

    def revoke(self, header: str | None) -> None:
        """Revoke the token of this Authorization header."""
        self._issued.pop(bearer_token(header), None)

    def revoke_all(self) -> None:
        """Revoke every token, as if an hour had passed."""
        self._issued.clear()

    def to_json(self) -> dict[str, list[Any]]:
        """Return the issued tokens in the form that `restore` takes."""
        return {token: list(value) for token, value in self._issued.items()}

    def restore(self, data: dict[str, list[Any]]) -> None:
        """Restore the tokens from `to_json`, and forget all others."""
        self._issued = {token: (expiry, aud) for token, (expiry, aud) in data.items()}


def bearer_token(header: str | None) -> str:
    """Return the token of an Authorization header, or ""."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
