"""Stored forms of the workflows: what dbos writes down is read back as it was."""

from typing import Any

from dbos import DBOSPortableJSONSerializer
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.results import (
    Result,
)
from bot.engine.attempts import Ended, Pending, read_step_outcome, step_outcome
from bot.engine.timing import EngineTiming, RetryPlan
from bot.service.attempt import Inconclusive
from tests.generated_results import FAILURE_DETAILS, IDS, RESULTS

SECONDS = st.floats(0, 10**6)
PAUSES = st.lists(SECONDS, max_size=20).map(tuple)
PLANS = st.builds(RetryPlan, PAUSES, SECONDS, SECONDS, PAUSES)
INCONCLUSIVE = st.builds(
    Inconclusive,
    FAILURE_DETAILS,
    st.booleans(),
    st.integers(0, 100),
    IDS,
    st.none() | SECONDS,
    st.booleans(),
)


@given(PLANS)
def test_a_retry_plan_comes_back_as_it_was_stored(plan: RetryPlan) -> None:
    assert RetryPlan.from_json(_stored(plan.to_json())) == plan


def test_the_plan_of_the_engine_s_own_timing_comes_back_as_it_was_stored() -> None:
    timing = EngineTiming()

    plan = RetryPlan.from_json(_stored(timing.plan.to_json()))

    assert plan == timing.plan
    assert plan.retry_pauses == timing.retry_pauses
    assert plan.follow_up_pauses == timing.follow_up_pauses


@given(RESULTS, st.text())
def test_a_step_that_found_a_result_comes_back_with_it_and_its_launch(
    result: Result, launch_id: str
) -> None:
    outcome = step_outcome(result, launch_id)

    assert outcome == Ended(result, launch_id)
    assert read_step_outcome(_stored(outcome.to_json())) == outcome


@given(INCONCLUSIVE, st.text())
def test_an_inconclusive_step_comes_back_with_all_that_it_left_open(
    attempt: Inconclusive, launch_id: str
) -> None:
    outcome = step_outcome(attempt, launch_id)

    assert outcome == Pending(attempt)
    assert read_step_outcome(_stored(outcome.to_json())) == outcome


def _stored(data: dict[str, Any]) -> dict[str, Any]:
    """Write and read the values as the engine's database does."""
    serializer = DBOSPortableJSONSerializer()
    stored: dict[str, Any] = serializer.deserialize(serializer.serialize(data))
    return stored
