"""Commands about locks: `lock`, `unlock`, and the list of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from bot.domain.app_names import (
    AmbiguousName,
    ResolvedTarget,
    Words,
    is_all,
    split_apps,
    unknown_app,
)
from bot.domain.lock_times import DEFAULT_LENGTH, LockTime, read_time
from bot.domain.locks import WeeklyWindow
from bot.domain.reasons import shown
from bot.domain.requests import Alias
from bot.domain.usage import Misuse, UnknownAlias, Usage

LOCK: Final = "lock"
UNLOCK: Final = "unlock"
LOCKS: Final = "locks"

# What a time begins with.
_KEYWORDS: Final = MappingProxyType(
    {
        "until": "until",
        "till": "until",
        "til": "until",
        "for": "for",
        "every": "every",
        "each": "every",
    }
)
_KEYWORD: Final = re.compile(rf"(?:^|(?<=\s))({'|'.join(_KEYWORDS)})\s+", re.IGNORECASE)
# Behind a reason a time counts only where it is plainly one.
_PLAINLY_TIMES: Final = (
    Misuse.LOCK_OVER,
    Misuse.LOCK_TOO_LONG,
    Misuse.EMPTY_LOCK_WINDOW,
)
_FLIGHT: Final = "flight"
_ALL: Final = "all"
_AFTER_ALL: Final = "apps"
_LIST: Final = "list"
_SEPARATORS: Final = " \t\n,;:-–—"


@dataclass(frozen=True, slots=True)
class AskLock:
    """`lock APP|all [until WHEN | for DURATION | every WINDOW] reason…`."""

    words: Words


@dataclass(frozen=True, slots=True)
class AskUnlock:
    """`unlock APP|all [reason…]`."""

    words: Words = ()


@dataclass(frozen=True, slots=True)
class ListLocks:
    """`locks`."""


LockCommand = AskLock | AskUnlock | ListLocks


@dataclass(frozen=True, slots=True)
class LockedApps:
    """The apps that a command names, none where it names `all`, and the text behind."""

    apps: tuple[ResolvedTarget, ...]
    text: str

    @property
    def about(self) -> str:
        """The words by which a command names them."""
        return ", ".join(app.word for app in self.apps) or _ALL


@dataclass(frozen=True, slots=True)
class WantedLock:
    """What a `lock` asks for; `apps` are none where it is all of them."""

    apps: tuple[ResolvedTarget, ...]
    reason: str
    ends_at: datetime | None
    weekly: WeeklyWindow | None = None


def parse_lock(verb: str, words: Words) -> LockCommand | Usage:
    """Return the command; `verb` is `lock`, `unlock` or `locks`."""
    listed = len(words) == 1 and words[0].lower() == _LIST
    if verb == LOCKS or (verb == LOCK and listed):
        return ListLocks()
    if verb == UNLOCK:
        return AskUnlock(words)
    return AskLock(words) if words else Usage(Misuse.LOCK_SYNTAX)


def resolve_apps(
    ask: AskLock | AskUnlock, named: Sequence[Alias], account: str
) -> LockedApps | UnknownAlias | Usage:
    """Return the apps that the command names; `named` are the channel's names.

    The app may be left out where the channel has one and a time follows, or nothing.
    """
    verb, words = LOCK if isinstance(ask, AskLock) else UNLOCK, ask.words
    found = split_apps(words, named, account, ends=_is_keyword)
    if isinstance(found, AmbiguousName):
        return Usage(Misuse.WHICH_APP, verb, " ".join(found.aliases), found.rest)
    if found.unknown:
        return unknown_app(found.unknown, named)
    if found.apps and found.rest and found.rest[0].lower() == _FLIGHT:
        return _flight(ask, found.apps[-1], found.rest[1:])
    if found.apps:
        apps = {one.target: one for one in reversed(found.apps)}
        return LockedApps(tuple(apps.values())[::-1], " ".join(found.rest))
    if is_all(words):
        behind = words[2:] if (*words, "")[1].lower() == _AFTER_ALL else words[1:]
        return LockedApps((), " ".join(behind))
    if words and not _is_keyword(words[0]):
        return unknown_app(words, named)
    if len({alias.target for alias in named}) == 1:
        only = ResolvedTarget(named[0].target, named[0].name)
        return LockedApps((only,), " ".join(words))
    if not named:
        return Usage(Misuse.NO_APP, verb)
    names = " ".join(a.name for a in named if len(a.name.split()) == 1)
    return Usage(Misuse.WHICH_APP, verb, names, words)


def _flight(
    ask: AskLock | AskUnlock, app: ResolvedTarget, words: Words
) -> LockedApps | Usage:
    """Return the flight that is to be unlocked; locked it is by its alias alone.

    Its lock may have been set in a channel that has an alias for it.
    """
    if isinstance(ask, AskLock) or not words or app.target.flight_id:
        return Usage(Misuse.UNKNOWN_FLIGHT, app.target.app_id)
    flight = replace(app.target, flight_id=words[0].strip(_SEPARATORS))
    return LockedApps((ResolvedTarget(flight, None),), " ".join(words[1:]))


def read_lock(wanted: LockedApps, now: datetime, zone: str) -> WantedLock | Usage:
    """Read when the lock holds, and why; `zone` is the asker's."""
    found = _split_time(wanted.text, now, zone)
    if isinstance(found, Usage):
        return replace(found, rest=(wanted.about,))
    time, reason = found
    if not (reason := shown(reason)):
        typed = wanted.text.strip(_SEPARATORS)
        said = f"{wanted.about} {typed}".strip()
        return Usage(Misuse.NO_LOCK_REASON, said)
    if time is None:
        return WantedLock(wanted.apps, reason, now + DEFAULT_LENGTH)
    return WantedLock(wanted.apps, reason, time.ends_at, time.weekly)


def names_wall_time(text: str) -> bool:
    """Return whether a text may name a time by the clock, which needs a time zone."""
    return any(
        _KEYWORDS[found[1].lower()] != "for" for found in _KEYWORD.finditer(text)
    )


def _split_time(
    text: str, now: datetime, zone: str
) -> tuple[LockTime | None, str] | Usage:
    """Return the time and the reason: a time stands before the reason, or behind it."""
    for found in _KEYWORD.finditer(text):
        time = read_time(_KEYWORDS[found[1].lower()], text[found.end() :], now, zone)
        before = text[: found.start()].strip(_SEPARATORS)
        if isinstance(time, LockTime):
            rest = time.rest.strip(_SEPARATORS)
            if not before and _begins_with_time(rest, now, zone):
                return Usage(Misuse.TWO_LOCK_TIMES, text)
            if not before or not rest:
                return time, before or rest
        elif time is not None and (not before or time.misuse in _PLAINLY_TIMES):
            return time
    return None, text.strip(_SEPARATORS)


def _begins_with_time(text: str, now: datetime, zone: str) -> bool:
    found = _KEYWORD.match(text)
    if found is None:
        return False
    keyword = _KEYWORDS[found[1].lower()]
    return isinstance(read_time(keyword, text[found.end() :], now, zone), LockTime)


def _is_keyword(word: str) -> bool:
    return word.lower() in _KEYWORDS
