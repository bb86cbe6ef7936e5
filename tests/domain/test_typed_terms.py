"""Terms of a ramp are shown as they are typed, and read again as the same."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.plan_terms import PlanTerms, check_terms, terms_text
from bot.domain.ramp_options import TypedPlan, read_plan
from bot.domain.schedule import EVERY_DAY, Window

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BERLIN = Window("Europe/Berlin")
ALL_DAYS = "mon,tue,wed,thu,fri,sat,sun"

ZONES = st.sampled_from(
    ("UTC", "Europe/Berlin", "America/Argentina/ComodRivadavia", "Asia/Kathmandu")
)
STEPS = st.lists(
    st.integers(1, 10_000).map(lambda hundredths: hundredths / 100),
    min_size=1,
    max_size=12,
    unique=True,
).map(lambda steps: tuple(sorted(steps)))
WINDOWS = st.builds(
    Window,
    ZONES,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(0, 1440),
)
TERMS = st.builds(
    PlanTerms,
    STEPS,
    WINDOWS,
    st.integers(60, 43_200).map(lambda minutes: timedelta(minutes=minutes)),
    st.booleans(),
).filter(lambda terms: check_terms(terms, NOON) is None)


@given(TERMS)
def test_what_is_shown_is_read_as_the_same_ramp(terms: PlanTerms) -> None:
    read = read_plan(tuple(terms_text(terms).split()), NOON)

    assert read == TypedPlan(terms)


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        (PlanTerms((10, 25, 50.5), BERLIN), "10 25 50.5 zone Europe/Berlin"),
        (PlanTerms((10, 25), Window("UTC"), zone_assumed=True), "10 25"),
        (
            PlanTerms(
                (100.0,),
                Window("UTC", EVERY_DAY, 8 * 60 + 30, 24 * 60),
                timedelta(minutes=90),
                finalizes=True,
            ),
            f"100 every 90m days {ALL_DAYS} hours 8:30-24:00 zone UTC then finalize",
        ),
    ],
)
def test_what_nobody_has_to_type_is_left_out(terms: PlanTerms, text: str) -> None:
    assert terms_text(terms) == text
