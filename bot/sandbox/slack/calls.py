"""Log of the Web API calls that the bot made, for tests and benchmarks."""

import collections
import dataclasses
import time
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One call; `error` is None when it succeeded, `args` never hold the token."""

    at: float
    method: str
    args: dict[str, Any]
    error: str | None

    @property
    def ok(self) -> bool:
        """Whether the call succeeded."""
        return self.error is None


class CallLog:
    """The last `most` calls, oldest first."""

    def __init__(self, most: int = 5000) -> None:
        self._calls: collections.deque[Call] = collections.deque(maxlen=most)

    def add(self, method: str, args: dict[str, Any], error: str | None) -> None:
        """Add one call."""
        kept = {name: value for name, value in args.items() if name != "token"}
        self._calls.append(Call(time.time(), method, kept, error))

    def all(self, method: str | None = None) -> list[Call]:
        """Return the calls, all or one method's."""
        return [call for call in self._calls if method in (None, call.method)]

    def clear(self) -> None:
        """Delete all calls."""
        self._calls.clear()
