"""Ways around release channels, rules and locks, and ways to hold up a halt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.approval import AloneReasonNeeded, Disqualification, Disqualified
from bot.domain.channel_outcomes import AliasAdded, LetInAsked
from bot.domain.directory import Profile
from bot.domain.events import EventKind
from bot.domain.lock_outcomes import LockLifted, LockSet
from bot.domain.outcomes import (
    Cancelled,
    CardOpen,
    ConfirmationNeeded,
    Confirmed,
    Denial,
    NotAllowed,
)
from bot.domain.press_outcomes import PressRefused, ReasonRequired
from bot.domain.proposals import ProposalDecided, ProposalState
from bot.domain.requests import Person, Place, Request, UnreadableRecord
from bot.domain.rules import Rule, SecondPerson
from bot.domain.submissions import Target
from bot.domain.usage import Misuse, Usage
from tests.fakes import ANN, BOB, MAIL, MAIN, NOON, PLACE
from tests.service.service_harness import CARD, ServiceHarness, service_harness

OTHER = Target(MAIN, "9WZDNCRFJ3TJ")
GAMES = Place(PLACE.workspace, "C9")
ALWAYS = Rule(finalize=SecondPerson.YES, set=SecondPerson.YES)
AFTER_TEN = Rule(finalize=SecondPerson.ALONE_AFTER_10_MINUTES)
TEN = timedelta(minutes=10)
# Signs that take no room, or show nothing: a reason of these says nothing.
INVISIBLE = ["\u200b", "\u2060\u200d", "\u3164", "\u2800", "\u00ad", "\ufeff", "\u115f"]


@pytest.fixture
def chat() -> ServiceHarness:
    """Return a service that knows Ann and Bob, who are both in the channel."""
    harness = service_harness()
    harness.directory.put(Profile("U1", "Ann"), Profile("U2", "Bob"))
    harness.directory.channels[PLACE.channel] = frozenset({"U1", "U2"})
    return harness


async def under(chat: ServiceHarness, rule: Rule) -> Request:
    """Let Ann ask for a finalize under a rule."""
    chat.repositories.rules.put("T1", MAIL, rule, 1)
    return await chat.ask("finalize mail all is well")


async def test_who_has_left_the_channel_confirms_nothing_there(
    chat: ServiceHarness,
) -> None:
    card = await under(chat, ALWAYS)
    chat.directory.channels[PLACE.channel] = frozenset({"U1"})

    found = await chat.confirm(card, BOB)

    assert isinstance(found, PressRefused)
    assert found.refusal == Disqualified(Disqualification.LEFT_CHANNEL)
    [event] = chat.events_of(EventKind.REFUSED)
    assert (event.code, event.actor) == ("left_channel", "U2")


async def test_the_form_of_an_asker_who_has_left_the_channel_confirms_nothing(
    chat: ServiceHarness,
) -> None:
    card = await under(chat, AFTER_TEN)
    chat.now = NOON + TEN
    chat.directory.channels[PLACE.channel] = frozenset({"U2"})

    found = await chat.service.confirm_alone(card.id, CARD, PLACE, ANN, "hurry")

    assert isinstance(found, PressRefused)
    assert found.refusal == Disqualified(Disqualification.LEFT_CHANNEL)


async def test_where_slack_does_not_say_who_is_in_the_channel_the_press_shows_it(
    chat: ServiceHarness,
) -> None:
    card = await under(chat, ALWAYS)
    chat.directory.channels.clear()

    assert isinstance(await chat.confirm(card, BOB), Confirmed)


async def test_nobody_lets_their_own_channel_in_while_slack_says_nothing(
    chat: ServiceHarness,
) -> None:
    chat.directory.channels.clear()
    asked = await chat.say(f"alias add mail {MAIL.app_id}", BOB, GAMES)
    assert isinstance(asked, LetInAsked)
    [proposal] = chat.repositories.proposals.kept.values()
    decide = chat.service.proposals.decide

    own = await decide(proposal.id, CARD, PLACE, BOB, agrees=True)

    assert own == NotAllowed(Denial.NOT_IN_CHANNEL)
    [event] = chat.events_of(EventKind.REFUSED)
    assert (event.code, event.actor) == (Denial.NOT_IN_CHANNEL, "U2")
    other = await decide(proposal.id, CARD, PLACE, ANN, agrees=True)
    assert isinstance(other, ProposalDecided)


async def test_nobody_who_asked_while_slack_said_nothing_refuses_for_others(
    chat: ServiceHarness,
) -> None:
    chat.directory.channels.clear()
    await chat.say(f"alias add mail {MAIL.app_id}", BOB, GAMES)
    [proposal] = chat.repositories.proposals.kept.values()

    withdrawn = await chat.service.proposals.decide(
        proposal.id, CARD, PLACE, BOB, agrees=False
    )

    assert isinstance(withdrawn, ProposalDecided)
    assert withdrawn.proposal.state is ProposalState.DECLINED


async def test_a_halt_of_several_apps_goes_on_where_one_is_another_channels(
    chat: ServiceHarness,
) -> None:
    chat.store.publish(OTHER)
    chat.repositories.memory.let_in(GAMES, OTHER, "U2", NOON)
    chat.directory.channels[GAMES.channel] = frozenset({"U2"})

    answers = await chat.say_all(f"halt {OTHER.app_id}, mail")

    kinds = {type(one) for one in answers}
    assert kinds == {LetInAsked, ConfirmationNeeded}
    [request] = chat.requests.kept.values()
    assert request.snapshot.ref.target == MAIL


async def test_a_closed_channel_is_told_once_for_several_apps(
    chat: ServiceHarness,
) -> None:
    chat.store.publish(OTHER)

    answers = await chat.say_all(
        f"halt {OTHER.app_id}, mail", Person("U9", "T9"), PLACE
    )

    assert answers == [NotAllowed(Denial.OTHER_WORKSPACE)]


async def test_what_nobody_here_can_read_does_not_hold_up_a_halt(
    chat: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = await under(chat, ALWAYS)
    found = chat.requests.get_request

    async def get_request(request_id: str) -> Request | None:
        if request_id == waiting.id:
            raise UnreadableRecord("a newer version wrote its rule")
        return await found(request_id)

    halt = await chat.ask("halt mail")
    confirmed = await chat.confirm(halt, BOB)
    assert isinstance(confirmed, Confirmed)
    monkeypatch.setattr(chat.requests, "get_request", get_request)

    await chat.service.end_overtaken(confirmed.request)


@pytest.mark.parametrize("nothing", INVISIBLE)
async def test_a_reason_that_nobody_can_see_is_none(
    chat: ServiceHarness, nothing: str
) -> None:
    missing = await chat.say(f"lock mail {nothing}")
    assert isinstance(missing, Usage)
    assert missing.misuse is Misuse.NO_LOCK_REASON
    assert isinstance(await chat.say("lock mail freeze"), LockSet)
    lifted = await chat.say(f"unlock mail {nothing}", BOB)
    assert isinstance(lifted, Usage)
    assert lifted.misuse is Misuse.NO_UNLOCK_REASON
    assert isinstance(await chat.say("unlock mail"), LockLifted)
    chat.repositories.rules.put("T1", MAIL, replace(AFTER_TEN, reason_required=True), 1)
    assert isinstance(await chat.say(f"finalize mail {nothing}"), ReasonRequired)
    card = await chat.ask("finalize mail all is well")
    chat.now = NOON + TEN
    alone = await chat.service.confirm_alone(card.id, CARD, PLACE, ANN, nothing)
    assert isinstance(alone, PressRefused)
    assert isinstance(alone.refusal, AloneReasonNeeded)


async def test_all_is_locked_and_lifted_only_where_a_channel_has_an_app(
    chat: ServiceHarness,
) -> None:
    assert isinstance(await chat.say("lock all freeze"), LockSet)
    chat.store.publish(OTHER)
    chat.repositories.memory.let_in(PLACE, OTHER, "U1", NOON)
    chat.directory.channels[PLACE.channel] = frozenset({"U1", "U2"})
    await chat.say(f"subscribe {OTHER.app_id}", BOB, GAMES)

    lifted = await chat.say("unlock all because", BOB, GAMES)

    own = (PLACE.channel,)
    assert lifted == NotAllowed(Denial.CHANNEL_LACKS_APP, OTHER, own)
    [event] = chat.events_of(EventKind.REFUSED)
    assert (event.code, event.actor) == (Denial.CHANNEL_LACKS_APP, "U2")
    assert all(one.lifted_at is None for one in chat.repositories.memory.locks)


@pytest.mark.parametrize("text", [f"halt {MAIL.app_id}", f"alias add m {MAIL.app_id}"])
async def test_a_channel_that_the_settings_close_keeps_no_app_from_the_others(
    chat: ServiceHarness, text: str
) -> None:
    chat.release_channels = frozenset({GAMES.channel})
    chat.service = chat.with_clock(lambda: chat.now)

    answer = await chat.say(text, BOB, GAMES)

    assert isinstance(answer, ConfirmationNeeded | AliasAdded)
    found = chat.repositories.memory.release_channels
    assert {one for each in found.values() for one in each} == {"C1", "C9"}
    [proposal] = chat.repositories.proposals.kept.values()
    assert (proposal.state, proposal.decided_by) == (ProposalState.AGREED, "U2")
    assert isinstance(
        await chat.say(f"halt {MAIL.app_id}", BOB, GAMES), ConfirmationNeeded | CardOpen
    )


async def test_a_closed_channel_is_not_asked_to_let_another_in(
    chat: ServiceHarness,
) -> None:
    chat.repositories.memory.let_in(Place("T1", "C7"), MAIL, "U1", NOON)
    chat.release_channels = frozenset({"C7", GAMES.channel})
    chat.service = chat.with_clock(lambda: chat.now)

    assert await chat.say(f"halt {MAIL.app_id}", BOB, GAMES) == LetInAsked(MAIL, None)

    [proposal] = chat.repositories.proposals.kept.values()
    assert proposal.place.channel == "C7"
    assert proposal.details["channels"] == ["C7"]


@pytest.mark.parametrize("agrees", [True, False])
async def test_who_only_looks_into_the_channel_decides_nothing_for_it(
    chat: ServiceHarness, agrees: bool
) -> None:
    asked = await chat.say(f"halt {MAIL.app_id}", BOB, GAMES)
    assert isinstance(asked, NotAllowed)
    chat.directory.channels[PLACE.channel] = frozenset({"U1"})
    assert isinstance(await chat.say(f"halt {MAIL.app_id}", BOB, GAMES), LetInAsked)
    [proposal] = chat.repositories.proposals.kept.values()

    found = await chat.service.proposals.decide(
        proposal.id, CARD, PLACE, BOB, agrees=agrees
    )

    assert found == NotAllowed(Denial.NOT_IN_CHANNEL)
    assert chat.events_of(EventKind.REFUSED)[-1].code == Denial.NOT_IN_CHANNEL
    assert chat.repositories.proposals.kept[proposal.id].state is ProposalState.PENDING


async def test_who_only_looks_into_the_channel_declines_nothing(
    chat: ServiceHarness,
) -> None:
    card = await under(chat, ALWAYS)
    chat.directory.channels[PLACE.channel] = frozenset({"U1"})

    found = await chat.cancel(card, BOB)

    assert isinstance(found, PressRefused)
    assert found.refusal == Disqualified(Disqualification.LEFT_CHANNEL)
    assert isinstance(await chat.cancel(card, ANN), Cancelled)


async def test_a_reason_does_not_hide_behind_what_nobody_can_see(
    chat: ServiceHarness,
) -> None:
    hidden = "\u200b" * 600
    locked = await chat.say(f"lock mail {hidden}freeze")
    assert isinstance(locked, LockSet)
    assert locked.lock.reason == "freeze"

    lifted = await chat.say(f"unlock mail {hidden}thaw", BOB)

    assert isinstance(lifted, LockLifted)
    assert lifted.lifted[0].lift_reason == "thaw"
