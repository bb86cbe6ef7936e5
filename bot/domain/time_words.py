"""Words of times as they are typed: days of the week, units, and the time of day."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from bot.domain.schedule import DAY_MINUTES

_HOUR: Final = 60
_HALF_DAY: Final = 12

# Days count from Monday, which is 0.
DAYS: Final[Mapping[str, int]] = MappingProxyType(
    {
        name: number
        for number, names in enumerate(
            (
                ("mon", "monday"),
                ("tue", "tues", "tuesday"),
                ("wed", "weds", "wednesday"),
                ("thu", "thur", "thurs", "thursday"),
                ("fri", "friday"),
                ("sat", "saturday"),
                ("sun", "sunday"),
            )
        )
        for name in names
    }
)
UNITS: Final[Mapping[str, timedelta]] = MappingProxyType(
    {
        name: unit
        for names, unit in (
            (("m", "min", "mins", "minute", "minutes"), timedelta(minutes=1)),
            (("h", "hr", "hrs", "hour", "hours"), timedelta(hours=1)),
            (("d", "day", "days"), timedelta(days=1)),
            (("w", "wk", "wks", "week", "weeks"), timedelta(days=7)),
        )
        for name in names
    }
)


def _one_of(words: Mapping[str, object]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


# Parts of regular expressions, without a group.
DAY: Final = rf"(?:{_one_of(DAYS)})\.?"
UNIT: Final = rf"(?:{_one_of(UNITS)})"


def day_of_week(word: str) -> int:
    """Return the day that a word names, which matches DAY."""
    return DAYS[word.lower().rstrip(".")]


def minute_of_day(hour: str, minute: str | None, half: str | None) -> int | None:
    """Return the minute of the day, 24:00 too; None where no clock shows it.

    `half` is `am` or `pm`, where it is given.
    """
    hours, minutes = int(hour), int(minute or 0)
    if half:
        if not 1 <= hours <= _HALF_DAY:
            return None
        hours = hours % _HALF_DAY + (_HALF_DAY if half.lower() == "pm" else 0)
    total = hours * _HOUR + minutes
    return total if minutes < _HOUR and total <= DAY_MINUTES else None
