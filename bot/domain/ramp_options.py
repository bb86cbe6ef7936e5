"""Options of a typed ramp: its steps, and what stands behind them before the reason."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Final, Literal
from zoneinfo import available_timezones

from bot.domain.app_names import Words
from bot.domain.plan_terms import (
    DEFAULT_GAP,
    DEFAULT_STEPS,
    PlanRefusal,
    PlanTerms,
    RefusedPlan,
    check_terms,
)
from bot.domain.ramp_steps import is_step, read_steps
from bot.domain.schedule import DAY_MINUTES, EVERY_DAY, WORKING_DAYS, Window
from bot.domain.time_words import DAY, UNIT, UNITS, day_of_week, minute_of_day
from bot.domain.wall_time import zone_named

NO_ZONE: Final = "UTC"

_PUNCTUATION: Final = ".,:;!"
_DAY_RANGE: Final = re.compile(rf"({DAY})(?:[-–]({DAY}))?", re.IGNORECASE)
_NAMED_DAYS: Final = MappingProxyType(
    {
        **dict.fromkeys(("weekdays", "workdays", "working"), WORKING_DAYS),
        **dict.fromkeys(("all", "any", "every", "daily"), EVERY_DAY),
    }
)
_CLOCK: Final = r"(\d{1,2})(?:[:.](\d\d))?\s*([ap]m)?"
_HOURS: Final = re.compile(rf"{_CLOCK}\s*(?:[-–]|to|until)\s*{_CLOCK}", re.IGNORECASE)
_GAP: Final = re.compile(rf"(?:(\d{{1,5}}(?:[.,]\d+)?)\s*)?({UNIT})")
_NAMED_GAPS: Final = MappingProxyType({"hourly": "h", "daily": "d", "weekly": "w"})
_ENDS: Final = MappingProxyType(
    {"hold": False, "stop": False, "wait": False, "finalize": True, "finalise": True}
)

Option = Literal["gap", "days", "hours", "zone", "finalizes"]


@dataclass(frozen=True, slots=True)
class TypedPlan:
    """A ramp as it is typed."""

    terms: PlanTerms
    reason: str = ""

    def in_zone(self, zone: str) -> "TypedPlan":
        """Return the ramp in a zone, unless it names another one."""
        if not self.terms.zone_assumed:
            return self
        window = replace(self.terms.window, zone=zone)
        return replace(
            self, terms=replace(self.terms, window=window, zone_assumed=False)
        )


@dataclass(slots=True)
class _Typed:
    """What the words have said so far; None where they have not."""

    gap: timedelta | None = None
    days: frozenset[int] | None = None
    hours: tuple[int, int] | None = None
    zone: str | None = None
    finalizes: bool | None = None


# Takes the words behind the option's own; returns its value, and how many it has taken.
_Read = tuple[object, int] | RefusedPlan


def read_plan(words: Words, now: datetime) -> TypedPlan | RefusedPlan:
    """Read the steps, the options in any order, and the reason behind them."""
    found_steps = read_steps(words)
    if isinstance(found_steps, RefusedPlan):
        return found_steps
    steps, rest = found_steps
    typed = _Typed()
    while rest:
        found = _option(rest)
        if found is None:
            break
        option, behind, read = found
        if isinstance(read, RefusedPlan):
            return read
        if getattr(typed, option) is not None:
            return RefusedPlan(PlanRefusal.SAID_TWICE, rest[0])
        setattr(typed, option, read[0])
        rest = rest[behind + read[1] :]
    terms = _terms(steps or DEFAULT_STEPS, typed)
    refused = check_terms(terms, now)
    if refused is not None:
        return refused
    return TypedPlan(terms, " ".join(rest))


def begins_plan(word: str) -> bool:
    """Return whether no app can stand in the place of this word of a ramp."""
    return is_step(word) or _option((word,)) is not None


def _terms(steps: tuple[float, ...], typed: _Typed) -> PlanTerms:
    window = Window(typed.zone or NO_ZONE)
    if typed.days is not None:
        window = replace(window, days=typed.days)
    if typed.hours is not None:
        window = replace(window, begins=typed.hours[0], ends=typed.hours[1])
    gap = DEFAULT_GAP if typed.gap is None else typed.gap
    finalizes = typed.finalizes or False
    return PlanTerms(steps, window, gap, finalizes, zone_assumed=typed.zone is None)


def _option(words: Words) -> tuple[Option, int, _Read] | None:
    """Return what the first word is about, how many name it, and what was read."""
    word = _bare(words[0])
    if word in _READERS:
        option, read = _READERS[word]
        return option, 1, read(words[1:])
    if word in _NAMED_GAPS:
        return "gap", 1, (UNITS[_NAMED_GAPS[word]], 0)
    if word[:1].isdigit() and _GAP.fullmatch(word):
        return "gap", 0, _read_gap(words[:1])
    if _HOURS.fullmatch(word):
        return "hours", 0, _read_hours(words[:1])
    if word == "weekdays" or (_days_of(word) and "-" in word):
        return "days", 0, _read_days(words)
    if "/" in word and zone_named(word):
        return "zone", 0, _read_zone(words)
    return None


def _read_gap(words: Words) -> _Read:
    """Read `1d`, `2 days`, `day` or `other day`."""
    for length in (2, 1):
        found = _GAP.fullmatch(_bare(" ".join(words[:length])))
        if found is not None and len(words) >= length:
            number = float((found[1] or "1").replace(",", "."))
            return number * UNITS[found[2]], length
    return RefusedPlan(PlanRefusal.BAD_GAP, " ".join(words[:1]), "every 1d")


def _read_days(words: Words) -> _Read:
    """Read `mon-fri`, `mon,wed,fri`, `mon to thu` or `all`."""
    if words and (named := _NAMED_DAYS.get(_bare(words[0]))):
        return named, 1 + (_bare((*words, "")[1]) == "days")
    days: frozenset[int] = frozenset()
    taken = 0
    while taken < len(words):
        joined = " ".join(words[taken : taken + 3])
        spread = re.sub(r"\s+(?:[-–]|to|until)\s+", "-", joined.lower())
        length = 3 if " " not in spread and " " in joined else 1
        found = _days_of(spread if length > 1 else words[taken])
        if not found:
            joiner = words[taken].lower() in {"and", "&", "+", ","}
            if not (joiner and taken and _days_of((*words, "")[taken + 1])):
                break
        days |= found
        taken += length
    if not days:
        return RefusedPlan(PlanRefusal.BAD_DAYS, " ".join(words[:1]), "days mon-fri")
    return days, taken


def _days_of(word: str) -> frozenset[int]:
    """Return the days of one word; none where any part of it names no day."""
    days: set[int] = set()
    for part in filter(None, re.split("[,+&/]", word.strip(_PUNCTUATION))):
        found = _DAY_RANGE.fullmatch(part)
        if found is None:
            return frozenset()
        first = day_of_week(found[1])
        last = day_of_week(found[2] or found[1])
        days |= {(first + later) % 7 for later in range((last - first) % 7 + 1)}
    return frozenset(days)


def _read_hours(words: Words) -> _Read:
    """Read `9-16`, `9:00 - 16:30`, `9am to 4pm` or `all`."""
    if words and _bare(words[0]) in {"all", "any"}:
        return (0, DAY_MINUTES), 1
    for length in (5, 4, 3, 2, 1):
        found = _HOURS.fullmatch(" ".join(words[:length]).rstrip(_PUNCTUATION))
        if found is not None and len(words) >= length:
            begins, ends = (
                minute_of_day(*found.groups()[:3]),
                minute_of_day(*found.groups()[3:]),
            )
            if begins is not None and ends is not None:
                return (begins % DAY_MINUTES, ends), length
            break
    return RefusedPlan(PlanRefusal.BAD_HOURS, " ".join(words[:1]), "hours 9-16")


def _read_zone(words: Words) -> _Read:
    word = " ".join(words[:1]).strip(_PUNCTUATION)
    named = zone_named(word)
    if named is not None:
        return named, 1
    return RefusedPlan(PlanRefusal.UNKNOWN_ZONE, word, _zone_like(word))


def _zone_like(word: str) -> str | None:
    """Return the option with a zone that may be meant: `Berlin`, `Europe/Berlim`."""
    typed, names = word.casefold(), _zone_names()
    towns = [name for name in names if name.casefold().rpartition("/")[2] == typed]
    near = get_close_matches(word, names, n=1) if typed and not towns else towns[:1]
    return f"zone {near[0]}" if near else None


@cache
def _zone_names() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def _read_end(words: Words) -> _Read:
    word = " ".join(words[:1])
    if _bare(word) in _ENDS:
        return _ENDS[_bare(word)], 1
    return RefusedPlan(PlanRefusal.BAD_END, word, "then hold")


def _bare(word: str) -> str:
    return word.lower().strip(_PUNCTUATION)


_READERS: Final[dict[str, tuple[Option, Callable[[Words], _Read]]]] = {
    "every": ("gap", _read_gap),
    "each": ("gap", _read_gap),
    "days": ("days", _read_days),
    "hours": ("hours", _read_hours),
    "zone": ("zone", _read_zone),
    "timezone": ("zone", _read_zone),
    "then": ("finalizes", _read_end),
}
# The words that an option begins with.
OPTION_WORDS: Final = tuple(_READERS)
