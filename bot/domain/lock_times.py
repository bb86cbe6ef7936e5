"""The times of a lock as they are typed: an end, a length, or a window of the week."""

import re
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, time, timedelta
from typing import Final

from bot.domain.locks import WEEK, WeeklyWindow, window_length
from bot.domain.schedule import DAY_MINUTES
from bot.domain.time_words import DAY, DAYS, UNIT, UNITS, day_of_week, minute_of_day
from bot.domain.usage import Misuse, Usage
from bot.domain.wall_time import last_moment, wall_time, zone_named

DEFAULT_LENGTH: Final = timedelta(hours=24)
LONGEST: Final = timedelta(days=90)

_NAMED_TIMES: Final = {"noon": "12:00", "midnight": "00:00"}
# More than the longest lock in any unit, and few enough to count with.
_MOST: Final = 10**6

_FLAGS: Final = re.IGNORECASE | re.DOTALL
_TIME: Final = r"(?:\d{1,2}[:.]\d\d(?:\s?[ap]m)?|\d{1,2}\s?[ap]m|noon|midnight)"
_DATE: Final = r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\.\d{1,2}\.\d{4})"
_TO: Final = r"\s*(?:[-–—]|\bto\b|\buntil\b|\btill?\b)\s*"
_ENDS: Final = r"(?=$|[\s,;:])"
_NUMBER: Final = r"(?:\d+(?:[.,]\d+)?|an?\b)"
_PART: Final = rf"{_NUMBER}\s*{UNIT}"
_END: Final = re.compile(
    rf"(?:(?P<day>{DAY}|today|tomorrow|{_DATE})"
    rf"(?:(?:,?\s+(?:at\s+)?|T)(?P<time>{_TIME}))?|(?P<alone>{_TIME})){_ENDS}",
    _FLAGS,
)
_WINDOW: Final = re.compile(
    rf"(?P<day>{DAY})\s+(?P<time>{_TIME}){_TO}"
    rf"(?P<to_day>{DAY})\s+(?P<to_time>{_TIME}){_ENDS}",
    _FLAGS,
)
_DURATION: Final = re.compile(rf"{_PART}(?:\s*(?:and\s+)?{_PART})*{_ENDS}", _FLAGS)
_EACH_PART: Final = re.compile(rf"({_NUMBER})\s*({UNIT})", _FLAGS)
_ZONE: Final = re.compile(r"\s+(?:(?:time)?zone\s+(?P<said>\S+)|(?P<bare>\S+))", _FLAGS)
_LIKE_A_DURATION: Final = re.compile(r"[-+]?\d\S*(?:\s+[a-z]+)?", _FLAGS)
_LIKE_A_WINDOW: Final = re.compile(rf"(?:{DAY}|day|night|week|weekend){_ENDS}", _FLAGS)
_LIKE_A_TIME: Final = re.compile(r"\s*(?:at\s+)?\d{1,2}(?=$|\s)", _FLAGS)
_CLOCK: Final = re.compile(r"(\d{1,2})(?:[:.](\d\d))?\s?([ap]m)?", _FLAGS)


@dataclass(frozen=True, slots=True)
class LockTime:
    """When a lock ends, or the window in which it comes back; `rest` is behind that."""

    ends_at: datetime | None
    weekly: WeeklyWindow | None = None
    rest: str = ""


def read_time(
    keyword: str, text: str, now: datetime, zone: str
) -> LockTime | Usage | None:
    """Return what stands behind `until`, `for` or `every`.

    None where it is the beginning of a reason. `zone` is the asker's, where the text
    names no other.
    """
    match keyword:
        case "for":
            return _read_duration(text, now)
        case "every":
            return _read_window(text, zone)
        case _:
            return _read_end(text, now, zone)


def _read_duration(text: str, now: datetime) -> LockTime | Usage | None:
    found = _DURATION.match(text)
    if found is None:
        like = _LIKE_A_DURATION.match(text)
        return Usage(Misuse.BAD_LOCK_TIME, f"for {like[0]}") if like else None
    length = timedelta()
    for number, unit in _EACH_PART.findall(found[0]):
        count = float(number.replace(",", ".")) if number[0].isdigit() else 1
        length += min(count, _MOST) * UNITS[unit.lower()]
    end = now + min(length, LONGEST * 2)
    return _checked(f"for {found[0]}", end, now, text[found.end() :])


