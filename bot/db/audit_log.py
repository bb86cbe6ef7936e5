"""Audit lines: one structured log line for each event, once it is committed.

A line names ids and codes alone: what people have typed stands in the event.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from bot.db.models import EventRow
from bot.db.writes import Parameters, Write
from bot.domain.log_fields import LogFields, log_fields
from bot.domain.submissions import Target

# The columns of an event that a line names, by their log fields.
_COLUMNS: Final[Mapping[str, str]] = {
    "event": "kind",
    "channel": "channel",
    "user": "actor",
    "request": "request_id",
    "operation": "operation_id",
    "outcome": "code",
    "correlation": "correlation_id",
}

_log = logging.getLogger("bot.audit")


def log_added(write: Write, parameters: Parameters, rows: Sequence[Parameters]) -> None:
    """Log the events that a write has added; it must be committed."""
    for row in write.added(EventRow.__tablename__, parameters, rows):
        fields = {name: row[column] for name, column in _COLUMNS.items()}
        fields |= {"verb": _verb(row), "target": _target(row)}
        named = {name: value for name, value in fields.items() if value is not None}
        with log_fields(cast("LogFields", named)):
            _log.info("%s", " ".join(_pairs(named)))


def _pairs(named: Mapping[str, object]) -> Iterator[str]:
    """Yield the fields as text; an operation has the id of its request."""
    for name, value in named.items():
        if name != "operation" or value != named.get("request"):
            yield f"{name}={value}"


def _verb(row: Parameters) -> object:
    details = json.loads(str(row["details"]))
    return details.get("verb") or details.get("change", {}).get("verb")


def _target(row: Parameters) -> str | None:
    """Return the target as other log lines name it."""
    if row["app_id"] is None:
        return None
    flight = str(row["flight_id"] or "")
    return str(Target(str(row["account"]), str(row["app_id"]), flight or None))
