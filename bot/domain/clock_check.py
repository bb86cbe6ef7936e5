"""Check of the machine's clock against the Date header of somebody else's response."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

# The header has whole seconds, and may be a cache's, which is older than the response.
MOST_SKEW: Final = timedelta(seconds=60)


def read_date(header: str) -> datetime | None:
    """Return the time of a Date header; None for one without a date and a zone."""
    try:
        date = parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None
    return date if date.tzinfo is not None else None


def is_clock_wrong(
    asked_at: datetime, answered_at: datetime, date: datetime | None
) -> bool:
    """Return whether a response has a date far outside the time that it took.

    Both times are our clock's. Of a response without a date nothing is known.
    """
    if date is None:
        return False
    return not asked_at - MOST_SKEW <= date <= answered_at + MOST_SKEW
