"""Release channels: who names an app where, who is asked, and who is only told."""

import pytest

from bot.domain.channel_outcomes import (
    AliasAdded,
    AliasRemoved,
    AppGivenUp,
    LetInAsked,
)
from bot.domain.directory import LookupFailed, Profile
from bot.domain.events import EventKind
from bot.domain.outcomes import (
    ConfirmationNeeded,
    Confirmed,
    Denial,
    NotAllowed,
)
from bot.domain.proposals import (
    PROPOSED_FOR,
    ProposalClosed,
    ProposalDecided,
    ProposalState,
)
from bot.domain.requests import Place
from bot.domain.usage import Usage
from tests.fakes import ANN, BOB, GUEST, MAIL, NOON, PLACE
from tests.service.service_harness import CARD, ServiceHarness

GAMES = Place(PLACE.workspace, "C9")
ADD = f"alias add mail {MAIL.app_id}"
HALT = f"halt {MAIL.app_id}"
AWAY = LookupFailed("missing_scope")


@pytest.fixture
def chat(harness: ServiceHarness) -> ServiceHarness:
    """The channel that has the app, with Ann; Bob is in another one."""
    harness.directory.channels[PLACE.channel] = frozenset({ANN.user_id})
    harness.directory.put(Profile(ANN.user_id, "Ann"), Profile(BOB.user_id, "Bob"))
    return harness


def channels(chat: ServiceHarness) -> set[str]:
    found = chat.repositories.memory.release_channels
    return {one for each in found.values() for one in each}


async def test_in_the_channel_of_an_app_slack_is_not_asked(
    chat: ServiceHarness,
) -> None:
    await chat.say("halt mail")
    await chat.say("status mail")
    await chat.say(ADD)

    assert chat.directory.asked == []


async def test_a_stranger_asks_and_those_who_have_the_app_are_proposed_to(
    chat: ServiceHarness,
) -> None:
    assert await chat.say(HALT, BOB, GAMES) == LetInAsked(MAIL, "Mail")
    assert await chat.say(ADD, BOB, GAMES) == LetInAsked(MAIL, "Mail")

    [proposal] = chat.repositories.proposals.kept.values()
    assert (proposal.place.channel, proposal.about) == (PLACE.channel, "C9")
    assert proposal.details["channels"] == [PLACE.channel]
    assert channels(chat) == {PLACE.channel}
    assert not chat.requests.kept


async def test_a_member_lets_a_channel_in_by_naming_the_app_and_not_by_asking(
    chat: ServiceHarness,
) -> None:
    denied = NotAllowed(Denial.CHANNEL_LACKS_APP, MAIL, (PLACE.channel,))
    assert await chat.say(HALT, ANN, GAMES) == denied
    assert channels(chat) == {PLACE.channel}

    added = await chat.say(ADD, ANN, GAMES)

    assert isinstance(added, AliasAdded)
    assert added.let_in
    assert channels(chat) == {PLACE.channel, "C9"}
    assert isinstance(await chat.say("halt mail", BOB, GAMES), ConfirmationNeeded)


async def test_an_admin_is_let_in_and_one_of_whom_slack_says_nothing_is_not(
    chat: ServiceHarness,
) -> None:
    chat.directory.put(Profile(BOB.user_id, "Bob", is_admin=True))
    added = await chat.say(ADD, BOB, GAMES)
    assert isinstance(added, AliasAdded)

    chat.directory.failure = AWAY
    asked = await chat.say(ADD, BOB, Place(PLACE.workspace, "C8"))
    assert isinstance(asked, AliasAdded)
    stranger = BOB.__class__("USTRANGER", BOB.team_id)
    asked = await chat.say(ADD, stranger, Place(PLACE.workspace, "C7"))
    assert asked == LetInAsked(MAIL, "Mail")


async def test_where_slack_does_not_say_whoever_has_asked_there_counts(
    chat: ServiceHarness,
) -> None:
    chat.directory.failure = AWAY
    assert isinstance(await chat.say(ADD, ANN, GAMES), LetInAsked)
    await chat.say("halt mail", ANN)

    assert isinstance(await chat.say(ADD, ANN, GAMES), AliasAdded)


