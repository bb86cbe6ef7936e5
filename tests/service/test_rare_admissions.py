"""Races and settings that seldom decide who may ask, agree or lock somewhere."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from bot.domain.channel_outcomes import LetInAsked
from bot.domain.directory import Profile
from bot.domain.events import EventKind
from bot.domain.lock_outcomes import LockSet
from bot.domain.outcomes import ConfirmationNeeded, Confirmed, Denial, NotAllowed
from bot.domain.proposals import Proposal, ProposalClosed, ProposalState
from bot.domain.requests import EndReason, Place, RequestState
from bot.domain.rule_outcomes import RuleProposed, TooFewApprovers
from bot.domain.rules import Rule, SecondPerson
from bot.domain.submissions import Target
from bot.service.open_cards import end_overtaken
from tests.fakes import ANN, BOB, MAIL, MAIN, NOON, PLACE, FakeRequests
from tests.service.service_harness import CARD, ServiceHarness

GAMES = Place(PLACE.workspace, "C9")
OTHER = Target(MAIN, "9WZDNCRFJ3TJ")
STRICT = Rule(finalize=SecondPerson.YES, set=SecondPerson.YES)


@pytest.fixture
def chat(harness: ServiceHarness) -> ServiceHarness:
    """Ann and Bob in the channel that has the app; in the other one is nobody."""
    harness.directory.put(Profile(ANN.user_id, "Ann"), Profile(BOB.user_id, "Bob"))
    both = frozenset({ANN.user_id, BOB.user_id})
    harness.directory.channels[PLACE.channel] = both
    harness.directory.channels[GAMES.channel] = frozenset()
    return harness


def allow_only(chat: ServiceHarness, place: Place) -> None:
    """Let the settings name one channel in which anything is changed."""
    chat.release_channels = frozenset({place.channel})
    chat.service = chat.with_clock(lambda: chat.now)


def let_games_be_first(chat: ServiceHarness, patch: pytest.MonkeyPatch) -> None:
    """Let the other channel get a free app a moment before this one takes it."""
    repository = chat.repositories.release_channels
    name_first = repository.name_first

    async def late(place: Place, target: Target, actor: str, now: datetime) -> bool:
        chat.repositories.memory.let_in(GAMES, target, "U7", now)
        return await name_first(place, target, actor, now)

    patch.setattr(repository, "name_first", late)


async def channels_of(chat: ServiceHarness, target: Target = MAIL) -> set[str]:
    repository = chat.repositories.release_channels
    found = await repository.channels_of(PLACE.workspace, target)
    return {one.channel for one in found}


async def propose(chat: ServiceHarness, target: Target) -> object:
    """Let Ann propose a rule in place of the one that is in force."""
    seen = await chat.repositories.rules.rule_in_force(PLACE.workspace, target)
    rules = chat.service.rules
    return await rules.propose(target, seen.version, STRICT, PLACE, ANN)


async def test_a_halt_overtakes_what_waited_and_leaves_what_was_asked_for_later(
    chat: ServiceHarness,
) -> None:
    chat.repositories.rules.put(PLACE.workspace, MAIL, STRICT)
    earlier = await chat.ask("finalize mail")
    confirmed = await chat.confirm(await chat.ask("halt mail"), BOB)
    assert isinstance(confirmed, Confirmed)
    chat.now += timedelta(seconds=1)
    later = await chat.ask("set mail 40")

    ended = await end_overtaken(chat.requests, confirmed.request, chat.now)

    assert ended == [earlier.id]
    assert chat.requests.kept[earlier.id].end_reason is EndReason.OVERTAKEN
    assert chat.requests.kept[later.id].state is RequestState.PENDING


class CancelledMeanwhile(FakeRequests):
    """Requests that Ann cancels once those under a rule have been listed."""

    async def open_under_rule(
        self, workspace: str, target: Target, now: datetime
    ) -> Sequence[str]:
        """Return what waited a moment ago."""
        found = await super().open_under_rule(workspace, target, now)
        for one in found:
            await self.cancel_request(one, ANN, CARD, now)
        return found


async def test_what_is_cancelled_meanwhile_is_not_overtaken_by_a_halt_too(
    chat: ServiceHarness,
) -> None:
    chat.repositories.rules.put(PLACE.workspace, MAIL, STRICT)
    card = await chat.ask("finalize mail")
    confirmed = await chat.confirm(await chat.ask("halt mail"), BOB)
    assert isinstance(confirmed, Confirmed)
    pressed = CancelledMeanwhile(chat.repositories.memory)

    assert await end_overtaken(pressed, confirmed.request, chat.now) == []

    kept = chat.requests.kept[card.id]
    assert kept.state is RequestState.CANCELLED
    assert (kept.end_reason, kept.decided_by) == (None, ANN.user_id)


async def test_who_agrees_a_moment_after_another_declined_sees_that_it_is_declined(
    chat: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await propose(chat, MAIL) == RuleProposed()
    repository = chat.repositories.proposals
    [name] = repository.kept
    agree = repository.agree

    async def late(
        proposal: Proposal, by: str, card: str, now: datetime
    ) -> Proposal | None:
        declined = ProposalState.DECLINED
        await repository.close_proposal(proposal, declined, "U7", card, now)
        return await agree(proposal, by, card, now)

    monkeypatch.setattr(repository, "agree", late)

    outcome = await chat.service.proposals.decide(name, CARD, PLACE, BOB, agrees=True)

    assert isinstance(outcome, ProposalClosed)
    assert outcome.proposal.state is ProposalState.DECLINED
    assert outcome.proposal.decided_by == "U7"
    found = await chat.repositories.rules.rule_in_force(PLACE.workspace, MAIL)
    assert found.rule == Rule()


async def test_all_apps_are_locked_where_the_channel_has_one_of_those_it_names(
    chat: ServiceHarness,
) -> None:
    chat.aliases.put("other", OTHER)
    memory = chat.repositories.memory
    for had in (MAIL, OTHER):
        memory.release_channels.clear()
        memory.let_in(PLACE, had, ANN.user_id, NOON)
        lacking = OTHER if had == MAIL else MAIL
        memory.let_in(GAMES, lacking, "U7", NOON)

        answer = await chat.say("lock all freeze")

        assert isinstance(answer, LockSet)
        assert answer.lock.target is None
    assert chat.events_of(EventKind.REFUSED) == []


async def test_all_apps_are_not_locked_where_the_channel_has_none_that_it_names(
    chat: ServiceHarness,
) -> None:
    memory = chat.repositories.memory
    memory.release_channels.clear()
    memory.let_in(GAMES, MAIL, "U7", NOON)

    denied = await chat.say("lock all freeze")

    assert denied == NotAllowed(Denial.CHANNEL_LACKS_APP, MAIL)
    assert memory.locks == []
    [refused] = chat.events_of(EventKind.REFUSED)
    assert refused.code == "channel_lacks_app"


async def test_nobody_is_asked_where_only_channels_without_a_say_have_the_app(
    chat: ServiceHarness,
) -> None:
    allow_only(chat, GAMES)

    answer = await chat.say(f"halt {MAIL.app_id}", ANN, GAMES)

    assert isinstance(answer, ConfirmationNeeded)
    assert await channels_of(chat) == {PLACE.channel, GAMES.channel}
    [proposal] = chat.repositories.proposals.kept.values()
    assert proposal.state is ProposalState.AGREED
    assert (proposal.about, proposal.decided_by) == (GAMES.channel, ANN.user_id)
    assert proposal.details["app_name"] == "Mail"


async def test_a_channel_that_is_second_to_take_a_free_app_asks_the_first_one(
    chat: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.repositories.memory.release_channels.clear()
    let_games_be_first(chat, monkeypatch)

    answer = await chat.say("halt mail")

    assert isinstance(answer, LetInAsked)
    assert answer.target == MAIL
    assert await channels_of(chat) == {GAMES.channel}
    [proposal] = chat.repositories.proposals.kept.values()
    assert (proposal.place.channel, proposal.about) == (GAMES.channel, PLACE.channel)
    assert not chat.requests.kept


async def test_a_rule_is_not_proposed_where_another_channel_just_took_the_app(
    chat: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_games_be_first(chat, monkeypatch)

    answer = await propose(chat, OTHER)

    assert answer == LetInAsked(OTHER, None)
    assert await channels_of(chat, OTHER) == {GAMES.channel}
    [proposal] = chat.repositories.proposals.kept.values()
    assert proposal.about == PLACE.channel
    found = await chat.repositories.rules.rule_in_force(PLACE.workspace, OTHER)
    assert found.rule == Rule()


async def test_a_rule_is_judged_before_it_is_proposed(chat: ServiceHarness) -> None:
    changes = chat.service.rules.changes
    alone = Rule((ANN.user_id,), finalize=SecondPerson.YES)
    both = Rule((ANN.user_id, BOB.user_id), finalize=SecondPerson.YES)

    problem = await changes.problem(PLACE.workspace, alone)

    assert isinstance(problem, TooFewApprovers)
    assert await changes.problem(PLACE.workspace, both) is None
    assert chat.repositories.proposals.kept == {}


async def test_in_a_channel_that_lost_its_say_a_rule_is_declined_and_not_agreed_to(
    chat: ServiceHarness,
) -> None:
    assert await propose(chat, MAIL) == RuleProposed()
    [name] = chat.repositories.proposals.kept
    allow_only(chat, GAMES)
    decide = chat.service.proposals.decide

    denied = await decide(name, CARD, PLACE, BOB, agrees=True)

    assert denied == NotAllowed(Denial.NOT_RELEASE_CHANNEL, MAIL)
    [waiting] = chat.repositories.proposals.kept.values()
    assert waiting.state is ProposalState.PENDING
    await decide(name, CARD, PLACE, BOB, agrees=False)
    [declined] = chat.repositories.proposals.kept.values()
    assert declined.state is ProposalState.DECLINED
