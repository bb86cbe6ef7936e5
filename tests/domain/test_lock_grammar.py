"""What is typed about locks, and what is understood."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.app_names import ResolvedTarget
from bot.domain.commands import Command, parse
from bot.domain.lock_commands import (
    AskLock,
    AskUnlock,
    ListLocks,
    LockedApps,
    WantedLock,
    read_lock,
    resolve_apps,
)
from bot.domain.lock_times import LONGEST
from bot.domain.locks import WeeklyWindow
from bot.domain.requests import Alias
from bot.domain.submissions import Target
from bot.domain.usage import Misuse, UnknownAlias, Usage

MAIN, BERLIN = "main", "Europe/Berlin"
# A Friday; it is 13:00 in Berlin.
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ID = "9NBLGGH4TNMP"
MAIL = Alias("mail", Target(MAIN, "9NMAIL000001"), "Contoso Mail")
BETA = Alias("beta", Target(MAIN, "9NMAIL000001", "f-1"), "Contoso Mail", "Insiders")
PHOTOS = Alias("pics", Target(MAIN, "9NPHOTO00002"), "Contoso Photos")
ALIASES = (BETA, MAIL, PHOTOS)
ON_MAIL = ResolvedTarget(MAIL.target, "mail")
ON_PHOTOS = ResolvedTarget(PHOTOS.target, "pics")
ON_BETA = ResolvedTarget(BETA.target, "beta")
ON_ID = ResolvedTarget(Target(MAIN, ID), None)

COMMANDS: list[tuple[str, Command | Usage]] = [
    ("locks", ListLocks()),
    ("Locks please", ListLocks()),
    ("lock list", ListLocks()),
    ("lock", Usage(Misuse.LOCK_SYNTAX)),
    ("lock mail code freeze", AskLock(("mail", "code", "freeze"))),
    ("LOCK all for 3d audit", AskLock(("all", "for", "3d", "audit"))),
    ("please unlock mail", AskUnlock(("mail",))),
    ("unlock", AskUnlock(())),
]
NEAR = [
    ("freeze mail", "lock mail"),
    ("freeze all for 3d audit", "lock all for 3d audit"),
    ("unfreeze mail", "unlock mail"),
    ("unlok mail", "unlock mail"),
    ("lokc mail", "lock mail"),
    ("unlocked mail", "unlock mail"),
]


def at(typed: str, zone_hours: int = 1) -> datetime:
    """Return a wall time of Berlin in winter as UTC."""
    wall = datetime.fromisoformat(typed).replace(tzinfo=UTC)
    return wall - timedelta(hours=zone_hours)


WEEKEND = WeeklyWindow(4, time(16), 0, time(8), BERLIN)
DAY_LATER = NOON + timedelta(days=1)
MON = at("2026-11-23 08:00")

# What stands behind the app: when it ends, or the window, and the reason.
TIMES: list[tuple[str, datetime | WeeklyWindow, str]] = [
    ("code freeze", DAY_LATER, "code freeze"),
    ("- code freeze!", DAY_LATER, "code freeze!"),
    ("for release party", DAY_LATER, "for release party"),
    ("for a release", DAY_LATER, "for a release"),
    ("every release breaks", DAY_LATER, "every release breaks"),
    ("wait until QA is done", DAY_LATER, "wait until QA is done"),
    ("waiting for 3 fixes", DAY_LATER, "waiting for 3 fixes"),
    ("broken since mon 08:00", DAY_LATER, "broken since mon 08:00"),
    ("until Mon 08:00 code freeze", MON, "code freeze"),
    ("until monday 8:00 code freeze", MON, "code freeze"),
    ("till MONDAY, 08:00: code freeze", MON, "code freeze"),
    ("until mon at 8am, code freeze", MON, "code freeze"),
    ("until mon 8:00 am code freeze", MON, "code freeze"),
    ("until mon. 08.00 - code freeze", MON, "code freeze"),
    ("code freeze until Mon 08:00", MON, "code freeze"),
    ("wait until QA is done, until mon 08:00", MON, "wait until QA is done"),
    ("until mon code freeze", at("2026-11-23"), "code freeze"),
    ("until fri 14:00 x", at("2026-11-20 14:00"), "x"),
    ("until fri 13:00 x", at("2026-11-27 13:00"), "x"),
    ("until fri x", at("2026-11-27"), "x"),
    ("until sunday 24:00 x", at("2026-11-23"), "x"),
    ("until 18:00 x", at("2026-11-20 18:00"), "x"),
    ("until 6:00 PM x", at("2026-11-20 18:00"), "x"),
    ("until 6pm x", at("2026-11-20 18:00"), "x"),
    ("until 12:30 x", at("2026-11-21 12:30"), "x"),
    ("until noon x", at("2026-11-21 12:00"), "x"),
    ("until midnight x", at("2026-11-21"), "x"),
    ("until 12am x", at("2026-11-21"), "x"),
    ("until today 18:00 x", at("2026-11-20 18:00"), "x"),
    ("until tomorrow x", at("2026-11-21"), "x"),
    ("until tomorrow 9:00 x", at("2026-11-21 09:00"), "x"),
    ("until 2026-12-28 holidays", at("2026-12-28"), "holidays"),
    ("until 2026-12-28 18:00 holidays", at("2026-12-28 18:00"), "holidays"),
    ("until 2026-12-28T18:00 holidays", at("2026-12-28 18:00"), "holidays"),
    ("until 28.12.2026 holidays", at("2026-12-28"), "holidays"),
    ("until Mon 08:00 zone america/new_york x", at("2026-11-23 08:00", -5), "x"),
    ("until Mon 08:00 Asia/Tokyo x", at("2026-11-23 08:00", 9), "x"),
    ("until Mon 08:00 UTC x", at("2026-11-23 08:00", 0), "x"),
    ("until Mon 08:00 a/b test", MON, "a/b test"),
    ("for 3d audit", NOON + timedelta(days=3), "audit"),
    ("for 2 hours audit", NOON + timedelta(hours=2), "audit"),
    ("for 90min audit", NOON + timedelta(minutes=90), "audit"),
    ("for 1h30m audit", NOON + timedelta(minutes=90), "audit"),
    ("for 1 day and 12 hours: audit", NOON + timedelta(hours=36), "audit"),
    ("for 1,5 h audit", NOON + timedelta(minutes=90), "audit"),
    ("for a week audit", NOON + timedelta(days=7), "audit"),
    ("for an hour audit", NOON + timedelta(hours=1), "audit"),
    ("audit for 3 days", NOON + timedelta(days=3), "audit"),
    ("for 90 days audit", NOON + timedelta(days=90), "audit"),
    ("every fri 16:00 - mon 08:00 weekend", WEEKEND, "weekend"),
    ("every friday 16:00 to monday 08:00 weekend", WEEKEND, "weekend"),
    ("every Fri 16:00-Mon 8:00 weekend", WEEKEND, "weekend"),
    ("each fri 4pm – mon 8am, weekend", WEEKEND, "weekend"),
    ("every fri 16:00 until mon 08:00 weekend", WEEKEND, "weekend"),
    ("weekend every fri 16:00 - mon 08:00", WEEKEND, "weekend"),
    (
        "every sat 00:00 - sun 24:00 zone Asia/Tokyo x",
        WeeklyWindow(5, time(), 0, time(), "Asia/Tokyo"),
        "x",
    ),
]
WRONG: list[tuple[str, Misuse, str]] = [
    ("", Misuse.NO_LOCK_REASON, "mail"),
    ("until mon 08:00", Misuse.NO_LOCK_REASON, "mail until mon 08:00"),
    ("for 3d -", Misuse.NO_LOCK_REASON, "mail for 3d"),
    ("every fri 16:00 - mon 08:00", Misuse.NO_LOCK_REASON, ""),
    ("until further notice", Misuse.BAD_LOCK_TIME, "until further notice"),
    ("until mon 8 bugs", Misuse.BAD_LOCK_TIME, "until mon 8 bugs"),
    ("until 2026-02-30 x", Misuse.BAD_LOCK_TIME, "until 2026-02-30"),
    ("until mon 25:00 x", Misuse.BAD_LOCK_TIME, "until mon 25:00"),
    ("until 13pm x", Misuse.BAD_LOCK_TIME, "until 13pm"),
    ("until 2026-12-28 26:00 x", Misuse.BAD_LOCK_TIME, "until 2026-12-28 26:00"),
    ("until 12/28 x", Misuse.BAD_LOCK_TIME, "until 12/28 x"),
    ("for 3 fortnights x", Misuse.BAD_LOCK_TIME, "for 3 fortnights"),
    ("for -3d x", Misuse.BAD_LOCK_TIME, "for -3d x"),
    ("for 0h x", Misuse.LOCK_OVER, "for 0h"),
    ("until 2026-11-19 x", Misuse.LOCK_OVER, "until 2026-11-19"),
    ("until today 13:00 x", Misuse.LOCK_OVER, "until today 13:00"),
    ("until today x", Misuse.LOCK_OVER, "until today"),
    ("x until 2026-11-19", Misuse.LOCK_OVER, "until 2026-11-19"),
    ("for 91 days x", Misuse.LOCK_TOO_LONG, "for 91 days"),
    ("for 99999999999 weeks x", Misuse.LOCK_TOO_LONG, "for 99999999999 weeks"),
    ("until 2027-12-28 x", Misuse.LOCK_TOO_LONG, "until 2027-12-28"),
    ("until 9999-12-31 24:00 x", Misuse.LOCK_TOO_LONG, "until 9999-12-31 24:00"),
    ("every fri x", Misuse.BAD_LOCK_WINDOW, "every fri x"),
    ("every weekend", Misuse.BAD_LOCK_WINDOW, "every weekend"),
    ("every fri 16:00 - mon 26:00 x", Misuse.BAD_LOCK_WINDOW, ""),
    ("every day 18:00 - 08:00 x", Misuse.BAD_LOCK_WINDOW, ""),
    ("every fri 16:00 - fri 16:00 x", Misuse.EMPTY_LOCK_WINDOW, ""),
    ("until mon 08:00 zone Mars/Olympus x", Misuse.UNKNOWN_ZONE, "Mars/Olympus"),
    ("every fri 16:00 - mon 08:00 zone CEST2, x", Misuse.UNKNOWN_ZONE, "CEST2"),
    ("every fri 16:00 - mon 08:00 until 2026-12-28 x", Misuse.TWO_LOCK_TIMES, ""),
    ("for 3d until mon 08:00 x", Misuse.TWO_LOCK_TIMES, ""),
]
APPS: list[tuple[str, LockedApps | UnknownAlias | Usage]] = [
    ("lock mail x", LockedApps((ON_MAIL,), "x")),
    ("lock Contoso Mail until mon x", LockedApps((ON_MAIL,), "until mon x")),
    ("lock contoso mail, flight insiders x", LockedApps((ON_BETA,), "x")),
    ("lock mail, pics for 3d x", LockedApps((ON_MAIL, ON_PHOTOS), "for 3d x")),
    (f"lock {ID} x", LockedApps((ON_ID,), "x")),
    ("lock all x", LockedApps((), "x")),
    ("lock ALL apps until mon x", LockedApps((), "until mon x")),
    ("lock everything x", LockedApps((), "x")),
    ("lock chess x", UnknownAlias("chess", ("beta", "mail", "pics"))),
    ("lock code freeze", UnknownAlias("code", ("beta", "mail", "pics"))),
    (f"lock {ID} flight Beta x", Usage(Misuse.UNKNOWN_FLIGHT, ID)),
    (f"unlock {ID} flight", Usage(Misuse.UNKNOWN_FLIGHT, ID)),
    (
        f"unlock {ID} flight f-1, done",
        LockedApps((ResolvedTarget(Target(MAIN, ID, "f-1"), None),), "done"),
    ),
    ("lock mail, chess, pics x", UnknownAlias("chess", ("beta", "mail", "pics"))),
    (
        "lock until mon x",
        Usage(Misuse.WHICH_APP, "lock", "beta mail pics", ("until", "mon", "x")),
    ),
    ("unlock", Usage(Misuse.WHICH_APP, "unlock", "beta mail pics")),
    ("unlock mail done early", LockedApps((ON_MAIL,), "done early")),
]


@pytest.mark.parametrize(("text", "command"), COMMANDS)
def test_a_command_is_read(text: str, command: Command | Usage) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(("text", "meant"), NEAR)
def test_what_is_near_to_a_command_is_answered_with_it(text: str, meant: str) -> None:
    usage = parse(text)

    assert isinstance(usage, Usage)
    assert (usage.misuse, usage.hint) == (Misuse.UNKNOWN_VERB, meant)


def resolved(
    text: str, aliases: tuple[Alias, ...] = ALIASES
) -> LockedApps | UnknownAlias | Usage:
    command = parse(text)
    assert isinstance(command, AskLock | AskUnlock)
    return resolve_apps(command, aliases, MAIN)


def read(text: str) -> WantedLock | Usage:
    apps = resolved(f"lock mail {text}")
    assert isinstance(apps, LockedApps)
    return read_lock(apps, NOON, BERLIN)


@pytest.mark.parametrize(("text", "apps"), APPS)
def test_the_apps_are_read(text: str, apps: LockedApps | UnknownAlias | Usage) -> None:
    assert resolved(text) == apps


def test_the_only_app_of_a_channel_may_be_left_out_before_a_time() -> None:
    assert resolved("lock until mon x", (MAIL,)) == LockedApps(
        (ON_MAIL,), "until mon x"
    )
    assert resolved("unlock", (MAIL,)) == LockedApps((ON_MAIL,), "")
    assert resolved("lock freeze", (MAIL,)) == UnknownAlias("freeze", ("mail",))
    assert resolved("lock until mon x", ()) == Usage(Misuse.NO_APP, "lock")


@pytest.mark.parametrize(("text", "time", "reason"), TIMES)
def test_the_time_and_the_reason_are_read(
    text: str, time: datetime | WeeklyWindow, reason: str
) -> None:
    ends_at, weekly = (time, None) if isinstance(time, datetime) else (None, time)

    assert read(text) == WantedLock((ON_MAIL,), reason, ends_at, weekly)


@pytest.mark.parametrize(("text", "misuse", "word"), WRONG)
def test_what_is_no_time_or_has_no_reason_is_refused_and_names_the_app(
    text: str, misuse: Misuse, word: str
) -> None:
    usage = read(text)

    assert isinstance(usage, Usage)
    assert usage.misuse is misuse
    assert word in usage.word
    assert usage.rest == ("mail",) or misuse is Misuse.NO_LOCK_REASON


def test_a_name_of_two_apps_is_asked_about_and_locks_neither() -> None:
    other = Alias("mail2", Target(MAIN, "9NMAIL000009"), "Contoso Mail")

    assert resolved("lock Contoso Mail x", (MAIL, other)) == Usage(
        Misuse.WHICH_APP, "lock", "mail mail2", ("x",)
    )


def test_an_end_in_the_hour_that_comes_twice_is_the_later_one() -> None:
    apps = LockedApps((ON_MAIL,), "until 2027-10-31 02:30 x")
    before = datetime(2027, 10, 30, 12, tzinfo=UTC)

    wanted = read_lock(apps, before, BERLIN)

    assert isinstance(wanted, WantedLock)
    assert wanted.ends_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


WORDS = st.sampled_from(
    [
        *(
            "until",
            "for",
            "every",
            "mon",
            "fri",
            "16:00",
            "08:00",
            "8",
            "3d",
            "-",
            "to",
        ),
        *(
            "2026-12-28",
            "tomorrow",
            "zone",
            "UTC",
            "a",
            "hours",
            "24:00",
            "x",
            "freeze",
        ),
        *("99:99", "0", "31.02.2027", "٣d", "at", "9999-12-31", "an", "hour", "noon"),
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(WORDS, max_size=9).map(" ".join), st.sampled_from([BERLIN, "UTC"]))
def test_whatever_is_typed_has_a_reason_and_an_end_that_is_allowed_or_is_refused(
    text: str, zone: str
) -> None:
    wanted = read_lock(LockedApps((), text), NOON, zone)

    if isinstance(wanted, WantedLock):
        assert wanted.reason
        assert (wanted.ends_at is None) != (wanted.weekly is None)
        assert wanted.ends_at is None or NOON < wanted.ends_at <= NOON + LONGEST
