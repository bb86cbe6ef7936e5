"""What every press on a card does, and is answered with."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.operations import Operation
from bot.domain.outcomes import (
    AlreadyHandled,
    Approved,
    Cancelled,
    Confirmed,
    Denial,
    Expired,
    NotAllowed,
)
from bot.domain.requests import Place, RequestState
from bot.domain.rollout import Change
from bot.domain.submissions import Target
from bot.domain.usage import Misuse, Usage
from bot.domain.verbs import Verb
from tests.fakes import (
    ANN,
    BOB,
    GOING,
    GUEST,
    MAIN,
    NOON,
    PLACE,
    QUARTER,
    ref_of,
)
from tests.service.service_harness import CARD, ServiceHarness

OTHER = Target(MAIN, "9WZDNCRFJ3TJ")
ELSEWHERE = Place("T1", "C2")
DENIED = NotAllowed(Denial.OTHER_WORKSPACE)


async def test_one_click_confirms_and_says_who(harness: ServiceHarness) -> None:
    card = await harness.ask()

    answer = await harness.confirm(card, BOB)

    decided = replace(
        card,
        state=RequestState.AUTHORISED,
        approvals_given=1,
        decided_by="U2",
        decided_at=NOON,
    )
    operation = Operation(
        id=card.id,
        ref=ref_of(),
        change=Change(Verb.HALT),
        before=GOING,
        authorised_by="U2",
        authorised_at=NOON,
        request_id=card.id,
    )
    assert answer == Confirmed(replace(decided, operation=operation))
    assert harness.operations.kept == {card.id: operation}
    assert harness.store.writes == []


async def test_where_two_people_are_needed_one_press_starts_nothing(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask_for_two()

    first = await harness.confirm(card, ANN)

    pressed = replace(card, approvals_given=1)
    assert first == Approved(pressed)
    assert card.state is RequestState.PENDING
    assert harness.requests.kept[card.id] == pressed
    assert harness.operations.kept == {}

    second = await harness.confirm(card, BOB)

    assert isinstance(second, Confirmed)
    assert (second.request.state, second.request.decided_by) == (
        RequestState.AUTHORISED,
        "U2",
    )
    assert list(harness.operations.kept.values()) == [second.request.operation]


async def test_the_same_person_counts_once(harness: ServiceHarness) -> None:
    card = await harness.ask_for_two()

    for _ in range(3):
        assert isinstance(await harness.confirm(card, ANN), Approved)

    assert harness.operations.kept == {}
    assert isinstance(await harness.confirm(card, BOB), Confirmed)


async def test_an_approved_card_can_still_be_cancelled_and_run_out(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask_for_two()
    await harness.confirm(card, ANN)

    assert isinstance(await harness.cancel(card, BOB), Cancelled)
    assert isinstance(await harness.confirm(card, BOB), AlreadyHandled)

    other = await harness.ask_for_two()
    await harness.confirm(other, ANN)
    harness.now += QUARTER
    assert isinstance(await harness.confirm(other, BOB), Expired)
    assert harness.operations.kept == {}


async def test_a_second_click_is_told_that_the_card_was_handled(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask()
    first = await harness.confirm(card)
    assert isinstance(first, Confirmed)

    for click in (harness.confirm, harness.cancel):
        assert await click(card, BOB) == AlreadyHandled(first.request)


async def test_a_cancelled_card_cannot_be_confirmed(harness: ServiceHarness) -> None:
    card = await harness.ask()

    cancelled = await harness.cancel(card, BOB)

    assert isinstance(cancelled, Cancelled)
    assert cancelled.request.decided_by == "U2"
    assert await harness.confirm(card) == AlreadyHandled(cancelled.request)


@pytest.mark.parametrize("verb", ["confirm", "cancel"])
async def test_a_click_after_the_time_expires_the_card(
    harness: ServiceHarness, verb: str
) -> None:
    card = await harness.ask()
    harness.now = NOON + QUARTER
    click = getattr(harness.service, verb)

    first = await click(card.id, CARD, PLACE, ANN)
    second = await click(card.id, CARD, PLACE, BOB)

    assert isinstance(first, Expired)
    assert (first.request.state, first.request.card) == (RequestState.EXPIRED, CARD)
    assert second == first
    assert harness.store.writes == []


async def test_a_clock_set_back_between_two_readings_loses_no_card(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask()
    times = iter([NOON + QUARTER, NOON])
    service = harness.with_clock(lambda: next(times))

    assert isinstance(await service.confirm(card.id, CARD, PLACE, ANN), Expired)


async def test_a_card_without_a_request_is_said_to_be_unknown(
    harness: ServiceHarness,
) -> None:
    for click in (harness.service.confirm, harness.service.cancel):
        for person in (ANN, GUEST):
            unknown = await click("r0", "1", PLACE, person)
            assert unknown == Usage(Misuse.NO_SUCH_CARD)
    assert harness.events.log == []


async def test_a_guest_can_neither_confirm_nor_cancel(harness: ServiceHarness) -> None:
    card = await harness.ask()

    for click in (harness.confirm, harness.cancel):
        assert await click(card, GUEST) == DENIED
    assert harness.requests.kept[card.id].state is RequestState.PENDING


@pytest.mark.parametrize("state", ["overdue", "expired", "decided"])
async def test_a_guest_learns_and_changes_nothing_on_a_card_that_is_over(
    harness: ServiceHarness, state: str
) -> None:
    card = await harness.ask()
    if state == "decided":
        await harness.confirm(card)
    else:
        harness.now += QUARTER
    if state == "expired":
        await harness.confirm(card)
    before = harness.requests.kept[card.id]

    for click in (harness.service.confirm, harness.service.cancel):
        assert await click(card.id, CARD, PLACE, GUEST) == DENIED

    assert harness.requests.kept[card.id] == before


async def test_the_request_as_stored_says_which_workspace_may_decide(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask()
    theirs = Place(GUEST.team_id, PLACE.channel)

    for click in (harness.service.confirm, harness.service.cancel):
        # The click names the guest's own workspace; the request does not.
        assert await click(card.id, CARD, theirs, GUEST) == DENIED
    assert harness.requests.kept[card.id] == card
    # And a member decides it where it stands, and nowhere else.
    elsewhere = await harness.service.confirm(card.id, CARD, theirs, ANN)
    assert elsewhere == NotAllowed(Denial.OTHER_MESSAGE)
    assert isinstance(await harness.confirm(card, ANN), Confirmed)


async def test_a_card_that_nobody_saw_is_taken_back(harness: ServiceHarness) -> None:
    card = await harness.ask()

    assert await harness.service.card_failed(card.id)

    assert harness.requests.kept[card.id].state is RequestState.CANCELLED
    assert harness.repositories.memory.closed_cards == {card.id: NOON}


async def test_a_card_that_was_pressed_cannot_be_taken_back(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask()
    await harness.confirm(card)

    assert not await harness.service.card_failed(card.id)

    assert harness.requests.kept[card.id].state is RequestState.AUTHORISED
    assert harness.repositories.memory.closed_cards == {}


async def test_a_card_that_ran_out_before_it_was_posted_is_no_trouble(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask()
    harness.now += QUARTER

    assert await harness.service.card_failed(card.id)
    assert await harness.service.card_failed("r0")


async def test_of_two_last_presses_at_once_one_is_told_that_it_was_late(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask()

    answers = await asyncio.gather(
        harness.confirm(card, ANN), harness.cancel(card, BOB)
    )

    assert sorted(type(answer).__name__ for answer in answers) == [
        "AlreadyHandled",
        "Confirmed",
    ]
