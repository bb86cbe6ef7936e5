"""Check of the machine's clock, against the Date headers of others."""

from datetime import datetime
from typing import Final

from bot.doctor.finding import Finding
from bot.domain.clock_check import read_date

_SET_CLOCK: Final = (
    "Synchronise the clock of this machine (NTP): it decides when a card expires and"
    " when a rollout is looked at, and the bot refuses signed requests that look five"
    " minutes old."
)


def check_clock(ahead: float, whose: str, most: float) -> Finding | None:
    """Return what is wrong where our clock is more than `most` seconds off theirs."""
    if abs(ahead) <= most:
        return None
    direction = "ahead of" if ahead > 0 else "behind"
    found = f"{abs(ahead):.0f} seconds {direction} {whose}"
    return Finding("clock", found, _SET_CLOCK, bad=True)


def seconds_ahead(now: datetime, date: str) -> float:
    """Return by how much our clock is ahead of a Date header; 0 for none."""
    theirs = read_date(date)
    return 0.0 if theirs is None else (now - theirs).total_seconds()