async def test_a_guest_of_another_company_names_and_asks_nothing(
    chat: ServiceHarness,
) -> None:
    for text in (ADD, HALT):
        denied = await chat.say(text, GUEST, GAMES)
        assert denied == NotAllowed(Denial.OTHER_WORKSPACE)
    assert not chat.repositories.proposals.kept


async def test_looking_is_for_those_who_are_in_a_channel_that_has_the_app(
    chat: ServiceHarness,
) -> None:
    denied = NotAllowed(Denial.NOT_YOUR_APP, MAIL)
    for text in ("status", "history", "subscribe", "rules"):
        assert await chat.say(f"{text} {MAIL.app_id}", BOB, GAMES) == denied
        assert not isinstance(
            await chat.say(f"{text} {MAIL.app_id}", ANN, GAMES), NotAllowed
        )
    refused = [event.code for event in chat.events_of(EventKind.REFUSED)]
    assert refused == ["not_your_app"] * 4


async def test_a_press_where_another_channel_has_the_app_now_is_refused(
    chat: ServiceHarness,
) -> None:
    request = await chat.ask("halt mail")
    removed = await chat.say("alias remove mail")
    assert isinstance(removed, AliasRemoved)
    assert removed.given_up
    chat.repositories.memory.let_in(GAMES, MAIL, "U9", NOON)

    denied = await chat.confirm(request)

    assert denied == NotAllowed(Denial.CHANNEL_LACKS_APP, MAIL)
    assert chat.store.effects == 0
    assert chat.events_of(EventKind.REFUSED)[-1].code == "channel_lacks_app"
    chat.repositories.memory.release_channels.clear()
    assert isinstance(await chat.confirm(request), Confirmed)


async def test_an_app_without_an_alias_is_given_up_by_its_store_id(
    harness: ServiceHarness,
) -> None:
    harness.repositories.memory.release_channels.clear()
    harness.repositories.memory.aliases.clear()
    await harness.ask(HALT)
    assert channels(harness) == {PLACE.channel}

    found = await harness.say(f"alias remove {MAIL.app_id.lower()}")

    assert found == AppGivenUp(MAIL)
    assert channels(harness) == set()


async def test_a_decision_is_told_apart_from_one_that_came_too_late(
    chat: ServiceHarness,
) -> None:
    await chat.say(HALT, BOB, GAMES)
    [name] = chat.repositories.proposals.kept
    decide = chat.service.proposals.decide

    assert isinstance(await decide("none", CARD, PLACE, ANN, agrees=True), Usage)
    other = await decide(name, CARD, GAMES, ANN, agrees=True)
    assert other == NotAllowed(Denial.OTHER_MESSAGE)
    looking = await decide(name, CARD, PLACE, BOB, agrees=True)
    assert looking == NotAllowed(Denial.NOT_IN_CHANNEL)
    declined = await decide(name, CARD, PLACE, ANN, agrees=False)
    assert isinstance(declined, ProposalDecided)
    late = await decide(name, CARD, PLACE, ANN, agrees=True)
    assert isinstance(late, ProposalClosed)
    assert late.proposal.state is ProposalState.DECLINED


async def test_a_press_after_eight_hours_expires_the_proposal(
    chat: ServiceHarness,
) -> None:
    await chat.say(HALT, BOB, GAMES)
    [name] = chat.repositories.proposals.kept
    chat.now += PROPOSED_FOR

    late = await chat.service.proposals.decide(name, CARD, PLACE, ANN, agrees=True)

    assert isinstance(late, ProposalClosed)
    assert late.proposal.state is ProposalState.EXPIRED
    assert channels(chat) == {PLACE.channel}


async def test_elsewhere_than_in_the_channels_of_the_settings_nothing_is_changed(
    chat: ServiceHarness,
) -> None:
    request = await chat.ask("halt mail")
    chat.release_channels = frozenset({"C9"})
    chat.service = chat.with_clock(lambda: chat.now)

    denied = NotAllowed(Denial.NOT_RELEASE_CHANNEL, MAIL)
    assert await chat.say(ADD) == denied
    assert await chat.say("halt mail") == denied
    assert await chat.confirm(request) == denied
    assert not isinstance(await chat.say("status mail"), NotAllowed)
    assert not isinstance(await chat.cancel(request), NotAllowed)
