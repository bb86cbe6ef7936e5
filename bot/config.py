"""Read the settings of the bot from the environment, and name every one that is bad."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

MICROSOFT_AUTHORITY: Final = "https://login.microsoftonline.com"
MICROSOFT_STORE: Final = "https://manage.devcenter.microsoft.com"
SLACK_API: Final = "https://slack.com/api/"

_DEFAULT_DATABASE: Final = "sqlite:///rollout.db"
_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_STORE_PREFIX: Final = "/v1.0/my"
_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
_FORMATS: Final = ("text", "json")
_HIGHEST_PORT: Final = 65535
# A day is the longest that a card may wait: what it shows grows old.
_LONGEST_CONFIRM_MINUTES: Final = 1440
_SECRETS: Final = (
    "slack_bot_token",
    "slack_app_token",
    "slack_signing_secret",
    "azure_client_secret",
    "database_url",
)
_DIGITS: Final = re.compile(r"[0-9]{1,9}")
# Entra takes a tenant's id or one of its domain names in the same place.
_TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{2,}")


class BadSettings(Exception):
    """Some settings are missing or wrong; `problems` has one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """The settings of design section 3, checked and in the form the rooms need.

    `database_url` names the async driver. repr() shows no secret.
    """

    slack_bot_token: str
    slack_app_token: str | None
    slack_signing_secret: str | None
    slack_api_url: str
    azure_tenant_id: str
    azure_client_id: str
    azure_client_secret: str
    azure_authority_host: str
    store_api_url: str
    database_url: str
    host: str
    port: int
    confirm_for: timedelta
    log_level: str
    log_format: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read all settings. Raises BadSettings naming every missing or bad one."""
        reader = _Reader(env)
        app_token = reader.token("SLACK_APP_TOKEN", "xapp-", required=False)
        settings = cls(
            slack_bot_token=reader.token("SLACK_BOT_TOKEN", "xoxb-"),
            slack_app_token=app_token or None,
            slack_signing_secret=reader.signing_secret(socket=bool(app_token)),
            slack_api_url=reader.url("SLACK_API_URL", SLACK_API).rstrip("/") + "/",
            azure_tenant_id=reader.tenant(),
            azure_client_id=reader.required("AZURE_CLIENT_ID"),
            azure_client_secret=reader.required("AZURE_CLIENT_SECRET"),
            azure_authority_host=reader.url(
                "AZURE_AUTHORITY_HOST", MICROSOFT_AUTHORITY, https=True
            ).rstrip("/"),
            store_api_url=reader.store_url(),
            database_url=reader.database(),
            host=reader.get("HOST") or ("127.0.0.1" if app_token else "0.0.0.0"),  # noqa: S104 - without a socket, Slack must reach us
            port=reader.number("PORT", 3000, 0, _HIGHEST_PORT),
            confirm_for=timedelta(
                minutes=reader.number(
                    "CONFIRM_MINUTES", 15, 1, _LONGEST_CONFIRM_MINUTES
                )
            ),
            log_level=reader.log_level(),
            log_format=reader.log_format(),
        )
        reader.done()
        return settings

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be written anywhere."""
        return tuple(filter(None, (getattr(self, name) for name in _SECRETS)))

    def __repr__(self) -> str:
        """Show every setting but the secrets."""
        shown = (
            f"{field.name}={'***' if field.name in _SECRETS else value!r}"
            for field in dataclasses.fields(self)
            for value in [getattr(self, field.name)]
        )
        return f"Settings({', '.join(shown)})"


def migration_settings(env: Mapping[str, str]) -> tuple[str, str, str]:
    """Read DATABASE_URL, LOG_LEVEL and LOG_FORMAT alone, which is all that it needs.

    They are as in `Settings`. Raises BadSettings.
    """
    reader = _Reader(env)
    found = reader.database(), reader.log_level(), reader.log_format()
    reader.done()
    return found


class _Reader:
    """Reads one setting after the other and keeps what is wrong with them."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def done(self) -> None:
        if self.problems:
            raise BadSettings(self.problems)

    def get(self, name: str) -> str:
        return self._env.get(name, "").strip()

    def required(self, name: str) -> str:
        value = self.get(name)
        if not value:
            self.problems.append(f"{name} is missing.")
        return value

    def token(self, name: str, prefix: str, *, required: bool = True) -> str:
        value = self.required(name) if required else self.get(name)
        if value and not value.startswith(prefix):
            self.problems.append(f"{name} must start with {prefix}")
        return value

    def signing_secret(self, *, socket: bool) -> str | None:
        value = self.get("SLACK_SIGNING_SECRET")
        if not value and not socket:
            self.problems.append(
                "SLACK_SIGNING_SECRET is missing; it is needed unless SLACK_APP_TOKEN"
                " is given."
            )
        return value or None

    def tenant(self) -> str:
        value = self.required("AZURE_TENANT_ID")
        if value and not _TENANT.fullmatch(value):
            self.problems.append("AZURE_TENANT_ID is no tenant id and no domain name.")
        return value

    def url(self, name: str, default: str, *, https: bool = False) -> str:
        value = self.get(name) or default
        wanted = ("https",) if https else ("http", "https")
        try:
            parts = urlsplit(value)
            good = parts.scheme in wanted and bool(parts.hostname)
            good = good and (parts.port is None or parts.port > 0)
        except ValueError:
            good = False
        if not good:
            self.problems.append(f"{name} must be an address with {wanted[-1]}://")
        return value

    def store_url(self) -> str:
        value = self.url("STORE_API_URL", MICROSOFT_STORE).rstrip("/")
        if value.lower().endswith(_STORE_PREFIX):
            self.problems.append(f"STORE_API_URL must be without {_STORE_PREFIX}")
        return value

    def database(self) -> str:
        value = self.get("DATABASE_URL") or _DEFAULT_DATABASE
        # Platforms hand out postgres://, which SQLAlchemy no longer knows by name.
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            self.problems.append("DATABASE_URL is no SQLAlchemy address.")
            return value
        driver = _DRIVERS.get(url.drivername)
        problem = _database_problem(url, driver)
        if driver is None or problem:
            self.problems.append(f"DATABASE_URL {problem}")
            return value
        return url.set(drivername=driver).render_as_string(hide_password=False)

    def number(self, name: str, default: int, lowest: int, highest: int) -> int:
        value = self.get(name) or str(default)
        if _DIGITS.fullmatch(value) and lowest <= int(value) <= highest:
            return int(value)
        self.problems.append(
            f"{name} must be a whole number from {lowest} to {highest}."
        )
        return default

    def log_level(self) -> str:
        return self.choice("LOG_LEVEL", "INFO", _LEVELS, str.upper)

    def log_format(self) -> str:
        return self.choice("LOG_FORMAT", "text", _FORMATS, str.lower)

    def choice(
        self,
        name: str,
        default: str,
        allowed: tuple[str, ...],
        fold: Callable[[str], str],
    ) -> str:
        value = fold(self.get(name)) or default
        if value not in allowed:
            self.problems.append(f"{name} must be one of {', '.join(allowed)}.")
            return default
        return value


def _database_problem(url: URL, driver: str | None) -> str | None:
    if driver is None:
        return "must start with sqlite:///, postgres:// or postgresql://"
    if driver.startswith("sqlite") and url.database in {None, "", ":memory:"}:
        return "must name a SQLite file: what is confirmed has to survive a restart."
    return None
