"""Rate limit: a number of calls in any sixty seconds."""

import math
from collections import deque

WINDOW = 60.0


class RateLimit:
    """Counts calls in a sliding window."""

    def __init__(self) -> None:
        self._calls: deque[float] = deque()

    def take(self, most: int, now: float) -> int:
        """Count a call at `now` (seconds); return 0, or the seconds to wait.

        A call over the limit is not counted.
        """
        while self._calls and self._calls[0] <= now - WINDOW:
            self._calls.popleft()
        if len(self._calls) < most:
            self._calls.append(now)
            return 0
        return max(1, math.ceil(self._calls[0] + WINDOW - now))
