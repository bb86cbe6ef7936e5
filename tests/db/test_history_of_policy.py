"""The history of a channel has its locks, its rules and what it was let in to."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.events import AliasChange, EventKind
from bot.domain.history import Entry
from bot.domain.lock_events import LockChange
from bot.domain.locks import Lock
from bot.domain.policy_history import AgreedRule, ChannelChange
from bot.domain.proposals import Proposal, ProposalKind, ProposalState
from bot.domain.requests import Alias, Asker, Place
from bot.domain.rule_changes import rule_proposal
from bot.domain.rule_outcomes import TargetRule
from bot.domain.rules import NO_RULE, Rule, RuleInForce
from bot.domain.submissions import Target
from tests.db.sample_requests import ANN, APP, CHANNEL, FLIGHT, LATER, NOON
from tests.db.sample_requests import AllRepositories as Repositories

ELSEWHERE = Place("T1", "C2")


async def history(
    repositories: Repositories, place: Place = CHANNEL, target: Target | None = None
) -> tuple[Entry, ...]:
    page = await repositories.events.list_history(place, target, 10)
    assert page.unread == 0
    return page.entries


async def test_locks_that_were_set_and_lifted_are_entries_of_their_target(
    repositories: Repositories,
) -> None:
    end = NOON + timedelta(days=1)
    locks = [
        await repositories.locks.add_lock(
            Lock(0, "T1", "C1", target, "freeze", "U1", NOON, end), CHANNEL
        )
        for target in (APP, FLIGHT, None)
    ]
    lifted = replace(locks[0], lifted_by="U2", lifted_at=LATER, lift_reason="well")
    await repositories.locks.lift_lock(lifted, CHANNEL)

    unlocked = LockChange(EventKind.UNLOCKED, locks[0], LATER, "U2", "well")
    of_app, of_flight, of_all = [
        LockChange(EventKind.LOCKED, replace(one, id=0), NOON, "U1") for one in locks
    ]
    assert set(await history(repositories)) == {unlocked, of_app, of_flight, of_all}
    assert await history(repositories, CHANNEL, APP) == (unlocked, of_app)
    assert await history(repositories, CHANNEL, FLIGHT) == (of_flight,)
    assert await history(repositories, ELSEWHERE) == ()


async def test_a_rule_that_was_agreed_to_is_an_entry(
    repositories: Repositories,
) -> None:
    rule = Rule(reason_required=True)
    await repositories.release_channels.name_first(CHANNEL, APP, "U1", NOON)
    asker = Asker(ANN, CHANNEL, NOON)
    before = TargetRule(APP, RuleInForce())
    proposal = rule_proposal("p1", before, rule, asker)
    await repositories.proposals.add_proposal(proposal)
    assert await history(repositories) == ()

    await repositories.proposals.agree(proposal, "U2", "1.2", LATER)

    agreed = AgreedRule(APP, LATER, "U2", ANN.user_id, NO_RULE, rule)
    assert await history(repositories) == (agreed,)
    assert await history(repositories, CHANNEL, APP) == (agreed,)


async def test_a_channel_that_was_let_in_has_an_entry_and_the_first_one_has_none(
    repositories: Repositories,
) -> None:
    await repositories.release_channels.name_first(CHANNEL, APP, "U1", NOON)
    proposal = Proposal(
        "p1",
        ProposalKind.LET_IN,
        CHANNEL,
        APP,
        "U2",
        NOON,
        NOON + timedelta(hours=8),
        about=ELSEWHERE.channel,
        details={"app_name": "Mail", "channels": [CHANNEL.channel]},
    )
    agreed = proposal.decided(ProposalState.AGREED, "U1", NOON)
    await repositories.proposals.add_proposal(agreed)
    added = ChannelChange(EventKind.CHANNEL_ADDED, APP, NOON, "U1", "U2")
    assert await history(repositories) == ()
    assert await history(repositories, ELSEWHERE) == (added,)

    await repositories.release_channels.give_up_unnamed(ELSEWHERE, APP, "U2", LATER)

    removed = ChannelChange(EventKind.CHANNEL_REMOVED, APP, LATER, "U2")
    assert await history(repositories, ELSEWHERE) == (removed, added)
    assert await history(repositories, ELSEWHERE, APP) == (removed, added)


async def test_the_first_alias_of_an_app_is_one_entry(
    repositories: Repositories,
) -> None:
    await repositories.release_channels.name_first(CHANNEL, APP, "U1", NOON)
    mail = Alias("mail", APP, "Mail", None, "U1")
    await repositories.aliases.add_alias(CHANNEL, mail, NOON)

    [entry] = await history(repositories)

    assert isinstance(entry, AliasChange)
