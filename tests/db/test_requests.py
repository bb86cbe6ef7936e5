"""What the request records promise, on both databases."""

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError

from bot.db.repositories import Repositories
from bot.domain.requests import Place, RequestState
from bot.domain.rollout import Change
from bot.domain.submissions import SubmissionRef, Target
from bot.domain.verbs import Verb
from tests.db.sample_requests import (
    DONE,
    LATER,
    NOON,
    UNKNOWN,
    confirmed,
    request,
)


async def test_a_request_comes_back_as_it_was_stored(
    repositories: Repositories,
) -> None:
    full = replace(
        request(),
        change=Change(Verb.SET, 12.5),
        snapshot=replace(
            request().snapshot,
            ref=SubmissionRef(Target("9NBLGGH4R315", "f-1"), "7"),
            flight_name="Beta",
        ),
        state=RequestState.FINISHED,
        card="1700.1",
        decided_by="U2",
        decided_at=NOON,
        attempts=2,
        result=DONE,
        finished_at=LATER,
    )

    await repositories.add_request(full)

    assert await repositories.get_request("r1") == full


async def test_times_come_back_in_utc_whatever_zone_they_were_given_in(
    repositories: Repositories,
) -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    await repositories.add_request(replace(request(), asked_at=tokyo))

    stored = await repositories.get_request("r1")

    assert stored is not None
    assert stored.asked_at == NOON
    assert stored.asked_at.tzinfo is UTC


async def test_a_time_without_a_zone_is_refused(repositories: Repositories) -> None:
    naive = NOON.replace(tzinfo=None)

    with pytest.raises(StatementError, match="no moment"):
        await repositories.overdue_requests(naive)


async def test_an_unknown_id_is_nobodys_request(repositories: Repositories) -> None:
    assert await repositories.get_request("r1") is None
    assert await repositories.confirm_request("r1", "U2", "1", NOON) is None
    assert await repositories.cancel_request("r1", "U2", "1", NOON) is None
    assert await repositories.expire_request("r1", LATER) is None
    assert not await repositories.begin_attempt("r1", 0)
    with pytest.raises(LookupError):
        await repositories.finish_request("r1", DONE, NOON)


async def test_a_confirmation_says_who_and_when(repositories: Repositories) -> None:
    await repositories.add_request(request())

    claimed = await repositories.confirm_request("r1", "U2", "1700.1", NOON)

    assert claimed == replace(
        request(),
        state=RequestState.CONFIRMED,
        decided_by="U2",
        decided_at=NOON,
        card="1700.1",
    )
    assert await repositories.get_request("r1") == claimed


async def test_of_twenty_clicks_at_once_one_wins(repositories: Repositories) -> None:
    await repositories.add_request(request())

    claims = await asyncio.gather(
        *(repositories.confirm_request("r1", f"U{n}", "1", NOON) for n in range(20))
    )

    winners = [claim for claim in claims if claim is not None]
    assert len(winners) == 1
    assert winners[0] == await repositories.get_request("r1")


async def test_of_confirm_cancel_and_expire_at_once_one_wins(
    repositories: Repositories,
) -> None:
    for number in range(10):
        await repositories.add_request(request(number))
        name = f"r{number}"

        answers = await asyncio.gather(
            repositories.confirm_request(name, "U1", "1", NOON),
            repositories.cancel_request(name, "U2", "1", NOON),
            repositories.expire_request(name, LATER),
        )

        assert [answer is not None for answer in answers].count(True) == 1


async def test_the_last_moment_belongs_to_expiry_alone(
    repositories: Repositories,
) -> None:
    await repositories.add_request(request())
    just_in_time = LATER - timedelta(microseconds=1)

    assert await repositories.confirm_request("r1", "U2", "1", LATER) is None
    assert await repositories.cancel_request("r1", "U2", "1", LATER) is None
    assert await repositories.expire_request("r1", just_in_time) is None
    assert await repositories.overdue_requests(just_in_time) == []
    assert await repositories.overdue_requests(LATER) == ["r1"]

    expired = await repositories.expire_request("r1", LATER)

    assert expired is not None
    assert (expired.state, expired.decided_by) == (RequestState.EXPIRED, None)
    assert await repositories.overdue_requests(LATER) == []


