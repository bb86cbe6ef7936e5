"""Monotonic clock, which also counts the time that the machine was suspended."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

# Linux' monotonic clock stands still while the machine sleeps, and a machine that
# wakes must know that it did. Elsewhere the monotonic clock itself goes on.
# https://man7.org/linux/man-pages/man2/clock_gettime.2.html
_GOES_ON: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

# A task that is begun for a press has the same list, until one of them takes the time.
_PRESSED: Final = ContextVar[list[float] | None]("pressed", default=None)


def monotonic() -> float:
    """Return the monotonic time in seconds; only differences have a meaning."""
    return time.clock_gettime(_GOES_ON)


@contextmanager
def pressed(at: float) -> Iterator[None]:
    """Let the tasks that are begun in this block know when the button was pressed."""
    token = _PRESSED.set([at])
    try:
        yield
    finally:
        _PRESSED.reset(token)


def take_press() -> float | None:
    """Return when the button was pressed that this work goes back to, once.

    None where that was asked before, and where no press in this process has led here.
    """
    times = _PRESSED.get()
    return times.pop() if times else None
