"""Access tokens of the local authority: given out for an hour, known to the Store."""

import secrets
import time
from typing import Any

LIFETIME = 3600
STORE_AUDIENCE = "https://manage.devcenter.microsoft.com"


class Tokens:
    """Random tokens with their end (seconds since 1970) and their audience."""

    def __init__(self) -> None:
        self._issued: dict[str, tuple[float, str]] = {}

    def issue(self, audience: str = STORE_AUDIENCE) -> str:
        """Give a new token that lives for `LIFETIME` seconds."""
        now = time.time()
        self._issued = {k: v for k, v in self._issued.items() if v[0] > now}
        token = secrets.token_urlsafe(32)
        self._issued[token] = (now + LIFETIME, audience)
        return token

    def accepts(self, header: str | None) -> bool:
        """Say whether an Authorization header opens the Store.

        A token for another audience does not: one for the same address with a
        slash at its end is the classic mistake.
        """
        end, audience = self._issued.get(bearer(header), (0.0, ""))
        return end > time.time() and audience == STORE_AUDIENCE

    def revoke(self, header: str | None) -> None:
        """Make the token of this Authorization header useless."""
        self._issued.pop(bearer(header), None)

    def revoke_all(self) -> None:
        """Make every token useless, as if an hour had passed."""
        self._issued.clear()

    def to_json(self) -> dict[str, list[Any]]:
        """Give what `restore` needs to know the same tokens again."""
        return {token: list(value) for token, value in self._issued.items()}

    def restore(self, data: dict[str, list[Any]]) -> None:
        """Know the tokens that `to_json` described, and no others."""
        self._issued = {token: (end, aud) for token, (end, aud) in data.items()}


def bearer(header: str | None) -> str:
    """Give the token of an Authorization header, or ""."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
