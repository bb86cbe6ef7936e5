"""What every request repository promises."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from bot.domain.requests import EndReason, Place, RequestState
from bot.domain.rollout import Change
from bot.domain.submissions import SubmissionRef, Target
from bot.domain.verbs import Verb
from tests.db.sample_requests import (
    ANN,
    APP,
    BOB,
    DONE,
    FLIGHT,
    LATER,
    NOON,
    AllRepositories,
    cancel,
    operation,
    press,
    request,
)
from tests.fakes import count_all


async def test_a_request_comes_back_as_it_was_stored(
    repositories: AllRepositories,
) -> None:
    full = replace(
        request(),
        change=Change(Verb.SET, 12.5),
        snapshot=replace(
            request().snapshot,
            ref=SubmissionRef(FLIGHT, "7"),
            flight_name="Beta",
        ),
        approvals_required=3,
        approvals_given=3,
        state=RequestState.AUTHORISED,
        card="1700.1",
        decided_by="U2",
        decided_at=NOON,
    )

    await repositories.requests.add_request(full)

    assert await repositories.requests.get_request("r1") == full


async def test_a_request_comes_back_with_all_of_its_operation(
    repositories: AllRepositories,
) -> None:
    asked = replace(
        request(target=FLIGHT), change=Change(Verb.SET, 12.5), card="1700.1"
    )
    await repositories.requests.add_request(asked)
    await press(repositories)
    await repositories.operations.begin_attempt(operation("r1"), NOON)
    await repositories.operations.begin_attempt(operation("r1", 1), NOON)
    finished = await repositories.operations.finish_operation(
        operation("r1"), DONE, LATER
    )

    stored = await repositories.requests.get_request("r1")

    decided = replace(
        asked,
        state=RequestState.AUTHORISED,
        approvals_given=1,
        decided_by="U2",
        decided_at=NOON,
    )
    ended = replace(decided.authorised(), attempts=2, result=DONE, finished_at=LATER)
    assert stored == replace(decided, operation=ended)
    assert finished == ended
    assert await repositories.operations.get_operation("r1") == ended
    assert await repositories.requests.get_request_of("r1") == stored


async def test_times_come_back_in_utc_whatever_zone_they_were_given_in(
    repositories: AllRepositories,
) -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    await repositories.requests.add_request(replace(request(), asked_at=tokyo))

    stored = await repositories.requests.get_request("r1")

    assert stored is not None
    assert stored.asked_at == NOON
    assert stored.asked_at.tzinfo is UTC


async def test_an_unknown_id_is_nobodys_request(
    repositories: AllRepositories,
) -> None:
    assert await repositories.requests.get_request("r1") is None
    assert await repositories.requests.get_request_of("r1") is None
    assert await press(repositories) is None
    assert await cancel(repositories) is None
    assert await repositories.requests.expire_request("r1", LATER) is None


async def test_a_request_without_an_operation_is_no_operations_request(
    repositories: AllRepositories,
) -> None:
    await repositories.requests.add_request(request())

    assert await repositories.requests.get_request_of("r1") is None


async def test_an_approval_says_who_and_when(repositories: AllRepositories) -> None:
    await repositories.requests.add_request(request())

    claimed = await press(repositories)

    decided = replace(
        request(),
        state=RequestState.AUTHORISED,
        approvals_given=1,
        decided_by="U2",
        decided_at=NOON,
        card="1700.1",
    )
    assert claimed == replace(decided, operation=decided.authorised())
    assert await repositories.requests.get_request("r1") == claimed
    assert await repositories.operations.get_operation("r1") == claimed.operation
    assert await repositories.requests.get_request_of("r1") == claimed


async def test_of_twenty_presses_at_once_one_wins(
    repositories: AllRepositories,
) -> None:
    await repositories.requests.add_request(request())

    claims = await asyncio.gather(
        *(press(repositories, person=replace(ANN, user_id=f"U{n}")) for n in range(20))
    )

    winners = [claim for claim in claims if claim is not None]
    assert len(winners) == 1
    assert winners[0] == await repositories.requests.get_request("r1")


async def test_of_approve_cancel_and_expire_at_once_one_wins(
    repositories: AllRepositories,
) -> None:
    for number in range(10):
        await repositories.requests.add_request(request(number))

        answers = await asyncio.gather(
            press(repositories, number),
            cancel(repositories, number),
            repositories.requests.expire_request(f"r{number}", LATER),
        )

        assert [answer is not None for answer in answers].count(True) == 1


async def test_of_press_and_end_at_once_one_wins(
    repositories: AllRepositories,
) -> None:
    requests = repositories.requests
    for number in range(10):
        await requests.add_request(request(number))
        name = f"r{number}"

        answers = await asyncio.gather(
            requests.end_request(name, EndReason.HALTED, "U9", NOON),
            press(repositories, number),
            requests.end_request(name, EndReason.FOUND_HALTED, None, NOON),
        )

        [winner] = [answer for answer in answers if answer is not None]
        assert await requests.get_request(name) == winner


async def test_a_request_is_ended_once_and_says_why(
    repositories: AllRepositories,
) -> None:
    requests = repositories.requests
    await requests.add_request(request())
    await requests.put_card("r1", "1700.1")

    assert await requests.end_request("r1", EndReason.HALTED, "U9", LATER) is None
    ended = await requests.end_request("r1", EndReason.FOUND_HALTED, None, NOON)

    assert ended == replace(
        request(),
        card="1700.1",
        state=RequestState.CANCELLED,
        decided_at=NOON,
        end_reason=EndReason.FOUND_HALTED,
    )
    assert await requests.get_request("r1") == ended
    assert await requests.end_request("r1", EndReason.HALTED, "U9", NOON) is None
    assert await requests.end_request("r9", EndReason.HALTED, "U9", NOON) is None


async def test_the_open_requests_of_a_target_are_those_that_a_press_can_decide(
    repositories: AllRepositories,
) -> None:
    requests = repositories.requests
    for number in (2, 1, 3, 4):
        late = LATER + timedelta(seconds=number)
        await requests.add_request(replace(request(number), expires_at=late))
    await requests.add_request(request(5, FLIGHT))
    await requests.add_request(replace(request(6), place=Place("T2", "C1")))
    await press(repositories, 3)
    await cancel(repositories, 4)

    async def names(workspace: str, target: Target, now: datetime) -> list[str]:
        found = await requests.open_requests(workspace, target, now)
        return [one.id for one in found]

    assert await names("T1", APP, NOON) == ["r1", "r2"]
    assert await names("T1", FLIGHT, NOON) == ["r5"]
    assert await names("T2", APP, NOON) == ["r6"]
    assert await names("T1", APP, LATER + timedelta(seconds=1)) == ["r2"]


async def test_the_last_moment_belongs_to_expiry_alone(
    repositories: AllRepositories,
) -> None:
    requests = repositories.requests
    await requests.add_request(request())
    just_in_time = LATER - timedelta(microseconds=1)

    assert await press(repositories, now=LATER) is None
    assert await cancel(repositories, now=LATER) is None
    assert await requests.expire_request("r1", just_in_time) is None
    assert await requests.overdue_requests(just_in_time) == []
    assert await requests.overdue_requests(LATER) == ["r1"]

    expired = await requests.expire_request("r1", LATER)

    assert expired is not None
    assert (expired.state, expired.decided_by) == (RequestState.EXPIRED, None)
    assert expired.decided_at == LATER
    assert await requests.get_request("r1") == expired
    assert await requests.overdue_requests(LATER) == []


async def test_overdue_requests_come_oldest_first(
    repositories: AllRepositories,
) -> None:
    for number, minutes in ((1, 2), (2, 1), (3, 3)):
        late = NOON + timedelta(minutes=minutes)
        await repositories.requests.add_request(
            replace(request(number), expires_at=late)
        )

    overdue = await repositories.requests.overdue_requests(LATER)

    assert overdue == ["r2", "r1", "r3"]


async def test_a_cancelled_request_cannot_be_approved(
    repositories: AllRepositories,
) -> None:
    await repositories.requests.add_request(request())

    cancelled = await cancel(repositories)

    assert cancelled is not None
    assert (cancelled.state, cancelled.decided_by, cancelled.card) == (
        RequestState.CANCELLED,
        "U2",
        "1700.1",
    )
    assert await press(repositories, person=BOB) is None
    assert await repositories.requests.get_request("r1") == cancelled
    assert await repositories.operations.get_operation("r1") is None


async def test_the_clicked_message_is_kept_only_where_the_card_was_lost(
    repositories: AllRepositories,
) -> None:
    requests = repositories.requests
    await requests.add_request(request())
    await requests.put_card("r1", "1700.1")

    cancelled = await requests.cancel_request("r1", None, None, NOON)
    assert cancelled == replace(
        request(), card="1700.1", state=RequestState.CANCELLED, decided_at=NOON
    )

    await requests.add_request(request(2))
    await requests.put_card("r2", "1700.2")
    claimed = await requests.approve_request("r2", ANN, "1800.0", NOON, judge=count_all)
    assert claimed == await requests.get_request("r2")
    assert claimed is not None
    stored = await requests.get_request("r2")
    assert stored is not None
    assert stored.card == "1700.2"


async def test_a_card_is_unclosed_until_slack_shows_its_end(
    repositories: AllRepositories,
) -> None:
    requests = repositories.requests
    for number in range(5):
        await requests.add_request(request(number))
    await press(repositories, 3, now=NOON + timedelta(seconds=1))
    await cancel(repositories, 1)
    await requests.expire_request("r2", LATER)

    assert await requests.unclosed_cards(NOON) == []
    assert await requests.unclosed_cards(LATER) == ["r1"]
    after = LATER + timedelta(seconds=1)
    assert await requests.unclosed_cards(after) == ["r1", "r2"]

    await requests.close_card("r1", LATER)
    await requests.close_card("r1", LATER)
    assert await requests.unclosed_cards(after) == ["r2"]
