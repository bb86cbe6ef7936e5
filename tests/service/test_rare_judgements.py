"""What is judged where a record is newer, Slack is away or a channel has changed."""

from dataclasses import replace

import pytest

from bot.domain.approval import LookupRefused
from bot.domain.directory import Profile, UserGroup
from bot.domain.outcomes import Approved
from bot.domain.press_outcomes import PressRefused
from bot.domain.proposals import (
    PROPOSED_FOR,
    Proposal,
    ProposalDecided,
    ProposalKind,
    ProposalState,
)
from bot.domain.requests import Person, Place, UnreadableRecord
from bot.domain.rollout import Change
from bot.domain.rules import Rule, RuleInForce, SecondPerson
from bot.domain.verbs import Verb
from bot.service.deciders import Deciders
from bot.service.rule_changes import RuleChanges
from tests.fakes import ANN, BOB, MAIL, NOON, PLACE
from tests.service.service_harness import CARD, ServiceHarness

CAROL = Person("U3", "T1")
GAMES = Place(PLACE.workspace, "C9")
MANAGERS = UserGroup("S1", "release-managers", "Release managers")
LISTED = Rule(groups=("S1",), finalize=SecondPerson.YES)
LET_IN = Proposal(
    *("p1", ProposalKind.LET_IN, PLACE, MAIL, "U8"),
    NOON,
    NOON + PROPOSED_FOR,
    about=GAMES.channel,
)


@pytest.fixture
def harness(harness: ServiceHarness) -> ServiceHarness:
    """Return a service whose channel has the app, with Ann and Carol in it."""
    people = (Profile("U1", "Ann"), Profile("U2", "Bob"), Profile("U3", "Carol"))
    harness.directory.put(*people)
    harness.directory.put_group(MANAGERS, ["U2", "U3"])
    harness.directory.channels[PLACE.channel] = frozenset({"U1", "U3"})
    return harness


def deciders_of(harness: ServiceHarness) -> Deciders:
    """Return who may decide what waits in the service."""
    return Deciders(harness.ports, harness.directory, frozenset(), lambda: harness.now)


async def test_a_card_whose_rule_cannot_be_read_is_hidden_from_nobody(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.repositories.rules.put("T1", MAIL, LISTED)
    card = await harness.ask("finalize mail all is well")
    deciders = deciders_of(harness)
    assert not await deciders.may_confirm(ANN, card)

    async def newer(*_: object) -> RuleInForce:
        raise UnreadableRecord

    monkeypatch.setattr(harness.repositories.rules, "rule_in_force", newer)

    assert await deciders.may_confirm(ANN, card)


async def test_a_proposal_is_shown_to_who_is_in_its_channel_and_not_to_who_looks_in(
    harness: ServiceHarness,
) -> None:
    deciders = deciders_of(harness)

    assert await deciders.may_decide(ANN, LET_IN)
    assert not await deciders.may_decide(BOB, LET_IN)


async def test_who_may_withdraw_what_they_may_not_agree_to_is_shown_it(
    harness: ServiceHarness,
) -> None:
    harness.directory.channels.clear()

    assert await deciders_of(harness).may_decide(ANN, replace(LET_IN, asked_by="U1"))


async def test_a_proposal_that_cannot_be_read_is_shown_to_nobody(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def newer(*_: object, **__: object) -> None:
        raise UnreadableRecord

    monkeypatch.setattr(RuleChanges, "may_decide", newer)
    deciders = deciders_of(harness)

    assert not await deciders.may_decide(ANN, replace(LET_IN, kind=ProposalKind.RULE))
    assert await deciders.may_decide(ANN, LET_IN)


async def test_where_slack_does_not_say_who_has_left_stored_approvals_are_not_dropped(
    harness: ServiceHarness,
) -> None:
    harness.directory.channels[PLACE.channel] = frozenset({"U1", "U2", "U3"})
    harness.repositories.rules.put("T1", MAIL, LISTED)
    request = replace(
        await harness.ask_for_two(),
        change=Change(Verb.FINALIZE),
        rule=LISTED,
        asked_by="U9",
    )
    harness.repositories.memory.requests[request.id] = request
    assert isinstance(await harness.confirm(request, BOB), Approved)
    harness.directory.channels.clear()

    refused = await harness.confirm(request, CAROL)

    assert isinstance(refused, PressRefused)
    assert refused.refusal == LookupRefused(LISTED, "channel_not_found")
    assert harness.requests.kept[request.id].approvals_given == 1
    assert harness.operations.kept == {}


@pytest.mark.parametrize("by_now", ["given_up", "let_in"])
async def test_agreeing_to_let_a_channel_in_is_too_late_once_channels_have_changed(
    harness: ServiceHarness, by_now: str
) -> None:
    memory = harness.repositories.memory
    await harness.ask()
    await harness.say(f"halt {MAIL.app_id}", BOB, GAMES)
    [name] = harness.repositories.proposals.kept
    if by_now == "given_up":
        memory.release_channels.clear()
    else:
        memory.let_in(GAMES, MAIL, "U9", NOON)
    before = {key: set(found) for key, found in memory.release_channels.items()}

    late = await harness.service.proposals.decide(name, CARD, PLACE, ANN, agrees=True)

    assert isinstance(late, ProposalDecided)
    assert late.proposal.state is ProposalState.OUTDATED
    after = {key: set(found) for key, found in memory.release_channels.items()}
    assert after == before
