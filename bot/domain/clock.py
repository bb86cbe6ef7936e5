"""Tells how long something took, also where the machine slept meanwhile."""

import time
from typing import Final

# Linux' monotonic clock stands still while the machine sleeps, and a machine that
# wakes must know that it did. Elsewhere the monotonic clock itself goes on.
# https://man7.org/linux/man-pages/man2/clock_gettime.2.html
_GOES_ON: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def monotonic() -> float:
    """Return seconds that only ever grow; what counts is the difference of two."""
    return time.clock_gettime(_GOES_ON)
