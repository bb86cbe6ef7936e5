"""The settings of the bot, with their defaults."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy.engine import make_url

from bot.config.environment import EnvironmentReader

# Where Slack and Microsoft are, unless a setting names another address.
MICROSOFT_AUTHORITY: Final = "https://login.microsoftonline.com"
MICROSOFT_STORE: Final = "https://manage.devcenter.microsoft.com"
SLACK_API: Final = "https://slack.com/api/"

_DEFAULT_DATABASE: Final = "sqlite:///rollout.db"
_DEFAULT_PORT: Final = 3000
_HIGHEST_PORT: Final = 65535
_DEFAULT_CONFIRM_MINUTES: Final = 15
# A card shows the state at the time it was posted, so a day is the longest.
_LONGEST_CONFIRM_MINUTES: Final = 1440
_DEFAULT_RETENTION_DAYS: Final = 400
_SHORTEST_RETENTION_DAYS: Final = 30
_LONGEST_RETENTION_DAYS: Final = 36500
# The strictest limit that the Store was seen to have.
# https://github.com/microsoft/StoreBroker/issues/92
_DEFAULT_REQUESTS_PER_MINUTE: Final = 20
_MOST_REQUESTS_PER_MINUTE: Final = 10_000
_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
_FORMATS: Final = ("text", "json")
# Parameters of PostgreSQL's client that may hold a password.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_DATABASE_SECRETS: Final = ("password", "sslpassword")
_SECRETS: Final = (
    "slack_bot_token",
    "slack_app_token",
    "slack_signing_secret",
    "azure_client_secret",
    "database_url",
)


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """The checked settings, in the form in which the packages of the bot take them.

    `database_url` names the async driver and, for PostgreSQL, the keepalive settings.
    `keep_events_for` is None where the log of events is kept for good.
    repr() shows no secret.
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
    store_requests_per_minute: int
    database_url: str
    host: str
    port: int
    confirm_for: timedelta
    keep_for: timedelta
    keep_events_for: timedelta | None
    release_channels: frozenset[str]
    log_level: str
    log_format: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read all settings. Raises BadSettings naming every missing or bad one."""
        reader = EnvironmentReader(env)
        app_token = reader.token("SLACK_APP_TOKEN", "xapp-", required=False)
        settings = cls(
            slack_bot_token=reader.token("SLACK_BOT_TOKEN", "xoxb-"),
            slack_app_token=app_token or None,
            slack_signing_secret=reader.signing_secret(required=not app_token),
            slack_api_url=reader.url("SLACK_API_URL", SLACK_API) + "/",
            azure_tenant_id=reader.tenant("AZURE_TENANT_ID"),
            azure_client_id=reader.required("AZURE_CLIENT_ID"),
            azure_client_secret=reader.required("AZURE_CLIENT_SECRET"),
            azure_authority_host=reader.url(
                "AZURE_AUTHORITY_HOST", MICROSOFT_AUTHORITY, loopback=False
            ),
            store_api_url=reader.store_url("STORE_API_URL", MICROSOFT_STORE),
            store_requests_per_minute=reader.number(
                "STORE_REQUESTS_PER_MINUTE",
                _DEFAULT_REQUESTS_PER_MINUTE,
                1,
                _MOST_REQUESTS_PER_MINUTE,
            ),
            database_url=_database_url(reader),
            host=reader.get("HOST") or ("127.0.0.1" if app_token else "0.0.0.0"),  # noqa: S104 - without a socket, Slack must reach us
            port=reader.number("PORT", _DEFAULT_PORT, 0, _HIGHEST_PORT),
            confirm_for=timedelta(
                minutes=reader.number(
                    "CONFIRM_MINUTES",
                    _DEFAULT_CONFIRM_MINUTES,
                    1,
                    _LONGEST_CONFIRM_MINUTES,
                )
            ),
            keep_for=timedelta(
                days=reader.number(
                    "RETENTION_DAYS",
                    _DEFAULT_RETENTION_DAYS,
                    _SHORTEST_RETENTION_DAYS,
                    _LONGEST_RETENTION_DAYS,
                )
            ),
            keep_events_for=_keep_events_for(reader),
            release_channels=reader.channels("RELEASE_CHANNELS"),
            log_level=_log_level(reader),
            log_format=_log_format(reader),
        )
        reader.raise_problems()
        return settings

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be written anywhere."""
        named = (getattr(self, name) for name in _SECRETS)
        return tuple(filter(None, (*named, *database_secrets(self.database_url))))

    def __repr__(self) -> str:
        """Show every setting but the secrets."""
        shown = (
            f"{field.name}={'***' if field.name in _SECRETS else value!r}"
            for field in dataclasses.fields(self)
            for value in [getattr(self, field.name)]
        )
        return f"Settings({', '.join(shown)})"


def database_secrets(url: str) -> tuple[str, ...]:
    """Return what is secret in the address of a database, in plain form.

    Each library writes the address in a form of its own; the password is in all.
    """
    parsed = make_url(url)
    found = (parsed.password, *map(parsed.query.get, _DATABASE_SECRETS))
    return (url, *(secret for secret in found if isinstance(secret, str)))


def migration_settings(env: Mapping[str, str]) -> tuple[str, str, str]:
    """Read DATABASE_URL, LOG_LEVEL and LOG_FORMAT, all that a migration needs.

    They are as in `Settings`. Raises BadSettings.
    """
    reader = EnvironmentReader(env)
    found = _database_url(reader), _log_level(reader), _log_format(reader)
    reader.raise_problems()
    return found


def _database_url(reader: EnvironmentReader) -> str:
    return reader.database_url("DATABASE_URL", _DEFAULT_DATABASE)


def _keep_events_for(reader: EnvironmentReader) -> timedelta | None:
    if not reader.get("EVENT_RETENTION_DAYS"):
        return None
    days = reader.number(
        "EVENT_RETENTION_DAYS", 0, _SHORTEST_RETENTION_DAYS, _LONGEST_RETENTION_DAYS
    )
    return timedelta(days=days)


def _log_level(reader: EnvironmentReader) -> str:
    return reader.choice("LOG_LEVEL", "INFO", _LEVELS, str.upper)


def _log_format(reader: EnvironmentReader) -> str:
    return reader.choice("LOG_FORMAT", "text", _FORMATS, str.lower)
