"""Monotonic clock, which also counts the time that the machine was suspended."""

import time
from typing import Final

# Linux' monotonic clock stands still while the machine sleeps, and a machine that
# wakes must know that it did. Elsewhere the monotonic clock itself goes on.
# https://man7.org/linux/man-pages/man2/clock_gettime.2.html
_GOES_ON: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def monotonic() -> float:
    """Return the monotonic time in seconds; only differences have a meaning."""
    return time.clock_gettime(_GOES_ON)
