"""A rule that is agreed to: stored with its event, by one press, if nothing changed."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from bot.db.events import EVENTS, event_from
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.events import Event, EventKind
from bot.domain.policy_history import AgreedRule
from bot.domain.proposals import Proposal, ProposalState
from bot.domain.requests import Asker, Person, Place
from bot.domain.rule_changes import rule_change_of, rule_proposal
from bot.domain.rule_outcomes import TargetRule
from bot.domain.rules import Rule, RuleInForce, SecondPerson, rule_to_json
from bot.domain.submissions import Target
from tests.db.sample_requests import APP, FLIGHT, LATER, NOON
from tests.fakes import FakeRepositories

PLACE = Place("T1", "C1")
ANN = Asker(Person("UANN", "T1"), PLACE, NOON)
STRICT = Rule(("UANN", "UBEN"), ("S1",), SecondPerson.YES)
LOOSE = Rule(reason_required=True)
OTHER = Target("main", "9WZDNCRFJ3TJ")

Repositories = SqlRepositories | FakeRepositories


async def propose(
    on: Repositories, rule: Rule | None, target: Target | None = APP, name: str = "p1"
) -> Proposal:
    """Store the proposal of a rule, as the service does, in a channel that has it."""
    if target is not None:
        await on.release_channels.name_first(PLACE, target, "UANN", NOON)
    found = await on.rules.rule_in_force("T1", target)
    proposal = rule_proposal(name, TargetRule(target, found), rule, ANN)
    return await on.proposals.add_proposal(proposal)


async def agree(on: Repositories, proposal: Proposal) -> Proposal | None:
    return await on.proposals.agree(proposal, "UBEN", "1.2", LATER)


async def changes(database: Database) -> list[Event]:
    rows = await database.run(EVENTS.select().order_by(EVENTS.c.id))
    every = [event_from(row) for row in rows]
    return [event for event in every if event.kind is EventKind.RULE_CHANGED]


async def test_agreeing_stores_the_rule_and_who_agreed(
    repositories: Repositories,
) -> None:
    proposal = await propose(repositories, STRICT)

    agreed = await agree(repositories, proposal)

    assert agreed is not None
    assert agreed.state is ProposalState.AGREED
    found = await repositories.rules.rule_in_force("T1", APP)
    assert found == RuleInForce(STRICT, APP, 1, "UANN", "UBEN", LATER)
    assert await repositories.rules.rule_in_force("T1", OTHER) == RuleInForce()
    assert await repositories.rules.rule_in_force("T2", APP) == RuleInForce()


async def test_another_rule_takes_the_place_of_the_one_before(
    repositories: Repositories,
) -> None:
    assert await agree(repositories, await propose(repositories, STRICT))
    assert await agree(repositories, await propose(repositories, LOOSE, name="p2"))

    found = await repositories.rules.rule_in_force("T1", APP)
    assert found == RuleInForce(LOOSE, APP, 2, "UANN", "UBEN", LATER)


async def test_the_default_of_the_workspace_has_no_target(
    repositories: Repositories,
) -> None:
    assert await agree(repositories, await propose(repositories, LOOSE, None))

    for target in (None, APP, FLIGHT):
        found = await repositories.rules.rule_in_force("T1", target)
        assert found == RuleInForce(LOOSE, None, 1, "UANN", "UBEN", LATER)


async def test_nothing_is_agreed_to_once_a_rule_that_could_hold_has_changed(
    repositories: Repositories,
) -> None:
    of_flight = await propose(repositories, STRICT, FLIGHT)
    assert await agree(repositories, await propose(repositories, LOOSE, None, "p2"))

    assert await agree(repositories, of_flight) is None

    found = await repositories.rules.rule_in_force("T1", FLIGHT)
    assert found.rule == LOOSE
    kept = await repositories.proposals.get_proposal("p1")
    assert kept is not None
    assert kept.state is ProposalState.PENDING


async def test_a_rule_of_another_app_changes_nothing_for_a_proposal(
    repositories: Repositories,
) -> None:
    proposal = await propose(repositories, STRICT)
    assert await agree(repositories, await propose(repositories, LOOSE, OTHER, "p2"))

    assert await agree(repositories, proposal) is not None


async def test_nothing_is_agreed_to_in_a_channel_that_gave_the_app_up(
    repositories: Repositories,
) -> None:
    proposal = await propose(repositories, STRICT, OTHER)
    channels = repositories.release_channels
    assert await channels.give_up_unnamed(PLACE, OTHER, "UANN", NOON)

    assert await agree(repositories, proposal) is None

    assert await repositories.rules.rule_in_force("T1", OTHER) == RuleInForce()


async def test_the_event_has_both_rules_and_both_people(database: Database) -> None:
    on = SqlRepositories(database)
    assert await agree(on, await propose(on, STRICT))

    [event] = await changes(database)

    assert (event.actor, event.target, event.place) == ("UBEN", APP, PLACE)
    assert event.details == {
        "proposal": "p1",
        "asked_by": "UANN",
        "old": rule_to_json(Rule()) | {"people": [], "groups": []},
        "new": rule_to_json(STRICT) | {"people": ["UANN", "UBEN"], "groups": ["S1"]},
    }


async def test_of_many_presses_at_once_one_changes_the_rule(database: Database) -> None:
    on = SqlRepositories(database)
    proposal = await propose(on, STRICT)
    other = SqlRepositories(Database(database._url.render_as_string(False)))

    found = await asyncio.gather(
        *(
            (other if n % 2 else on).proposals.agree(proposal, f"U{n}", "1.2", LATER)
            for n in range(50)
        )
    )

    [agreed] = [one for one in found if one is not None]
    now = await on.rules.rule_in_force("T1", APP)
    assert (now.version, now.agreed_by) == (1, agreed.decided_by)
    assert len(await changes(database)) == 1
    await other.rules._database.close()


async def test_nobody_agrees_after_its_time(database: Database) -> None:
    on = SqlRepositories(database)
    proposal = await propose(on, STRICT)
    over = proposal.expires_at + timedelta(seconds=1)

    assert await on.proposals.agree(proposal, "UBEN", "1.2", over) is None

    rows = await database.run(text("SELECT count(*) FROM rules"))
    assert rows[0][0] == 0


async def test_a_rule_that_is_dropped_leaves_that_of_the_app_or_the_workspace(
    repositories: Repositories,
) -> None:
    rules = repositories.rules
    assert await agree(repositories, await propose(repositories, LOOSE, None, "p1"))
    assert await agree(repositories, await propose(repositories, STRICT, APP, "p2"))
    assert (await rules.rule_in_force("T1", APP)).inherited == LOOSE

    dropping = await propose(repositories, None, APP, "p3")
    assert rule_change_of(dropping).drops
    assert rule_change_of(dropping).new == LOOSE
    assert await agree(repositories, dropping)

    found = await rules.rule_in_force("T1", APP)
    assert found == RuleInForce(LOOSE, None, 3, "UANN", "UBEN", LATER)
    assert await agree(repositories, await propose(repositories, STRICT, APP, "p4"))
    again = await rules.rule_in_force("T1", APP)
    assert again == RuleInForce(STRICT, APP, 4, "UANN", "UBEN", LATER, LOOSE)


async def test_a_rule_that_is_dropped_without_any_other_leaves_none_but_its_version(
    repositories: Repositories,
) -> None:
    assert await agree(repositories, await propose(repositories, STRICT))
    assert await agree(repositories, await propose(repositories, None, name="p2"))

    assert await repositories.rules.rule_in_force("T1", APP) == RuleInForce(version=2)
    [*_, last] = (await repositories.events.list_history(PLACE, APP, 10)).entries[:1]
    assert isinstance(last, AgreedRule)
    assert last.drops
