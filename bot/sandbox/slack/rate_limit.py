"""Rate limit of posting: one message per second and channel, with short bursts."""

import dataclasses
import math
import time

from bot.sandbox.slack.errors import RateLimitedError


@dataclasses.dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class RateLimit:
    """A token bucket per channel; `per_second` None switches the limit off.

    https://docs.slack.dev/apis/web-api/rate-limits#overview
    """

    def __init__(self, per_second: float | None = 1.0, burst: int = 10) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self.set(per_second, burst)

    def set(self, per_second: float | None, burst: int) -> None:
        """Set the limit and restart the count."""
        self.per_second = per_second
        self.burst = burst
        self._buckets.clear()

    def take(self, key: str) -> None:
        """Count one message; raises `RateLimitedError` over the limit."""
        if self.per_second is None:
            return
        now = time.monotonic()
        bucket = self._buckets.setdefault(key, _Bucket(self.burst, now))
        earned = (now - bucket.at) * self.per_second
        bucket.left, bucket.at = min(self.burst, bucket.left + earned), now
        if bucket.left < 1:
            wait = (1 - bucket.left) / self.per_second
            raise RateLimitedError(max(1, math.ceil(wait)))
        bucket.left -= 1
