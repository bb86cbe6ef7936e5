"""Approvals: enough people's presses authorise one operation, however they fall."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.approval import Approval
from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.requests import Person, Request, RequestState
from tests.db.sample_requests import (
    ANN,
    BOB,
    CHANNEL,
    NOON,
    AllRepositories,
    cancel,
    press,
    request,
)

DENIED = NotAllowed(Denial.OTHER_WORKSPACE)


async def ask(
    repositories: AllRepositories, number: int = 1, required: int = 2
) -> Request:
    """Add a request that needs so many people."""
    asked = replace(request(number), approvals_required=required)
    await repositories.requests.add_request(asked)
    return asked


def states(answers: Sequence[Request | None]) -> list[RequestState | None]:
    """Return how each press left the request, the decisive ones first."""
    found = [None if answer is None else answer.state for answer in answers]
    order = [RequestState.AUTHORISED, RequestState.PENDING, None]
    return sorted(found, key=order.index)


async def test_the_last_approval_needed_authorises_the_operation(
    repositories: AllRepositories,
) -> None:
    asked = await ask(repositories)

    first = await press(repositories, person=ANN)
    assert first == replace(asked, card="1700.1", approvals_given=1)
    assert await repositories.requests.get_request("r1") == first
    assert await repositories.operations.get_operation("r1") is None

    second = await press(repositories, person=BOB)
    assert second is not None
    assert (second.state, second.decided_by) == (RequestState.AUTHORISED, "U3")
    assert second.operation == second.authorised()
    assert await repositories.requests.get_request("r1") == second


async def test_the_same_person_twice_counts_once(
    repositories: AllRepositories,
) -> None:
    asked = await ask(repositories)

    for _ in range(3):
        pressed = await press(repositories, person=ANN)
        assert pressed == replace(asked, card="1700.1", approvals_given=1)

    assert await repositories.operations.get_operation("r1") is None
    second = await press(repositories, person=BOB)
    assert second is not None
    assert second.operation is not None


async def test_the_same_user_id_in_another_workspace_is_another_person(
    repositories: AllRepositories,
) -> None:
    await ask(repositories)
    await press(repositories, person=Person("U2", "T1"))

    second = await press(repositories, person=Person("U2", "T2"))

    assert second is not None
    assert second.operation is not None


async def test_approvals_of_one_request_do_not_count_for_another(
    repositories: AllRepositories,
) -> None:
    await ask(repositories, 1)
    await ask(repositories, 2)

    await press(repositories, 1, ANN)
    other = await press(repositories, 2, BOB)

    assert other is not None
    assert other.state is RequestState.PENDING


async def test_two_people_at_once_authorise_exactly_once(
    repositories: AllRepositories,
) -> None:
    for number in range(20):
        await ask(repositories, number)

        answers = await asyncio.gather(
            press(repositories, number, ANN), press(repositories, number, BOB)
        )

        assert states(answers) == [RequestState.AUTHORISED, RequestState.PENDING]


async def test_of_a_hundred_presses_at_once_the_second_authorises(
    repositories: AllRepositories,
) -> None:
    await ask(repositories)
    people = [Person(f"U{number}", "T1") for number in range(100)]

    answers = await asyncio.gather(
        *(press(repositories, person=person) for person in people)
    )

    assert states(answers) == [
        RequestState.AUTHORISED,
        RequestState.PENDING,
        *[None] * 98,
    ]
    [winner] = [one for one in answers if one is not None and one.operation is not None]
    assert await repositories.requests.get_request("r1") == winner
    assert await repositories.operations.open_operations(winner.expires_at) == ["r1"]


async def test_a_press_and_a_cancel_at_the_same_moment_have_one_winner(
    repositories: AllRepositories,
) -> None:
    for number in range(20):
        await ask(repositories, number, required=1)

        pressed, cancelled = await asyncio.gather(
            press(repositories, number, BOB), cancel(repositories, number)
        )

        assert (pressed is None) != (cancelled is None)
        winner = pressed or cancelled
        assert await repositories.requests.get_request(f"r{number}") == winner
        operation = await repositories.operations.get_operation(f"r{number}")
        assert (operation is None) == (pressed is None)


async def test_a_cancel_after_the_first_of_two_approvals_decides(
    repositories: AllRepositories,
) -> None:
    await ask(repositories)
    await press(repositories, person=ANN)

    cancelled = await cancel(repositories)

    assert cancelled is not None
    assert cancelled.state is RequestState.CANCELLED
    assert await press(repositories, person=BOB) is None


async def test_who_is_denied_changes_nothing(repositories: AllRepositories) -> None:
    asked = await ask(repositories, required=1)
    seen: list[Request] = []

    async def deny(stored: Request, approvals: Sequence[Approval] = ()) -> NotAllowed:
        seen.append(stored)
        assert list(approvals) == []
        return DENIED

    requests = repositories.requests
    await requests.put_card("r1", "1700.1")
    asked = replace(asked, card="1700.1")
    for answer in (
        await requests.approve_request("r1", ANN, "1700.1", NOON, judge=deny),
        await requests.cancel_request("r1", ANN, "1700.1", NOON, check=deny),
    ):
        assert answer == DENIED

    # The question is about the request as it is stored.
    assert seen == [asked, asked]
    assert await requests.get_request("r1") == asked
    assert await repositories.operations.get_operation("r1") is None
    page = await repositories.events.list_history(CHANNEL, None, 10)
    assert page.entries == (request(),)