async def test_a_cancelled_request_cannot_be_confirmed(
    repositories: Repositories,
) -> None:
    await repositories.add_request(request())

    cancelled = await repositories.cancel_request("r1", "U2", "1700.1", NOON)

    assert cancelled is not None
    assert (cancelled.state, cancelled.decided_by, cancelled.card) == (
        RequestState.CANCELLED,
        "U2",
        "1700.1",
    )
    assert await repositories.confirm_request("r1", "U3", "1700.1", NOON) is None


async def test_the_clicked_message_is_kept_only_where_the_card_was_lost(
    repositories: Repositories,
) -> None:
    await repositories.add_request(request())
    await repositories.put_card("r1", "1700.1")

    cancelled = await repositories.cancel_request("r1", None, None, NOON)
    assert cancelled is not None
    assert cancelled.card == "1700.1"

    await repositories.add_request(request(2))
    await repositories.put_card("r2", "1700.2")
    claimed = await repositories.confirm_request("r2", "U2", "1800.0", NOON)
    assert claimed is not None
    assert claimed.card == "1700.2"


async def test_an_attempt_begins_only_where_nobody_began_it(
    repositories: Repositories,
) -> None:
    await confirmed(repositories)

    assert not await repositories.begin_attempt("r1", 1)
    assert await repositories.begin_attempt("r1", 0)
    assert not await repositories.begin_attempt("r1", 0)
    assert await repositories.begin_attempt("r1", 1)

    stored = await repositories.get_request("r1")
    assert stored is not None
    assert stored.attempts == 2


async def test_of_many_runners_at_the_same_point_one_may_send(
    repositories: Repositories,
) -> None:
    await confirmed(repositories)

    answers = await asyncio.gather(
        *(repositories.begin_attempt("r1", 0) for _ in range(20))
    )

    assert answers.count(True) == 1


async def test_no_attempt_begins_but_on_a_confirmed_request(
    repositories: Repositories,
) -> None:
    for number in range(4):
        await repositories.add_request(request(number))
    await repositories.cancel_request("r1", "U2", None, NOON)
    await repositories.expire_request("r2", LATER)
    await repositories.confirm_request("r3", "U2", "1", NOON)
    await repositories.finish_request("r3", UNKNOWN, NOON)

    for number in range(4):
        assert not await repositories.begin_attempt(f"r{number}", 0)


async def test_what_was_decided_is_stranded_until_it_is_closed(
    repositories: Repositories,
) -> None:
    for number in range(5):
        await repositories.add_request(request(number))
    await repositories.confirm_request("r3", "U2", "1", NOON + timedelta(seconds=1))
    await repositories.cancel_request("r1", "U2", None, NOON)
    await repositories.expire_request("r2", LATER)

    assert await repositories.stranded_requests(NOON) == []
    assert await repositories.stranded_requests(LATER) == ["r1", "r3"]

    await repositories.close_request("r1", LATER)
    await repositories.close_request("r1", LATER)
    assert await repositories.stranded_requests(LATER + timedelta(seconds=1)) == [
        "r3",
        "r2",
    ]


async def test_history_is_the_channels_own_newest_first(
    repositories: Repositories,
) -> None:
    app = Target("9NBLGGH4R315")
    flight = Target("9NBLGGH4R315", "f-1")
    other = Target("9WZDNCRFJ3TJ")
    for number, target in enumerate((app, flight, app, other)):
        await repositories.add_request(request(number, target))
    elsewhere = replace(request(9), place=Place("T1", "C2"))
    other_workspace = replace(request(10), place=Place("T2", "C1"))
    await repositories.add_request(elsewhere)
    await repositories.add_request(other_workspace)

    async def ids(target: Target | None, limit: int = 10) -> list[str]:
        found = await repositories.list_requests(Place("T1", "C1"), target, limit)
        return [one.id for one in found.requests]

    assert await ids(None) == ["r3", "r2", "r1", "r0"]
    assert await ids(None, 2) == ["r3", "r2"]
    assert await ids(app) == ["r2", "r0"]
    assert await ids(flight) == ["r1"]
    assert await ids(other) == ["r3"]
    assert await ids(Target("9NBLGGH4R315", "f-2")) == []


async def test_what_a_newer_bot_wrote_is_counted_and_hides_nothing(
    repositories: Repositories,
) -> None:
    for number in range(3):
        await repositories.add_request(request(number))
    await repositories._database.run(
        text("UPDATE requests SET verb = 'ramp' WHERE id = 'r1'")
    )

    past = await repositories.list_requests(Place("T1", "C1"), None, 10)

    assert [one.id for one in past.requests] == ["r2", "r0"]
    assert past.unread == 1
