"""Logging to standard error, as text or as JSON lines: safe to keep and to read.

Secrets are redacted, control characters are escaped, and what strangers can cause
without a signature is limited.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Final

from bot.domain.log_fields import bound_fields

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

# A line break could begin a forged line, and a terminal obeys the others: C0, DEL and
# C1, the two line breaks of Unicode, and what turns the direction of writing.
_CONTROL: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
# A traceback has lines of its own; indented, none of them looks like a new record.
_INDENT: Final = "    "

# The loggers that whoever reaches the HTTP port can make write, signature or not.
_EXPOSED: Final = ("aiohttp.server", "asyncio", "bot.slack.inbound", "bot.web")
_PERIOD_SECONDS: Final = 60.0
_LINES_A_PERIOD: Final = 5
_MOST_KINDS: Final = 20
_MORE: Final = " (%d more like this were not logged)"


class _RedactingFormatter(logging.Formatter):
    """Formatter that replaces every given secret in a line, its traceback included."""

    def __init__(self, secrets: Collection[str], fmt: str | None = None) -> None:
        super().__init__(fmt)
        # Longest first: a short secret may be the beginning of a longer one.
        ordered = sorted(filter(None, secrets), key=len, reverse=True)
        self._secrets = re.compile("|".join(map(_pattern, ordered)) or "(?!)")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Write the line without its traceback, on one line, and of which request."""
        line = super().formatMessage(record)
        request = bound_fields().get("request", "")
        if request not in line:
            line += f" [request {request}]"
        return _escape(self._redact(line))

    def formatException(self, ei: "logging._SysExcInfoType") -> str:  # noqa: N802
        """Write a traceback, each of its lines indented."""
        lines = self._redact(super().formatException(ei)).split("\n")
        return "\n".join(_INDENT + _escape(line) for line in lines)

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        """Write a stack in the form of a traceback."""
        lines = self._redact(stack_info).split("\n")
        return "\n".join(_INDENT + _escape(line) for line in lines)

    def _redact(self, text: str) -> str:
        return self._secrets.sub(_REDACTED, text)


class _JsonFormatter(_RedactingFormatter):
    """Formatter of JSON lines: time, level, logger, message, the bound fields.

    A traceback is another field.

    Redaction comes before the encoding, which would escape quotes in a secret.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": self._redact(record.getMessage()),
            **{
                name: self._redact(value) if isinstance(value, str) else value
                for name, value in bound_fields().items()
            },
        }
        if record.exc_info:
            line["traceback"] = self._redact(
                logging.Formatter.formatException(self, record.exc_info)
            )
        text = json.dumps(line, ensure_ascii=False)
        return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class RepeatLimit(logging.Filter):
    """Filter that lets a few lines of one kind pass each minute, and counts the rest.

    Lines of one logger with the same text before its arguments are of one kind. It is
    applied to the loggers that strangers can make write, and to no other: what became
    of an operation is always logged.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        # Of each kind: when its period ends, and how many lines it had in it.
        self._kinds: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line may pass; the first after a silence has the count."""
        if not record.name.startswith(_EXPOSED) or record.levelno < logging.INFO:
            return True
        now = self._clock()
        kind = (record.name, str(record.msg).partition("\n")[0])
        if kind not in self._kinds and len(self._kinds) >= _MOST_KINDS:
            kind = ("", "")
        end, lines = self._kinds.get(kind, (0.0, 0))
        if now < end:
            self._kinds[kind] = (end, lines + 1)
            return lines < _LINES_A_PERIOD
        self._kinds[kind] = (now + _PERIOD_SECONDS, 1)
        if lines > _LINES_A_PERIOD:
            record.msg = record.getMessage() + _MORE % (lines - _LINES_A_PERIOD)
            record.args = None
        return True


def set_up(level: str, form: str, secrets: Collection[str]) -> None:
    """Send every log line to standard error, in the given level and form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(level)
    handler.addFilter(RepeatLimit())
    handler.setFormatter(
        _JsonFormatter(secrets)
        if form == "json"
        else _RedactingFormatter(secrets, _TEXT)
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    floor = max(logging.WARNING, logging.getLevelName(level))
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "DEBUG" else floor)


def _escape(text: str) -> str:
    return _CONTROL.sub(lambda found: _escaped(found[0]), text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _pattern(secret: str) -> str:
    """Return what finds a secret, whichever of its characters are percent-encoded.

    Libraries differ in the characters that they encode in an address or a form.
    """
    return "".join(map(_character_pattern, secret))


def _character_pattern(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    encoded = "".join(f"%{byte:02X}" for byte in character.encode(errors="replace"))
    plus = r"|\+" if character == " " else ""
    return f"(?:{re.escape(character)}|(?i:{encoded}){plus})"
