"""Which open cards are ended by a result, and which by a newer card."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.outcomes import CardOpen, ConfirmationNeeded, Confirmed
from bot.domain.requests import EndReason, Place, Request, RequestState
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import RefusalReason
from bot.domain.submissions import App, Target
from bot.service.open_cards import end_others, replace_with
from tests.fakes import (
    ANN,
    BOB,
    FINAL,
    GOING,
    HALTED,
    MAIL,
    MAIN,
    NOON,
    PLACE,
    FakeRequests,
    ref_of,
)
from tests.service.service_harness import CARD, ServiceHarness

ELSEWHERE = Place("T1", "C2")
OTHER = Target(MAIN, "9WZDNCRFJ3TJ")
NEWER = "1152921504699999999"
WIDER = replace(GOING, percentage=50.0)
TROUBLE = FailureDetail(FailureCode.TIMEOUT)
PENDING = RequestState.PENDING


async def ended_with(harness: ServiceHarness, result: Result) -> Request:
    """Ask for a finalize, let Bob confirm it, and end its operation."""
    card = await harness.ask("finalize mail")
    confirmed = await harness.service.confirm(card.id, CARD, PLACE, BOB)
    assert isinstance(confirmed, Confirmed)
    assert confirmed.request.operation is not None
    await harness.operations.finish_operation(
        confirmed.request.operation, result, harness.now
    )
    return harness.requests.kept[card.id]


def publish_newer(harness: ServiceHarness) -> None:
    """Publish the next submission of the app."""
    harness.store.apps[MAIL.app_id] = App(MAIL.app_id, "Mail", NEWER)
    harness.store.rollouts[ref_of(MAIL, NEWER)] = GOING


@pytest.mark.parametrize(
    ("result", "reason", "by"),
    [
        (Done(GOING, HALTED), EndReason.HALTED, "U2"),
        (Done(GOING, FINAL), EndReason.FINALIZED, "U2"),
        (AlreadyDone(FINAL), EndReason.FOUND_FINALIZED, None),
        (Moved(GOING, HALTED), EndReason.FOUND_HALTED, None),
        (Refused(RefusalReason.STOPPED, HALTED), EndReason.FOUND_HALTED, None),
    ],
)
async def test_a_result_that_shows_the_end_ends_the_open_cards_in_all_channels(
    harness: ServiceHarness, result: Result, reason: EndReason, by: str | None
) -> None:
    harness.aliases.put("mail", MAIL, ELSEWHERE)
    cards = [await harness.ask(), await harness.ask(place=ELSEWHERE)]
    request = await ended_with(harness, result)

    ended = await end_others(harness.requests, request, harness.now)

    assert ended == [card.id for card in cards]
    for name in ended:
        kept = harness.requests.kept[name]
        assert (kept.state, kept.end_reason, kept.decided_by, kept.decided_at) == (
            RequestState.CANCELLED,
            reason,
            by,
            harness.now,
        )


@pytest.mark.parametrize(
    "result",
    [
        Done(GOING, WIDER),
        Moved(GOING, WIDER),
        Refused(RefusalReason.NOT_FOUND),
        Unavailable(TROUBLE),
        Unknown(GOING, TROUBLE),
    ],
)
async def test_no_card_is_ended_while_the_rollout_may_go_on(
    harness: ServiceHarness, result: Result
) -> None:
    card = await harness.ask()
    request = await ended_with(harness, result)

    assert await end_others(harness.requests, request, harness.now) == []
    assert harness.requests.kept[card.id].state is PENDING


async def test_no_card_is_ended_by_a_request_without_a_result(
    harness: ServiceHarness,
) -> None:
    card, other = await harness.ask(), await harness.ask("finalize mail")

    assert await end_others(harness.requests, other, harness.now) == []
    assert harness.requests.kept[card.id].state is PENDING


async def test_the_end_of_a_rollout_leaves_the_cards_of_others_open(
    harness: ServiceHarness,
) -> None:
    harness.store.publish(OTHER)
    harness.aliases.put("other", OTHER)
    request = await ended_with(harness, Done(GOING, HALTED))
    publish_newer(harness)
    newer, other = await harness.ask(), await harness.ask("halt other")
    assert newer.snapshot.ref == ref_of(MAIL, NEWER)

    assert await end_others(harness.requests, request, harness.now) == []
    for card in (newer, other):
        assert harness.requests.kept[card.id].state is PENDING


class PressedMeanwhile(FakeRequests):
    """Requests that somebody cancels once they have been listed."""

    async def open_requests(
        self, workspace: str, target: Target, now: datetime
    ) -> Sequence[Request]:
        """Return the pending requests as they were a moment ago."""
        found = await super().open_requests(workspace, target, now)
        for one in found:
            await self.cancel_request(one.id, ANN, CARD, now)
        return found


async def test_a_card_that_is_pressed_meanwhile_is_not_ended_too(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask()
    request = await ended_with(harness, Done(GOING, HALTED))
    pressed = PressedMeanwhile(harness.repositories.memory)

    assert await end_others(pressed, request, harness.now) == []
    kept = harness.requests.kept[card.id]
    assert (kept.end_reason, kept.decided_by) == (None, "U1")


async def test_a_card_of_an_older_submission_makes_way_for_the_new_one(
    harness: ServiceHarness,
) -> None:
    first = await harness.ask()
    publish_newer(harness)

    answer = await harness.say("halt mail", BOB)

    assert isinstance(answer, ConfirmationNeeded)
    assert answer.replaced == (first.id,)
    assert harness.starter.closed_cards == [first.id]
    kept = harness.requests.kept[first.id]
    assert (kept.end_reason, kept.decided_by) == (EndReason.REPLACED, "U2")
    assert harness.requests.kept[answer.request.id].state is PENDING


async def test_a_card_with_an_older_percentage_makes_way_unless_it_is_a_halts(
    harness: ServiceHarness,
) -> None:
    halt, percent = await harness.ask(), await harness.ask("set mail 40")
    harness.store.rollouts[ref_of()] = WIDER

    halted, wider = await harness.say("halt mail"), await harness.say("set mail 40")

    # A halt is wanted at any percentage.
    assert isinstance(halted, CardOpen)
    assert halted.request.id == halt.id
    assert isinstance(wider, ConfirmationNeeded)
    assert wider.replaced == (percent.id,)


async def test_an_outdated_card_that_was_pressed_meanwhile_is_not_replaced(
    harness: ServiceHarness,
) -> None:
    outdated = await harness.ask()
    await harness.confirm(outdated)
    wanted = replace(outdated, id="r2", asked_at=NOON)

    assert await replace_with(harness.requests, wanted, [outdated]) == ()
    assert harness.requests.kept[outdated.id].state is RequestState.AUTHORISED
    assert harness.requests.kept["r2"].state is PENDING
