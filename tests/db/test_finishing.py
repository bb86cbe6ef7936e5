"""How an operation gets its result, and what the history then shows of it."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.requests import Request, RequestState
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
    CHANNEL,
    DONE,
    LATER,
    NOON,
    ROLLOUT,
    STOPPED,
    TROUBLE,
    UNKNOWN,
    AllRepositories,
    authorised,
    operation,
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
    repositories: AllRepositories, result: Result
) -> None:
    claimed = await authorised(repositories)
    assert claimed.operation is not None

    finished = await repositories.operations.finish_operation(
        operation("r1"), result, LATER
    )

    assert finished == replace(claimed.operation, result=result, finished_at=LATER)
    assert await repositories.operations.get_operation("r1") == finished
    ended = replace(claimed, operation=finished)
    assert await repositories.requests.get_request("r1") == ended
    assert ended.state is RequestState.AUTHORISED
    assert ended.result == result
    # The events know nothing of Slack's message.
    page = await repositories.events.list_history(CHANNEL, None, 1)
    assert page.entries == (replace(ended, card=None),)


async def test_the_first_known_result_stays(repositories: AllRepositories) -> None:
    await authorised(repositories)
    first = await repositories.operations.finish_operation(operation("r1"), DONE, NOON)

    for other in RESULTS:
        again = await repositories.operations.finish_operation(
            operation("r1"), other, LATER
        )
        assert again == first

    [shown] = (await repositories.events.list_history(CHANNEL, None, 1)).entries
    assert isinstance(shown, Request)
    assert shown.operation == first


async def test_of_many_results_at_once_one_is_stored(
    repositories: AllRepositories,
) -> None:
    await authorised(repositories)
    known = [result for result in RESULTS if not isinstance(result, Unknown)]

    answers = await asyncio.gather(
        *(
            repositories.operations.finish_operation(operation("r1"), result, LATER)
            for result in known
        )
    )

    assert {answer.result for answer in answers} == {answers[0].result}
    assert await repositories.operations.get_operation("r1") == answers[0]


async def test_a_later_truth_replaces_unknown_and_opens_the_operation_again(
    repositories: AllRepositories,
) -> None:
    operations = repositories.operations
    await authorised(repositories)
    unknown = await operations.finish_operation(operation("r1"), UNKNOWN, NOON)
    assert await operations.finish_operation(operation("r1"), UNKNOWN, LATER) == unknown
    await operations.close_operation("r1", NOON)
    assert await operations.open_operations(LATER) == []

    known = await operations.finish_operation(operation("r1"), DONE, LATER)

    assert (known.result, known.finished_at) == (DONE, LATER)
    assert await operations.open_operations(LATER) == ["r1"]
    [shown] = (await repositories.events.list_history(CHANNEL, None, 1)).entries
    assert isinstance(shown, Request)
    assert shown.operation == known


async def test_a_request_that_nobody_approved_gets_no_result(
    repositories: AllRepositories,
) -> None:
    await repositories.requests.add_request(request())

    with pytest.raises(LookupError):
        await repositories.operations.finish_operation(operation("r1"), DONE, NOON)

    assert await repositories.requests.get_request("r1") == request()
