"""Retry and timeout settings of the Store client."""

import random
from dataclasses import dataclass
from typing import Final

from bot.domain.failures import StoreError


@dataclass(frozen=True, slots=True)
class StoreTimeouts:
    """The timeouts of a request, in seconds, and how often a read is tried.

    The Store takes up to five minutes to create a submission, but changing a rollout
    is quick, and the effect of a write whose response is lost can be read: whoever
    confirmed a halt should not wait longer than this for its result. A write that had
    to wait for its token for longer than `fresh` is not sent.
    """

    connect: float = 5.0
    read: float = 20.0
    write: float = 20.0
    tries: int = 3
    first_pause: float = 0.5
    longest_pause: float = 10.0
    fresh: float = 5.0

    def pause(self, error: StoreError, failures: int) -> float | None:
        """Return the seconds before the next try of a read, or None to stop trying.

        `failures` includes this one.
        """
        if not error.transient or failures >= self.tries:
            return None
        # Full jitter, so that several bots do not retry at the same moment:
        # https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        widest = min(self.first_pause * 2 ** (failures - 1), self.longest_pause)
        pause = random.uniform(0, widest)  # noqa: S311 - a pause is no secret
        if error.retry_after is None:
            return pause
        if error.retry_after > self.longest_pause:
            return None
        return error.retry_after + pause


DEFAULT_TIMEOUTS: Final = StoreTimeouts()
