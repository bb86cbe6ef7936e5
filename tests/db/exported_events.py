"""Import of an export of events, and many events like those of a release team."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count, islice
from typing import Any, Final

from sqlalchemy import Engine, create_engine, insert
from sqlalchemy.engine import make_url

from bot.db.events import EVENTS, event_values
from bot.domain.events import (
    Event,
    action_refused,
    operation_ended,
    operation_started,
    request_approved,
    request_asked,
)
from bot.domain.requests import Asker
from tests.db.sample_requests import (
    ANN,
    CHANNEL,
    DONE,
    FLIGHT,
    NOON,
    operation,
    request,
)

_AT_ONCE: Final = 5000
# What people type, and what databases, lines and cells could stumble over.
TYPED: Final = (
    "crash on start",
    '=HYPERLINK("http://example.com","look")',
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "＝1",
    'two\nlines\r\n\u2028and a third, "quoted"; O\'Brien',
    "Größe 🚀 العربية \x00\ud800 ",
    "",
)


def sample_events(first: int) -> Iterator[Event]:
    """Yield the events of requests, without end, with everything that people type."""
    for number in count(first):
        typed = TYPED[number % len(TYPED)]
        asked = replace(request(number), reason=typed, alias=typed[:40])
        sent = operation(f"r{number}", 1)
        yield request_asked(asked)
        yield request_approved(asked, ANN.user_id, NOON, authorises=True)
        yield operation_started(sent, NOON)
        yield operation_ended(sent, DONE, NOON)
        asker = Asker(ANN, CHANNEL, NOON)
        yield replace(action_refused("ask", typed, asker), target=FLIGHT)


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    """Open the database past the bot."""
    engine = create_engine(make_url(url), hide_parameters=True)
    yield engine
    engine.dispose()


def fill(engine: Engine, many: int, first: int = 0) -> None:
    """Add so many events; `first` is the number of their first request."""
    _insert(engine, list(map(event_values, islice(sample_events(first), many))))


def import_events(engine: Engine, lines: Iterable[str]) -> None:
    """Add the events of an export as JSON lines, with the ids that they had."""
    _insert(engine, [_row(json.loads(line)) for line in lines])


def _row(record: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromisoformat(record["at"])
    return {**record, "at": at, "details": json.dumps(record["details"])}


def _insert(engine: Engine, rows: list[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        for first in range(0, len(rows), _AT_ONCE):
            connection.execute(insert(EVENTS), rows[first : first + _AT_ONCE])


def stored(engine: Engine) -> list[tuple[Any, ...]]:
    """Return all events, column by column."""
    every = EVENTS.select().order_by(EVENTS.c.id)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(every)]
