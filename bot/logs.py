"""Logging to standard error, as text or as JSON lines, with the secrets redacted."""

import json
import logging
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

_TEXT: Final = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
_REDACTED: Final = "***"
# At INFO these libraries log details that only their own developers need.
QUIET_LIBRARIES: Final = (
    "slack_bolt",
    "slack_sdk",
    "aiohttp",
    "alembic",
    "dbos",
    "msal",
)


class _RedactingFormatter(logging.Formatter):
    """Formatter that replaces every given secret in a line, its traceback included."""

    def __init__(self, secrets: Collection[str], fmt: str | None = None) -> None:
        super().__init__(fmt)
        # Longest first: a short secret may be the beginning of a longer one.
        self._secrets = sorted(filter(None, secrets), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))

    def _redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _REDACTED)
        return text


class _JsonFormatter(_RedactingFormatter):
    """Formatter of JSON lines: time, level, logger, message, and a traceback if any.

    Redaction comes before the encoding, which would escape quotes in a secret.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": self._redact(record.getMessage()),
        }
        if record.exc_info:
            line["traceback"] = self._redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def set_up(level: str, form: str, secrets: Collection[str]) -> None:
    """Send every log line to standard error, in the given level and form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(level)
    handler.setFormatter(
        _JsonFormatter(secrets)
        if form == "json"
        else _RedactingFormatter(secrets, _TEXT)
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    floor = max(logging.WARNING, logging.getLevelName(level))
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "DEBUG" else floor)