def _read_window(text: str, zone: str) -> LockTime | Usage | None:
    found = _WINDOW.match(text)
    if found is None:
        if _LIKE_A_WINDOW.match(text) is None:
            return None
        return Usage(Misuse.BAD_LOCK_WINDOW, f"every {' '.join(text.split()[:5])}")
    shown = f"every {found[0]}"
    chosen, rest = _read_zone(text[found.end() :], zone)
    begins = _clock(day_of_week(found["day"]), found["time"])
    ends = _clock(day_of_week(found["to_day"]), found["to_time"])
    if begins is None or ends is None:
        return Usage(Misuse.BAD_LOCK_WINDOW, shown)
    if chosen is None:
        return Usage(Misuse.UNKNOWN_ZONE, rest)
    window = WeeklyWindow(*begins, *ends, chosen)
    if not window_length(window):
        return Usage(Misuse.EMPTY_LOCK_WINDOW, shown)
    return LockTime(None, window, rest)


def _read_end(text: str, now: datetime, zone: str) -> LockTime | Usage:
    found = _END.match(text)
    if found is None or _is_followed_by_number(found, text):
        return Usage(Misuse.BAD_LOCK_TIME, f"until {' '.join(text.split()[:3])}")
    shown = f"until {found[0]}"
    chosen, rest = _read_zone(text[found.end() :], zone)
    if chosen is None:
        return Usage(Misuse.UNKNOWN_ZONE, rest)
    here = wall_time(now, chosen)
    end = _end(found["day"], found["time"] or found["alone"] or "0:00", here)
    if end is None:
        return Usage(Misuse.BAD_LOCK_TIME, shown)
    if end - here > LONGEST + WEEK:
        return Usage(Misuse.LOCK_TOO_LONG, shown)
    return _checked(shown, last_moment(end, chosen), now, rest)


def _checked(shown: str, end: datetime, now: datetime, rest: str) -> LockTime | Usage:
    if end <= now:
        return Usage(Misuse.LOCK_OVER, shown)
    if end - now > LONGEST:
        return Usage(Misuse.LOCK_TOO_LONG, shown)
    return LockTime(end, None, rest)


def _is_followed_by_number(found: re.Match[str], text: str) -> bool:
    """Return whether a number follows a day: `mon 8` may be a time, or a reason."""
    timeless = found["time"] is None and found["alone"] is None
    return timeless and _LIKE_A_TIME.match(text[found.end() :]) is not None


def _end(day: str | None, clock: str, here: datetime) -> datetime | None:
    """Return the wall time that is meant, None where there is no such time.

    Of what has no date it is the next time when the clock shows it.
    """
    named, again = (day or "today").lower().rstrip("."), timedelta(0)
    if named in DAYS:
        start, again = here + timedelta(days=(DAYS[named] - here.weekday()) % 7), WEEK
    elif named in {"today", "tomorrow"}:
        start = here + timedelta(days=1 if named == "tomorrow" else 0)
        again = timedelta(days=0 if day else 1)
    else:
        dated = _date(named)
        if dated is None:
            return None
        start = dated
    read = _clock(0, clock)
    if read is None:
        return None
    # Nothing can be added to the last of all years.
    last = start.year == MAXYEAR
    end = datetime.combine(start.date(), read[1])
    end += timedelta(days=0 if last else read[0])
    return end if end > here else end + again


def _date(text: str) -> datetime | None:
    year, month, day = text.split("-") if "-" in text else text.split(".")[::-1]
    try:
        return datetime(int(year), int(month), int(day))  # noqa: DTZ001 - wall time
    except ValueError:
        return None


def _clock(day: int, text: str) -> tuple[int, time] | None:
    """Return the day of the week and the time: 24:00 is the beginning of the next."""
    [typed] = _CLOCK.findall(_NAMED_TIMES.get(text.lower(), text))
    minutes = minute_of_day(*typed)
    if minutes is None:
        return None
    later, minutes = divmod(minutes, DAY_MINUTES)
    return (day + later) % 7, time(*divmod(minutes, 60))


def _read_zone(text: str, zone: str) -> tuple[str | None, str]:
    """Return the zone that is named, or the asker's, and the text behind it.

    Of a zone that nobody knows return None and its name.
    """
    found = _ZONE.match(text)
    if found is None:
        return zone, text
    if found["said"]:
        word = found["said"].strip(".,;:!")
        named = zone_named(word)
        return (named, text[found.end() :]) if named else (None, word)
    bare = found["bare"].strip(".,;:!")
    known = zone_named(bare) if "/" in bare or bare.lower() == "utc" else None
    return (known, text[found.end() :]) if known else (zone, text)
