"""Typed values from environment variables; what is wrong is collected, not raised.

No sentence repeats the value of a variable, since that may be a secret.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

_DRIVERS: Final = {
    "sqlite": "sqlite",
    "sqlite+aiosqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
# A connection that is cut without a word is noticed within about ten seconds, by the
# system's own probes; without them it would wait a quarter of an hour for what it has
# sent. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES
_POSTGRES_KEEPALIVE: Final = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
_DATABASE_EXAMPLES: Final = (
    "an address such as sqlite:///rollout.db or postgresql://user:password@host/name"
)
_STORE_PREFIX: Final = "/v1.0/my"
_DIGITS: Final = re.compile(r"[0-9]{1,9}")
_CHANNEL: Final = re.compile(r"[CG][A-Z0-9]{2,31}")
# Entra takes a tenant's id or one of its domain names in the same place.
_TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{2,}")


class BadSettings(Exception):
    """Some settings are missing or wrong; `problems` has one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class EnvironmentReader:
    """Reads one variable after the other and keeps a sentence on each bad one.

    A blank variable counts as absent. After a problem the value that is returned is
    a placeholder, so that the variables after it are checked as well.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._problems: list[str] = []

    def raise_problems(self) -> None:
        """Raise BadSettings if anything that was read is missing or bad."""
        if self._problems:
            raise BadSettings(self._problems)

    def get(self, name: str) -> str:
        """Return the value without surrounding blanks, or an empty text."""
        return self._env.get(name, "").strip()

    def required(self, name: str) -> str:
        """Return the value of a variable that must be given."""
        value = self.get(name)
        if not value:
            self._problems.append(f"{name} is missing.")
        return value

    def token(self, name: str, prefix: str, *, required: bool = True) -> str:
        """Return a token of Slack, which is known by its prefix."""
        value = self.required(name) if required else self.get(name)
        if value and not value.startswith(prefix):
            self._problems.append(f"{name} must start with {prefix}")
        return value

    def signing_secret(self, *, required: bool) -> str | None:
        """Return Slack's signing secret; with Socket Mode nothing is signed."""
        value = self.get("SLACK_SIGNING_SECRET")
        if required and not value:
            self._problems.append(
                "SLACK_SIGNING_SECRET is missing; it is needed unless SLACK_APP_TOKEN"
                " is given."
            )
        return value or None

    def tenant(self, name: str) -> str:
        """Return the id or the domain name of an Entra tenant."""
        value = self.required(name)
        if value and not _TENANT.fullmatch(value):
            self._problems.append(f"{name} must be a tenant id or a domain name.")
        return value

    def url(self, name: str, default: str, *, loopback: bool = True) -> str:
        """Return an HTTPS address without its last slash.

        Tokens go there, so http:// is for this machine alone, where `loopback` says so.
        """
        value = self.get(name) or default
        try:
            parts = urlsplit(value)
            good = parts.port is None or parts.port > 0
            plain = loopback and parts.scheme == "http" and _is_here(parts.hostname)
            good = good and bool(parts.hostname) and (parts.scheme == "https" or plain)
        except ValueError:
            good = False
        if not good:
            besides = ", or with http:// on this machine" if loopback else ""
            self._problems.append(f"{name} must be an address with https://{besides}.")
        return value.rstrip("/")

    def store_url(self, name: str, default: str) -> str:
        """Return the base address of the Store, to which the client adds `/v1.0/my`."""
        value = self.url(name, default)
        if value.lower().endswith(_STORE_PREFIX):
            self._problems.append(f"{name} must be without {_STORE_PREFIX}")
        return value

    def database_url(self, name: str, default: str) -> str:
        """Return a SQLAlchemy address that names the async driver.

        One of PostgreSQL says how soon a cut connection is noticed, too; what the
        owner has written there stays as it is.
        """
        value = self.get(name) or default
        # Platforms hand out postgres://, which SQLAlchemy no longer knows by name.
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            self._problems.append(f"{name} must be {_DATABASE_EXAMPLES}.")
            return value
        driver = _DRIVERS.get(url.drivername)
        problem = _database_problem(url, driver)
        if driver is None or problem:
            self._problems.append(f"{name} {problem}")
            return value
        url = url.set(drivername=driver)
        if url.get_backend_name() == "postgresql":
            url = url.update_query_dict({**_POSTGRES_KEEPALIVE, **url.query})
        return url.render_as_string(hide_password=False)

    def number(self, name: str, default: int, lowest: int, highest: int) -> int:
        """Return a whole number in decimal digits, within the bounds."""
        value = self.get(name) or str(default)
        if _DIGITS.fullmatch(value) and lowest <= int(value) <= highest:
            return int(value)
        self._problems.append(
            f"{name} must be a whole number from {lowest} to {highest}."
        )
        return default

    def channels(self, name: str) -> frozenset[str]:
        """Return ids of Slack's channels, between commas or blanks; empty without."""
        ids = frozenset(self.get(name).replace(",", " ").split())
        if not all(_CHANNEL.fullmatch(one) for one in ids):
            self._problems.append(
                f"{name} must be ids of channels, such as C024BE91L, with commas"
                " between them."
            )
        return ids

    def choice(
        self,
        name: str,
        default: str,
        allowed: tuple[str, ...],
        fold: Callable[[str], str],
    ) -> str:
        """Return one of the allowed words, which `fold` brings into their case."""
        value = fold(self.get(name)) or default
        if value not in allowed:
            self._problems.append(f"{name} must be one of {', '.join(allowed)}.")
            return default
        return value


def _is_here(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _database_problem(url: URL, driver: str | None) -> str | None:
    if driver is None:
        return "must start with sqlite:///, postgres:// or postgresql://"
    if driver.startswith("sqlite") and url.database in {None, "", ":memory:"}:
        return (
            "must name a SQLite file: confirmed operations have to survive a restart."
        )
    return None
