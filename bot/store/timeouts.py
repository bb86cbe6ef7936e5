"""How long the Store is waited for, and when a read is tried again."""

import random
from dataclasses import dataclass
from typing import Final

from bot.domain.failures import RateLimitedError, StoreError


@dataclass(frozen=True, slots=True)
class StoreTimeouts:
    """How long the client waits, in seconds, and how often it tries a read.

    Creating a submission takes the Store up to five minutes, but changing a rollout
    is small, and a lost answer is found out by reading: nobody who pulled the brake
    should wait longer than this to hear what is true. A write
    that had to wait for its token for longer than `fresh` is not sent.
    """

    connect: float = 5.0
    read: float = 20.0
    write: float = 20.0
    tries: int = 3
    first_pause: float = 0.5
    longest_pause: float = 10.0
    fresh: float = 5.0

    def pause(self, failure: StoreError, failures: int) -> float | None:
        """Return the seconds before the next try of a read, or None for no other try.

        `failures` counts this one too.
        """
        if not failure.transient or failures >= self.tries:
            return None
        # Full jitter, so that several bots do not come back all at once:
        # https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        widest = min(self.first_pause * 2 ** (failures - 1), self.longest_pause)
        pause = random.uniform(0, widest)  # noqa: S311 - a pause is no secret
        wanted = failure.retry_after if isinstance(failure, RateLimitedError) else None
        if wanted is None:
            return pause
        return None if wanted > self.longest_pause else wanted + pause


DEFAULT_TIMEOUTS: Final = StoreTimeouts()
