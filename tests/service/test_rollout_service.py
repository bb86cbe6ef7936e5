"""What the service starts, logs and counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.outcomes import (
    Approved,
    Cancelled,
    ConfirmationNeeded,
    Confirmed,
    Denial,
    Expired,
    NotAllowed,
)
from bot.domain.requests import Place, RequestState
from bot.domain.storage import StorageUnavailable
from bot.domain.submissions import Target
from bot.service import RolloutService
from bot.service.languages import ChannelLanguages
from tests.fakes import (
    ANN,
    GUEST,
    MAIL,
    MAIN,
    NOON,
    PLACE,
    QUARTER,
)
from tests.service.service_harness import ServiceHarness

OTHER = Target(MAIN, "9WZDNCRFJ3TJ")
ELSEWHERE = Place("T1", "C2")
DENIED = NotAllowed(Denial.OTHER_WORKSPACE)


async def test_the_log_tells_who_asked_and_who_pressed_and_what_came_of_it(
    harness: ServiceHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot.service")
    card = await harness.ask()
    await harness.confirm(card, ANN)
    await harness.cancel(card, GUEST)

    assert caplog.messages == [
        f"command of {ANN.user_id} in {PLACE.channel}: confirmation_needed",
        f"request {card.id}, click of {ANN.user_id}: confirmed",
        f"request {card.id}, click of {GUEST.user_id}: not_allowed.other_workspace",
    ]


async def test_the_other_channels_that_have_an_alias_are_named(
    harness: ServiceHarness,
) -> None:
    for place in (ELSEWHERE, Place("T1", "C3"), Place("T2", "C4")):
        harness.aliases.put("mail", OTHER, place)
    harness.aliases.put("beta", OTHER, ELSEWHERE)

    assert await harness.service.channels_with("MAIL", PLACE) == ["C2", "C3"]
    assert await harness.service.channels_with("mail", ELSEWHERE) == ["C1", "C3"]
    assert await harness.service.channels_with("beta", ELSEWHERE) == []


async def test_what_was_confirmed_is_started(harness: ServiceHarness) -> None:
    card = await harness.ask()
    confirmed = await harness.confirm(card)
    assert isinstance(confirmed, Confirmed)

    await harness.service.start(confirmed.request)

    assert harness.starter.started == [confirmed.request.operation]
    assert harness.starter.closed_cards == []


@pytest.mark.parametrize("verb", ["confirm", "cancel"])
async def test_the_card_of_what_was_cancelled_or_expired_is_closed(
    harness: ServiceHarness, verb: str
) -> None:
    card = await harness.ask()
    if verb == "confirm":
        harness.now += QUARTER
    ended = await getattr(harness, verb)(card)
    assert isinstance(ended, Cancelled | Expired)

    await harness.service.start(ended.request)

    assert harness.starter.started == []
    assert harness.starter.closed_cards == [card.id]


async def test_nothing_starts_for_a_request_that_still_waits(
    harness: ServiceHarness, caplog: pytest.LogCaptureFixture
) -> None:
    card = await harness.ask_for_two()
    approved = await harness.confirm(card)
    assert isinstance(approved, Approved)
    without_operation = replace(card, state=RequestState.AUTHORISED)

    await harness.service.start(approved.request)
    await harness.service.start(without_operation)

    assert (harness.starter.started, harness.starter.closed_cards) == ([], [])
    warned = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert warned == [f"request {card.id} is not decided yet"] * 2


async def test_work_that_cannot_be_started_is_no_secret(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask()
    confirmed = await harness.confirm(card)
    assert isinstance(confirmed, Confirmed)
    harness.starter.failure = StorageUnavailable("The database is away.")

    with pytest.raises(StorageUnavailable):
        await harness.service.start(confirmed.request)


async def test_a_slack_event_comes_first_once(harness: ServiceHarness) -> None:
    assert await harness.service.first_delivery("T1", "Ev1")
    assert not await harness.service.first_delivery("T1", "Ev1")
    assert await harness.service.first_delivery("T2", "Ev1")


async def test_a_service_reads_the_time_itself(harness: ServiceHarness) -> None:
    service = RolloutService(
        stores={MAIN: harness.store},
        readings=harness.readings,
        account=MAIN,
        repositories=harness.ports,
        starter=harness.starter,
        directory=harness.directory,
        languages=ChannelLanguages(harness.languages, harness.events, lambda: NOON),
        confirm_for=QUARTER,
    )

    answers = service.answers(f"halt {MAIL.app_id}", PLACE, ANN)
    [answer] = [each async for each in answers]

    assert isinstance(answer, ConfirmationNeeded)
    assert answer.request.asked_at.utcoffset() == timedelta(0)


async def test_a_database_that_is_away_is_no_answer_but_an_error(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask()
    harness.repositories.memory.failure = StorageUnavailable("The database is away.")

    with pytest.raises(StorageUnavailable):
        await harness.say("halt mail")
    with pytest.raises(StorageUnavailable):
        await harness.confirm(card)
