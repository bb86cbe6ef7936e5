"""Every form of a lock, and every answer about locks."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

from bot.domain import lock_outcomes as o
from bot.domain.app_names import ResolvedTarget
from bot.domain.lock_events import lock_lifted, lock_set
from bot.domain.locks import HeldLock, Lock, WeeklyWindow, held
from bot.domain.notices import Notice
from bot.domain.outcomes import Several
from bot.domain.requests import Alias, Place
from bot.domain.submissions import Target
from bot.domain.usage import Misuse, Usage
from bot.domain.verbs import Verb

# A Friday.
NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER: Final = NOON + timedelta(days=3)
PLACE: Final = Place("T1", "C1")
OPEN: Final = WeeklyWindow(4, time(8), 0, time(8), "America/Argentina/Buenos_Aires")
TO_COME: Final = WeeklyWindow(5, time(), 6, time(), "Europe/Berlin")
MIDWEEK: Final = WeeklyWindow(1, time(), 2, time(), "UTC")
THURSDAY: Final = WeeklyWindow(3, time(9), 3, time(17), "UTC")

Answer = o.LockSet | o.LockLifted | o.NotLocked | o.Locks | o.Locked | Several | Usage


def locks(text: str, word: str, person: str) -> list[Lock]:
    """Return a lock of each kind: for a while, in a window now, and in one to come."""
    windows = (OPEN, TO_COME, MIDWEEK, THURSDAY)
    ends = [(LATER, None), *((None, window) for window in windows)]
    targets = [None, Target("main", word), Target("main", word, word)]
    return [
        Lock(number, "T1", "C1", target, text, person, NOON, ends_at, weekly)
        for number, (target, (ends_at, weekly)) in enumerate(
            ((target, end) for target in targets for end in ends), 1
        )
    ]


def every_lock(text: str, person: str) -> Iterator[tuple[Lock, ...]]:
    """Return each lock alone, and many together."""
    each = locks(text, "9NBLGGH4R315", person)
    yield from ((one,) for one in each)
    yield tuple(each * 20)


def every_held(text: str, word: str, person: str) -> Iterator[tuple[HeldLock, ...]]:
    """Return the locks that hold, alone and together."""
    found = held(locks(text, word, person), NOON)
    yield from ((one,) for one in found)
    yield found


def every_lock_notice(text: str, word: str, person: str) -> Iterator[Notice]:
    """Return the notice of each lock, and of its end by whoever has lifted it."""
    for one in locks(text, word, person):
        events = [lock_set(one, PLACE, "k")]
        for by, why in ((person, None), (person, text), ("U0OTHER", text)):
            done = replace(one, lifted_by=by, lifted_at=LATER, lift_reason=why)
            events.append(lock_lifted(done, PLACE))
        for event in events:
            yield Notice(1, PLACE, event, text, text)
            yield Notice(1, PLACE, event)


def every_lock_answer(
    text: str, word: str, person: str, alias: Alias
) -> Iterator[Answer]:
    """Return every answer to a command about locks."""
    each = locks(text, word, person)
    named = replace(alias, target=Target("main", word))
    for one in each:
        for app in ("all", word):
            yield o.LockSet(one, app)
            yield o.LockSet(one, app, OPEN.zone)
            yield o.LockSet(one, app, "UTC", zone_known=False)
        yield o.LockLifted(word, (one,), (), NOON)
        yield o.NotLocked(word, (one,), NOON)
        yield o.Locks((one,), (named,), NOON)
        yield o.Locks((one,), (alias,), LATER)
    yield Several(tuple(o.LockSet(one, word) for one in each[:5]))
    yield o.LockLifted("all", tuple(each[:2]), tuple(each), NOON)
    yield o.NotLocked(word, (), NOON)
    yield o.NotLocked("all", (), NOON)
    for some in ((), tuple(each), tuple(each * 30)):
        yield o.Locks(some, (named, alias), NOON)
    for found in every_held(text, word, person):
        chosen = ResolvedTarget(Target("main", word), word)
        yield o.Locked(Verb.FINALIZE, (chosen,), found)
        yield o.Locked(Verb.SET, (chosen,) * 30, found * 10)
    yield Usage(Misuse.NO_UNLOCK_REASON, word, rest=(person, "U0OTHER"))
    yield Usage(Misuse.NO_UNLOCK_REASON, word, rest=(person,) * 20)
