"""Write the log, for people or for machines, without the secrets of the settings."""

import json
import logging
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

_TEXT: Final = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
_HIDDEN: Final = "***"
# Libraries tell at INFO what only a developer of theirs wants to read.
QUIET: Final = ("slack_bolt", "slack_sdk", "aiohttp", "alembic", "dbos", "msal")


class _Redacting(logging.Formatter):
    """A formatter whose lines, tracebacks included, never hold a given secret."""

    def __init__(self, secrets: Collection[str], fmt: str | None = None) -> None:
        super().__init__(fmt)
        # The longest first, so that no rest of a longer secret is left over.
        self._secrets = sorted(filter(None, secrets), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        return self._hide(super().format(record))

    def _hide(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text


class _Json(_Redacting):
    """One JSON object a line: time, level, logger, message, and a traceback if any."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": self._hide(record.getMessage()),
        }
        if record.exc_info:
            line["traceback"] = self._hide(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def set_up(level: str, form: str, secrets: Collection[str]) -> None:
    """Send every log line to standard error, in the given form and level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(level)
    handler.setFormatter(
        _Json(secrets) if form == "json" else _Redacting(secrets, _TEXT)
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    floor = max(logging.WARNING, logging.getLevelName(level))
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "DEBUG" else floor)
