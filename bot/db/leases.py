"""Leases: what one process has claimed for a minute, nobody else works on.

The clocks of replicas differ, and one may read its clock before another whose claim
comes first: a lease that ends a little later than one's own is held. One that ends much
later was taken before the clock was set back, and keeps nobody out.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, or_

from bot.db.rows import Values

LEASE: Final = timedelta(seconds=60)
# As far as the clocks of replicas may be apart.
_MOST_APART: Final = timedelta(seconds=60)


def is_free(columns: Any) -> ColumnElement[bool]:  # noqa: ANN401 - columns of a table
    """Return whether nobody has claimed a row; its parameters are those of `leased`."""
    until = columns.leased_until
    return or_(
        until.is_(None),
        until <= bindparam("now_at", type_=until.type),
        until > bindparam("latest_lease", type_=until.type),
    )


def leased(now: datetime) -> Values:
    """Return the parameters of a claim: of `is_free`, and the end of its own lease."""
    lease_end = now + LEASE
    return {
        "now_at": now,
        "lease_end": lease_end,
        "latest_lease": lease_end + _MOST_APART,
    }
