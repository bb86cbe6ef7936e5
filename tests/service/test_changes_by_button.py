"""What a button or a form is answered with: the same as the command."""

from dataclasses import replace

import pytest

from bot.domain.app_names import ResolvedTarget
from bot.domain.events import EventKind
from bot.domain.outcomes import (
    CardOpen,
    ConfirmationNeeded,
    Denial,
    NotAllowed,
    NothingToConfirm,
)
from bot.domain.percentages import format_percentage
from bot.domain.requests import Person, Place
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import Target
from bot.domain.subscriptions import Subscription
from bot.domain.targets import ResolvedChange
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.domain.verbs import VERBS, Verb
from bot.domain.watching import Topics
from tests.fakes import ANN, BETA, FINAL, GUEST, HALTED, MAIL, MAIN, NOON, PLACE
from tests.service.service_harness import CARD, ServiceHarness, service_harness

CHANGES = [Change(Verb.HALT), Change(Verb.FINALIZE), Change(Verb.SET, 40.0)]
NOWHERE = Place(PLACE.workspace, "C9")


def wanted(change: Change, target: Target = MAIL, reason: str = "") -> ResolvedChange:
    return ResolvedChange(ResolvedTarget(target, None), change, reason)


def typed(change: Change) -> str:
    words = [change.verb.value, "mail"]
    if change.percentage is not None:
        words.append(format_percentage(change.percentage))
    return " ".join(words)


@pytest.mark.parametrize("change", CHANGES)
async def test_a_button_stores_what_the_command_stores(
    harness: ServiceHarness, change: Change
) -> None:
    other = service_harness()

    pressed = await harness.ask_for(wanted(change, reason="crash on start"))
    said = await other.say(f"{typed(change)} crash on start")

    assert isinstance(pressed, ConfirmationNeeded)
    assert isinstance(said, ConfirmationNeeded)
    same_id = replace(pressed.request, id=said.request.id)
    assert same_id == said.request
    assert harness.store.effects == 0


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("rollout", [HALTED, FINAL])
async def test_a_button_of_what_is_over_is_answered_as_the_command_is(
    harness: ServiceHarness, change: Change, rollout: Rollout
) -> None:
    harness.store.publish(MAIL, rollout)

    pressed = await harness.ask_for(wanted(change))

    assert isinstance(pressed, NothingToConfirm)
    assert pressed == await harness.say(typed(change))
    assert pressed.alias == "mail"


@pytest.mark.parametrize("change", CHANGES)
async def test_a_guest_is_refused_and_the_log_has_it(
    harness: ServiceHarness, change: Change
) -> None:
    assert await harness.ask_for(wanted(change), GUEST) == NotAllowed(
        Denial.OTHER_WORKSPACE
    )

    [refused] = harness.events.log
    assert (refused.kind, refused.target) == (EventKind.REFUSED, MAIL)
    assert harness.store.calls == []


async def test_somebody_of_whom_slack_says_nothing_may_halt_alone(
    harness: ServiceHarness,
) -> None:
    unknown = Person(ANN.user_id, "")

    halt = await harness.ask_for(wanted(Change(Verb.HALT)), unknown)
    finalize = await harness.ask_for(wanted(Change(Verb.FINALIZE)), unknown)

    assert isinstance(halt, ConfirmationNeeded)
    assert finalize == NotAllowed(Denial.UNKNOWN_WORKSPACE)


@pytest.mark.parametrize("verb", list(VERBS))
async def test_what_may_be_asked_for_is_known_without_the_store(
    harness: ServiceHarness, verb: Verb
) -> None:
    service = harness.service

    allowed = await service.may_ask_for(verb, MAIL, PLACE, ANN)
    guest = await service.may_ask_for(verb, MAIL, PLACE, GUEST)
    elsewhere = await service.may_ask_for(verb, MAIL, NOWHERE, ANN)

    assert allowed == ResolvedTarget(MAIL, "mail")
    assert guest == NotAllowed(Denial.OTHER_WORKSPACE)
    assert elsewhere == UnknownAlias(MAIL.app_id)
    assert harness.store.calls == []


@pytest.mark.parametrize("target", [BETA, Target("other", MAIL.app_id)])
async def test_a_target_that_the_channel_does_not_follow_is_unknown(
    harness: ServiceHarness, target: Target
) -> None:
    pressed = await harness.ask_for(wanted(Change(Verb.HALT), target))

    assert pressed == UnknownAlias(target.app_id, ("mail",))
    assert harness.store.calls == []


async def test_the_first_alias_of_the_channel_names_it(harness: ServiceHarness) -> None:
    harness.aliases.put("aaa", MAIL)

    pressed = await harness.ask_for(wanted(Change(Verb.HALT)))

    assert isinstance(pressed, ConfirmationNeeded)
    assert pressed.request.alias == "aaa"


async def test_a_card_that_was_typed_for_serves_the_button_too(
    harness: ServiceHarness,
) -> None:
    request = await harness.ask("halt mail")
    assert request.card == CARD

    pressed = await harness.ask_for(wanted(Change(Verb.HALT)))

    assert isinstance(pressed, CardOpen)
    assert pressed.request == request


@pytest.mark.parametrize("target", [BETA, Target(MAIN, "9WZDNCRFJ3TJ")])
@pytest.mark.parametrize("change", CHANGES)
async def test_what_the_channel_follows_without_an_alias_is_asked_for(
    harness: ServiceHarness, change: Change, target: Target
) -> None:
    harness.store.publish(target)
    await follow(harness, target, Topics.CHANGES)

    pressed = await harness.ask_for(wanted(change, target))

    assert isinstance(pressed, ConfirmationNeeded)
    assert pressed.request.snapshot.ref.target == target
    assert pressed.request.alias is None


async def test_a_flight_without_an_alias_is_never_named_as_its_app(
    harness: ServiceHarness,
) -> None:
    await follow(harness, BETA, Topics.ALL)

    chosen = await harness.service.may_ask_for(Verb.SET, BETA, PLACE, ANN)

    assert isinstance(chosen, ResolvedTarget)
    assert chosen.word == f"{BETA.app_id} flight {BETA.flight_id}"
    # Who types that is told how to name it, and gets no card for the app.
    assert await harness.say(f"set {chosen.word} 40") == Usage(
        Misuse.UNKNOWN_FLIGHT, BETA.app_id
    )


async def test_what_the_channel_is_told_nothing_of_needs_an_alias(
    harness: ServiceHarness,
) -> None:
    harness.store.publish(BETA)
    for target in (MAIL, BETA):
        await follow(harness, target, Topics.NONE)

    named = await harness.ask_for(wanted(Change(Verb.HALT)))
    unnamed = await harness.ask_for(wanted(Change(Verb.HALT), BETA))

    assert isinstance(named, ConfirmationNeeded)
    assert unnamed == UnknownAlias(BETA.app_id, ("mail",))


async def follow(harness: ServiceHarness, target: Target, topics: Topics) -> None:
    one = Subscription(target, topics, by_alias=False, added_by="U1", added_at=NOON)
    assert await harness.repositories.subscriptions.put_subscription(PLACE, None, one)
