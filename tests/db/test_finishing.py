"""How a request gets its result, on both databases."""

from dataclasses import replace

import pytest

from bot.db.repositories import Repositories
from bot.domain.requests import RequestState
from bot.domain.results import (
    AlreadyDone,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import RefusalReason
from tests.db.sample_requests import (
    DONE,
    LATER,
    NOON,
    ROLLOUT,
    STOPPED,
    TROUBLE,
    UNKNOWN,
    confirmed,
    request,
)

RESULTS: list[Result] = [
    DONE,
    UNKNOWN,
    Unknown(ROLLOUT, TROUBLE),
    AlreadyDone(STOPPED, "corr"),
    Moved(ROLLOUT, STOPPED),
    Refused(RefusalReason.NO_SUCH_FLIGHT, known=("Beta", "Канарейка 🐤")),
    Refused(RefusalReason.STOPPED, STOPPED, TROUBLE, "corr"),
    Unavailable(TROUBLE, "corr"),
]


@pytest.mark.parametrize("result", RESULTS, ids=repr)
async def test_every_result_comes_back_as_it_was(
    repositories: Repositories, result: Result
) -> None:
    claimed = await confirmed(repositories)

    finished = await repositories.finish_request("r1", result, LATER)

    assert finished == replace(
        claimed, state=RequestState.FINISHED, result=result, finished_at=LATER
    )
    assert await repositories.get_request("r1") == finished


async def test_the_first_known_result_stays(repositories: Repositories) -> None:
    await confirmed(repositories)
    first = await repositories.finish_request("r1", DONE, NOON)

    for other in RESULTS:
        assert await repositories.finish_request("r1", other, LATER) == first


async def test_a_later_truth_replaces_unknown_and_opens_the_request_again(
    repositories: Repositories,
) -> None:
    await confirmed(repositories)
    unknown = await repositories.finish_request("r1", UNKNOWN, NOON)
    assert await repositories.finish_request("r1", UNKNOWN, LATER) == unknown
    await repositories.close_request("r1", NOON)
    assert await repositories.stranded_requests(LATER) == []

    known = await repositories.finish_request("r1", DONE, LATER)

    assert (known.result, known.finished_at) == (DONE, LATER)
    assert await repositories.stranded_requests(LATER) == ["r1"]


async def test_a_request_that_nobody_confirmed_gets_no_result(
    repositories: Repositories,
) -> None:
    await repositories.add_request(request())

    assert await repositories.finish_request("r1", DONE, NOON) == request()
