"""Stored forms of the workflows: what dbos writes down is read back as it was."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dbos import DBOSPortableJSONSerializer
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.results import (
    Result,
)
from bot.domain.rollout import Rollout
from bot.engine.attempts import Ended, Pending, read_step_outcome, step_outcome
from bot.engine.timing import EngineTiming, RetryPlan
from bot.service.attempt import Inconclusive
from tests.generated_results import FAILURE_DETAILS, IDS, RESULTS, ROLLOUTS

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
TIMES = st.datetimes(timezones=st.just(UTC))


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


@given(INCONCLUSIVE, ROLLOUTS, TIMES)
def test_what_the_store_last_showed_is_stored_where_older_versions_do_not_read(
    attempt: Inconclusive, seen: Rollout, seen_at: datetime
) -> None:
    known = Pending(replace(attempt, seen=seen, seen_at=seen_at))

    stored = _stored(known.to_json())
    back = Pending.from_json(stored).attempt

    assert (back.seen, back.seen_at) == (seen, seen_at)
    assert stored["inconclusive"] == _stored(Pending(attempt).to_json())["inconclusive"]
    assert (
        Pending.from_json({"inconclusive": stored["inconclusive"]}).attempt == attempt
    )


def _stored(data: dict[str, Any]) -> dict[str, Any]:
    """Write and read the values as the engine's database does."""
    serializer = DBOSPortableJSONSerializer()
    stored: dict[str, Any] = serializer.deserialize(serializer.serialize(data))
    return stored
