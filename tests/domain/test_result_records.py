"""Results as they are kept: plain JSON, with codes that never change."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given

from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.results import (
    CODES,
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
    final_rollout,
    result_code,
    result_from_json,
    result_to_json,
)
from bot.domain.rollout import RefusalReason, Rollout
from tests.generated_results import RESULTS

GOING = Rollout(True, 25.0, "PackageRolloutInProgress", "7")
HALTED = Rollout(True, 0.0, "PackageRolloutStopped", "7")
FINAL = Rollout(True, 100.0, "PackageRolloutComplete", "7")
TROUBLE = FailureDetail(FailureCode.TIMEOUT)


@given(RESULTS)
@example(Done(GOING, HALTED, "c1", before_at=datetime(2026, 11, 20, 12, tzinfo=UTC)))
@example(Refused(RefusalReason.NO_SUCH_FLIGHT, known=("Beta (f-1)",), detail=TROUBLE))
@example(Unavailable(TROUBLE, now=HALTED))
def test_a_result_comes_back_from_json_as_it_was(result: Result) -> None:
    kept = json.loads(json.dumps(result_to_json(result)))

    assert result_from_json(kept) == result
    assert kept["code"] == CODES[type(result)]


def test_the_codes_that_logs_and_history_carry_stay() -> None:
    results: list[Result] = [
        Done(GOING, GOING),
        AlreadyDone(GOING),
        Moved(GOING, GOING),
        Unavailable(TROUBLE),
        Unknown(None, TROUBLE),
        *map(Refused, RefusalReason),
    ]

    assert [result_code(result) for result in results] == [
        "done",
        "already_done",
        "moved",
        "unavailable",
        "unknown",
        "refused.not_published",
        "refused.not_in_progress",
        "refused.stopped",
        "refused.complete",
        "refused.not_of_app",
        "refused.not_found",
        "refused.no_such_flight",
        "refused.unsupported",
    ]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"code": "splendid"},
        {"code": "done"},
        {"code": "done", "before": 7},
        {"code": "refused", "reason": "whim", "known": []},
        {"code": "unavailable", "detail": {"code": "x"}},
    ],
)
def test_other_data_is_no_result(data: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        result_from_json(data)


@pytest.mark.parametrize("over", [HALTED, FINAL])
def test_a_result_that_shows_a_rollout_as_halted_or_complete_has_shown_its_end(
    over: Rollout,
) -> None:
    results: list[Result] = [
        Done(GOING, over),
        AlreadyDone(over),
        Moved(GOING, over),
        Refused(RefusalReason.STOPPED, over),
    ]

    assert [final_rollout(result) for result in results] == [over] * 4


@pytest.mark.parametrize(
    "result",
    [
        Done(GOING, GOING),
        # What the Store showed before is not what it shows now.
        Moved(HALTED, GOING),
        Refused(RefusalReason.NOT_FOUND),
        # The Store has not answered since.
        Unavailable(TROUBLE, now=HALTED),
        Unknown(HALTED, TROUBLE),
    ],
    ids=result_code,
)
def test_any_other_result_has_shown_no_end_of_a_rollout(result: Result) -> None:
    assert final_rollout(result) is None
