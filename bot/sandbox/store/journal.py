"""Journal of calls: requests and response statuses, never a body or a token."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import uuid4

REMEMBERED = 5_000
SHOWN = 50


@dataclass
class Entry:
    """One call; `status` and `ms` are None while it runs, `status` also after a reset.

    `length` is the size of the request's body in bytes, `at` is UTC in ISO 8601, and
    `effect` is whether the Store's state was changed, whatever the client was sent.
    """

    at: str
    operation: str
    method: str
    path: str
    query: str
    length: int
    content_type: str | None
    correlation_id: str
    status: int | None = None
    ms: float | None = None
    fault: str | None = None
    effect: bool = False


class Journal:
    """The last calls, oldest first in `entries`."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self.entries: deque[Entry] = deque(maxlen=REMEMBERED)
        self.total = 0

    def begin(  # noqa: PLR0913  # One column each.
        self,
        *,
        operation: str,
        method: str,
        path: str,
        query: str,
        length: int,
        content_type: str | None,
    ) -> Entry:
        """Add a call that arrived just now, with a new correlation id."""
        now = self._now().isoformat(timespec="microseconds")
        entry = Entry(
            at=now,
            operation=operation,
            method=method,
            path=path,
            query=query,
            length=length,
            content_type=content_type,
            correlation_id=str(uuid4()),
        )
        self.entries.append(entry)
        self.total += 1
        return entry

    def shown(self, most: int = SHOWN) -> list[dict[str, Any]]:
        """Return the last calls as JSON, newest first."""
        return [asdict(entry) for entry in islice(reversed(self.entries), most)]


def milliseconds_since(started: float) -> float:
    """Return the milliseconds since `started`, a reading of time.monotonic()."""
    return round((time.monotonic() - started) * 1000, 1)
