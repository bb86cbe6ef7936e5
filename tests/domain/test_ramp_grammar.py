"""What is typed about ramps, and what is understood."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.app_names import ResolvedTarget
from bot.domain.plan_terms import (
    DEFAULT_STEPS,
    PlanRefusal,
    PlanTerms,
    RefusedPlan,
    check_terms,
    steps_text,
    terms_from_json,
    terms_to_json,
)
from bot.domain.ramp_commands import (
    AskRamp,
    ChangePlan,
    ListPlans,
    PlanAction,
    RampCommand,
    ShowPlan,
    StartPlan,
    resolve_ramp,
)
from bot.domain.ramp_options import TypedPlan
from bot.domain.requests import Alias
from bot.domain.schedule import EVERY_DAY, Window
from bot.domain.submissions import Target
from bot.domain.usage import Misuse, UnknownAlias, Usage

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BERLIN = "Europe/Berlin"
MAIL = Alias("mail", Target("main", "9NMAIL000001"), "Contoso Mail")
TOO = Alias("post", Target("main", "9NMAIL000001"), "Contoso Mail")
PHOTOS = Alias("pics", Target("main", "9NPHOTO00002"), "Contoso Photos")
BETA = Alias("beta", Target("main", "9NMAIL000001", "f-1"), "Contoso Mail", "Insiders")
ON_MAIL = ResolvedTarget(MAIL.target, "mail")
PLAIN = PlanTerms(DEFAULT_STEPS, Window(BERLIN))
STEPS = (10.0, 25.0, 50.0)


def ramp(
    text: str, *aliases: Alias, zone: str | None = BERLIN
) -> RampCommand | RefusedPlan | UnknownAlias | Usage:
    named = aliases or (MAIL, PHOTOS)
    found = resolve_ramp(AskRamp(tuple(text.split())), named, "main", NOON)
    if isinstance(found, StartPlan) and zone:
        return replace(found, typed=found.typed.in_zone(zone))
    return found


def start(text: str, zone: str | None = BERLIN) -> TypedPlan:
    found = ramp(f"mail {text}", zone=zone)
    assert isinstance(found, StartPlan), found
    assert found.app == ON_MAIL
    return found.typed


def test_the_whole_command_is_read() -> None:
    typed = start(
        "10 25 50 100 every 12h days mon-thu hours 8-18 zone America/New_York "
        "then finalize three days each"
    )

    window = Window("America/New_York", frozenset(range(4)), 8 * 60, 18 * 60)
    steps = (10.0, 25.0, 50.0, 100.0)
    terms = PlanTerms(steps, window, timedelta(hours=12), finalizes=True)
    assert typed == TypedPlan(terms, "three days each")


def test_what_is_not_typed_has_a_default() -> None:
    assert start("every 1d") == TypedPlan(PLAIN)
    assert PLAIN.steps == (5.0, 10.0, 25.0, 50.0, 100.0)
    assert PLAIN.gap == timedelta(days=1)
    assert not PLAIN.finalizes
    assert PLAIN.window.days == frozenset(range(5))
    assert (PLAIN.window.begins, PLAIN.window.ends) == (9 * 60, 16 * 60)


def test_without_a_zone_it_is_utc_and_that_is_said() -> None:
    unknown = start("10 25", zone=None)

    assert unknown.terms.zone_assumed
    assert unknown.terms.window.zone == "UTC"
    assert not start("10 25 zone utc", zone=None).terms.zone_assumed
    assert not start("10 25").terms.zone_assumed


@pytest.mark.parametrize(
    "text",
    [
        "10 25 50",
        "10,25,50",
        "10, 25, 50",
        "10% 25% 50%",
        "10 % 25 % 50 %",
        "10%,25%,50%",
        "10 percent 25 percent 50 percent",
        "10/25/50",
        "10 → 25 → 50",
        "10 -> 25 -> 50",
        "10→25→50",
        "10; 25; 50",
        "10 then 25 then 50",
        "10 , 25 and 50",
    ],
)
def test_steps_are_read_however_they_are_joined(text: str) -> None:
    assert start(text).terms.steps == STEPS
    assert start(f"{text} then hold").terms.steps == STEPS
    assert start(f"{text} every 2d crash fixed").reason == "crash fixed"


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("12,5 25", (12.5, 25.0)),
        ("12,5", (12.5,)),
        ("10,25", (10.0, 25.0)),
        ("0,5", (0.5,)),
        ("0.5 33.33 100", (0.5, 33.33, 100.0)),
        ("2,5 10,5 50", (2.5, 10.5, 50.0)),
        ("100", (100.0,)),
    ],
)
def test_a_comma_is_a_decimal_comma_where_it_cannot_be_a_list(
    text: str, steps: tuple[float, ...]
) -> None:
    assert start(text).terms.steps == steps


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("every 1d", 24),
        ("every 2d", 48),
        ("2d", 48),
        ("daily", 24),
        ("every day", 24),
        ("every 2 days", 48),
        ("each 24h", 24),
        ("every 24 hours", 24),
        ("every hour", 1),
        ("every 1,5h", 1.5),
        ("every 90 minutes", 1.5),
        ("hourly", 1),
        ("every week", 168),
        ("weekly", 168),
        ("EVERY 3 Days.", 72),
    ],
)
def test_the_gap_is_read(text: str, hours: float) -> None:
    typed = start(f"10 25 {text} we look first")

    assert typed.terms.gap == timedelta(hours=hours)
    assert typed.reason == "we look first"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("days mon-fri", {0, 1, 2, 3, 4}),
        ("days mon,wed,fri", {0, 2, 4}),
        ("days mon wed fri", {0, 2, 4}),
        ("days monday and thursday", {0, 3}),
        ("days mon to thu", {0, 1, 2, 3}),
        ("days mon - thu", {0, 1, 2, 3}),
        ("days sat-mon", {5, 6, 0}),
        ("days tue", {1}),
        ("days all", set(range(7))),
        ("days every", set(range(7))),
        ("weekdays", {0, 1, 2, 3, 4}),
        ("mon-thu", {0, 1, 2, 3}),
        ("days Mon–Fri", {0, 1, 2, 3, 4}),
    ],
)
def test_the_days_are_read(text: str, days: set[int]) -> None:
    typed = start(f"10 25 {text} sunny monkeys")

    assert typed.terms.window.days == frozenset(days)
    assert typed.reason == "sunny monkeys"


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("hours 9-16", 540, 960),
        ("hours 9:30-16:45", 570, 1005),
        ("hours 9 - 16", 540, 960),
        ("hours 9 to 16", 540, 960),
        ("hours 9am-4pm", 540, 960),
        ("hours 9 am to 4 pm", 540, 960),
        ("hours 12am-12pm", 0, 720),
        ("hours 22-4", 1320, 240),
        ("hours 0-24", 0, 1440),
        ("hours all", 0, 1440),
        ("9-16", 540, 960),
    ],
)
def test_the_hours_are_read(text: str, begins: int, ends: int) -> None:
    typed = start(f"10 25 {text} please")

    assert (typed.terms.window.begins, typed.terms.window.ends) == (begins, ends)
    assert typed.reason == "please"


def test_the_zone_is_read_in_any_case_and_without_its_word() -> None:
    for text in (
        "zone america/new_york",
        "America/New_York",
        "timezone America/New_York,",
    ):
        typed = start(f"10 25 {text} as agreed")

        assert typed.terms.window.zone == "America/New_York"
        assert typed.reason == "as agreed"


def test_the_options_come_in_any_order_and_the_reason_begins_behind_them() -> None:
    typed = start(
        "10 25 then hold zone UTC hours 8-9 days all every 2h for 3 days every day"
    )

    window = Window("UTC", EVERY_DAY, 480, 540)
    assert typed.terms == PlanTerms((10.0, 25.0), window, timedelta(hours=2))
    assert typed.reason == "for 3 days every day"


@pytest.mark.parametrize(
    ("text", "refusal", "word", "hint"),
    [
        ("10 50 25", PlanRefusal.NOT_RISING, "25", "10 25 50"),
        ("10 25 25", PlanRefusal.NOT_RISING, "25", "10 25"),
        ("0 25", PlanRefusal.ZERO_STEP, "0", None),
        ("25 101", PlanRefusal.OVER_100, "101", "100"),
        ("10 -5", PlanRefusal.BAD_STEP, "-5", None),
        ("10.123 25", PlanRefusal.BAD_STEP, "10.123", None),
        ("1 2 3 4 5 6 7 8 9 10 11 12 13", PlanRefusal.TOO_MANY_STEPS, "13", None),
        ("10 every", PlanRefusal.BAD_GAP, "", "every 1d"),
        ("10 every blue moon", PlanRefusal.BAD_GAP, "blue", "every 1d"),
        ("10 every 30m", PlanRefusal.GAP_TOO_SHORT, "", "every 1h"),
        ("10 every 0h", PlanRefusal.GAP_TOO_SHORT, "", "every 1h"),
        ("10 every 31d", PlanRefusal.GAP_TOO_LONG, "", "every 30d"),
        ("10 every 99999w", PlanRefusal.GAP_TOO_LONG, "", "every 30d"),
        ("10 days never", PlanRefusal.BAD_DAYS, "never", "days mon-fri"),
        ("10 days", PlanRefusal.BAD_DAYS, "", "days mon-fri"),
        ("10 hours late", PlanRefusal.BAD_HOURS, "late", "hours 9-16"),
        ("10 hours 9-25", PlanRefusal.BAD_HOURS, "9-25", "hours 9-16"),
        ("10 hours 9-16:75", PlanRefusal.BAD_HOURS, "9-16:75", "hours 9-16"),
        ("10 hours 13pm-14", PlanRefusal.BAD_HOURS, "13pm-14", "hours 9-16"),
        ("10 hours 9-9", PlanRefusal.NEVER_OPEN, "", "hours 9-16"),
        ("10 zone Berlin", PlanRefusal.UNKNOWN_ZONE, "Berlin", "zone Europe/Berlin"),
        (
            "10 zone Europe/Berlim",
            PlanRefusal.UNKNOWN_ZONE,
            "Europe/Berlim",
            "zone Europe/Berlin",
        ),
        ("10 zone", PlanRefusal.UNKNOWN_ZONE, "", None),
        ("10 zone ?", PlanRefusal.UNKNOWN_ZONE, "?", None),
        ("10 then we see", PlanRefusal.BAD_END, "we", "then hold"),
        ("10 then", PlanRefusal.BAD_END, "", "then hold"),
        (
            "10 50 then finalize",
            PlanRefusal.FINALIZE_WITHOUT_100,
            "",
            "10 50 100 then finalize",
        ),
        ("10 every 1d every 2d", PlanRefusal.SAID_TWICE, "every", None),
        ("10 then hold then hold", PlanRefusal.SAID_TWICE, "then", None),
        ("crash fixed", PlanRefusal.BAD_WORD, "crash", None),
        ("pasue", PlanRefusal.BAD_WORD, "pasue", "pause"),
        ("evry 1d", PlanRefusal.BAD_WORD, "evry", "every"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_type_instead(
    text: str, refusal: PlanRefusal, word: str, hint: str | None
) -> None:
    assert ramp(f"mail {text}") == RefusedPlan(refusal, word, hint, "mail")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", ListPlans()),
        ("list", ListPlans()),
        ("mail", ShowPlan(ON_MAIL)),
        ("Contoso Mail", ShowPlan(ON_MAIL)),
        ("mail pause", ChangePlan(ON_MAIL, PlanAction.PAUSE)),
        ("mail Pause: crash seen", ChangePlan(ON_MAIL, PlanAction.PAUSE, "crash seen")),
        ("mail resume", ChangePlan(ON_MAIL, PlanAction.RESUME)),
        ("mail continue all fine", ChangePlan(ON_MAIL, PlanAction.RESUME, "all fine")),
        ("mail stop 2 crashes", ChangePlan(ON_MAIL, PlanAction.STOP, "2 crashes")),
        ("mail cancel", ChangePlan(ON_MAIL, PlanAction.STOP)),
    ],
)
def test_what_is_done_to_a_ramp_is_read(text: str, command: RampCommand) -> None:
    assert ramp(text) == command


def test_the_app_may_be_left_out_where_there_is_one() -> None:
    assert ramp("stop", MAIL, TOO) == ChangePlan(ON_MAIL, PlanAction.STOP)
    assert ramp("10 25", MAIL) == StartPlan(
        ON_MAIL, TypedPlan(PlanTerms((10.0, 25.0), Window(BERLIN)))
    )
    assert ramp("daily", MAIL) == StartPlan(ON_MAIL, TypedPlan(PLAIN))


def test_to_ramp_up_is_to_ramp_but_for_an_app_of_that_name() -> None:
    assert ramp("up mail pause") == ChangePlan(ON_MAIL, PlanAction.PAUSE)
    up = Alias("up", PHOTOS.target, "Contoso Photos")
    assert ramp("up pause", MAIL, up) == ChangePlan(
        ResolvedTarget(PHOTOS.target, "up"), PlanAction.PAUSE
    )


def test_an_app_that_cannot_be_told_is_asked_for() -> None:
    which = Usage(Misuse.WHICH_APP, "ramp", "mail pics", ("10", "25"))
    assert ramp("10 25") == which
    assert ramp("mial 10") == UnknownAlias("mial", ("mail",), near=True)
    assert ramp("nothing, mail 10") == UnknownAlias("nothing", ("mail", "pics"))
    none = resolve_ramp(AskRamp(("stop",)), (), "main", NOON)
    assert none == Usage(Misuse.NO_APP, "ramp")
    twin = Alias("other", Target("main", "9NOTHER00003"), "Contoso Photos")
    found = ramp("contoso photos 10", PHOTOS, twin)
    assert found == Usage(Misuse.WHICH_APP, "ramp", "pics other", ("10",))


def test_each_app_has_a_ramp_of_its_own() -> None:
    both = Usage(Misuse.NAME_EACH, "ramp", rest=("mail", "pics"))
    assert ramp("mail, pics 10 25") == both
    assert ramp("all 10 25") == both
    assert ramp("mail, nothing, pics 10") == UnknownAlias("nothing", ("mail", "pics"))


def test_a_flight_is_named_by_its_own_alias() -> None:
    found = ramp("beta 10", MAIL, BETA)
    assert isinstance(found, StartPlan)
    assert found.app.target == BETA.target
    assert ramp("mail flight x 10") == Usage(Misuse.UNKNOWN_FLIGHT, "9NMAIL000001")


def test_steps_that_are_reached_are_left_out() -> None:
    assert PLAIN.above(10.0).steps == (25.0, 50.0, 100.0)
    assert PLAIN.above(9.9999).steps == (25.0, 50.0, 100.0)
    assert PLAIN.above(0.0) == PLAIN
    assert PLAIN.above(100.0).steps == ()


words = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "mail",
                "pics",
                "10",
                "25",
                "50%",
                "100",
                ",",
                "→",
                "every",
                "1d",
                "days",
                "mon-fri",
                "hours",
                "9-16",
                "zone",
                "UTC",
                "then",
                "hold",
                "finalize",
                "pause",
                "stop",
                "all",
                "and",
                "0",
                "-1",
                "9am",
                "to",
            ]
        ),
        st.text(max_size=8).filter(lambda word: len(word.split()) == 1),
    ),
    max_size=12,
)


@given(words)
@settings(max_examples=200)
def test_whatever_is_typed_is_answered(typed: list[str]) -> None:
    found = ramp(" ".join(typed))

    if isinstance(found, StartPlan):
        terms = found.typed.terms
        assert check_terms(terms, NOON) is None
        assert terms_from_json(terms_to_json(terms)) == terms
        again = start(
            f"{steps_text(terms.steps)} every {terms.gap / timedelta(hours=1):g}h"
        )
        assert again.terms.steps == terms.steps
