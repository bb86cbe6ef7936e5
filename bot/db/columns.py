"""Column types that are the same on SQLite and PostgreSQL."""

import re
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

# PostgreSQL refuses NUL in text, and neither database takes half a surrogate pair,
# which Slack's JSON can carry.
# https://www.postgresql.org/docs/current/datatype-character.html
UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


class SafeText(TypeDecorator[str]):
    """Text of any length; what cannot be stored becomes U+FFFD."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace the characters that a database would refuse."""
        del dialect
        return None if value is None else UNSTORABLE.sub(REPLACEMENT, value)


def storable(value: object) -> object:
    """Return a JSON value with its texts as SafeText stores them."""
    match value:
        case str():
            return UNSTORABLE.sub(REPLACEMENT, value)
        case dict():
            return {name: storable(one) for name, one in value.items()}
        case list() | tuple():
            return [storable(one) for one in value]
        case _:
            return value


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond; aware on both sides.

    SQLite keeps no zone, and PostgreSQL answers in the zone of its session.
    Raises ValueError for a naive datetime.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Bring the moment to UTC."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime is no moment")
        return value.astimezone(UTC)

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Return the moment back as aware UTC."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC)
