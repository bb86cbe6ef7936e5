"""Settings from environment variables; every missing or bad one is named at once."""

from bot.config.environment import BadSettings
from bot.config.settings import (
    MICROSOFT_AUTHORITY,
    MICROSOFT_STORE,
    SLACK_API,
    Settings,
    database_secrets,
    migration_settings,
)

__all__ = [
    "MICROSOFT_AUTHORITY",
    "MICROSOFT_STORE",
    "SLACK_API",
    "BadSettings",
    "Settings",
    "database_secrets",
    "migration_settings",
]
