"""Which rule is in force for a target, in every kind of database and in memory."""

import pytest
from sqlalchemy import insert, literal, select

from bot.db.repositories import SqlRepositories
from bot.db.rows import own_rule_text, target_values
from bot.db.rules import RULES, rules_version
from bot.db.session import Database
from bot.domain.requests import UnreadableRecord
from bot.domain.rules import NO_RULE, Rule, RuleInForce, SecondPerson
from bot.domain.submissions import Target
from tests.db.sample_requests import APP, FLIGHT, NOON
from tests.fakes import FakeRepositories

DEFAULT = Rule(finalize=SecondPerson.YES)
OF_APP = Rule(("U1", "U2"), ("S1",), SecondPerson.ALONE_AFTER_1_HOUR)
OF_FLIGHT = Rule(set=SecondPerson.YES, reason_required=True)
OTHER_APP = Target("main", "9WZDNCRFJ3TJ")
OTHER_FLIGHT = Target("main", APP.app_id, "f-2")
OTHER_ACCOUNT = Target("other", APP.app_id)


async def put(
    repositories: SqlRepositories | FakeRepositories,
    target: Target | None,
    rule: Rule,
    version: int = 1,
    workspace: str = "T1",
) -> None:
    """Store a rule for a test to start from."""
    if isinstance(repositories, FakeRepositories):
        repositories.rules.put(workspace, target, rule, version)
    else:
        database = repositories.rules._database
        await put_text(database, target, own_rule_text(rule), version, workspace)


async def put_text(
    database: Database,
    target: Target | None,
    text: str,
    version: int = 1,
    workspace: str = "T1",
) -> None:
    """Store what stands for a rule in the table."""
    none = dict.fromkeys(("account", "app_id", "flight_id"), "")
    values = {
        "workspace": workspace,
        **(target_values(target) if target else none),
        "rule": text,
        "version": version,
        "proposed_by": "U1",
        "agreed_by": "U2",
        "changed_at": NOON,
    }
    await database.run(insert(RULES).values(values))


def agreed(
    rule: Rule, target: Target | None, version: int, inherited: Rule = NO_RULE
) -> RuleInForce:
    return RuleInForce(rule, target, version, "U1", "U2", NOON, inherited)


async def test_nothing_is_in_force_where_nobody_has_agreed_on_anything(
    repositories: SqlRepositories | FakeRepositories,
) -> None:
    assert await repositories.rules.rule_in_force("T1", APP) == RuleInForce()
    assert await repositories.rules.rule_in_force("T1", FLIGHT) == RuleInForce()
    assert await repositories.rules.rule_in_force("T1", None) == RuleInForce()


async def test_a_flight_has_its_own_rule_else_its_apps_else_the_default(
    repositories: SqlRepositories | FakeRepositories,
) -> None:
    await put(repositories, None, DEFAULT, 2)
    await put(repositories, APP, OF_APP, 3)
    await put(repositories, FLIGHT, OF_FLIGHT, 5)
    rules = repositories.rules

    assert await rules.rule_in_force("T1", FLIGHT) == agreed(
        OF_FLIGHT, FLIGHT, 10, OF_APP
    )
    assert await rules.rule_in_force("T1", OTHER_FLIGHT) == agreed(
        OF_APP, APP, 5, DEFAULT
    )
    assert await rules.rule_in_force("T1", APP) == agreed(OF_APP, APP, 5, DEFAULT)
    assert await rules.rule_in_force("T1", OTHER_APP) == agreed(DEFAULT, None, 2)
    assert await rules.rule_in_force("T1", OTHER_ACCOUNT) == agreed(DEFAULT, None, 2)
    assert await rules.rule_in_force("T1", None) == agreed(DEFAULT, None, 2)
    assert await rules.rule_in_force("T2", FLIGHT) == RuleInForce()


async def test_a_flight_without_a_default_has_the_rule_of_its_app_alone(
    repositories: SqlRepositories | FakeRepositories,
) -> None:
    await put(repositories, FLIGHT, OF_FLIGHT)
    await put(repositories, APP, NO_RULE, 4)
    rules = repositories.rules

    assert await rules.rule_in_force("T1", APP) == agreed(NO_RULE, APP, 4)
    assert await rules.rule_in_force("T1", OTHER_FLIGHT) == agreed(NO_RULE, APP, 4)
    assert await rules.rule_in_force("T1", None) == RuleInForce()


async def test_the_version_in_a_statement_is_the_one_that_is_read(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    for target, version in ((None, 2), (APP, 3), (FLIGHT, 5)):
        await put(repositories, target, DEFAULT, version)

    for target in (FLIGHT, OTHER_FLIGHT, APP, OTHER_APP):
        of = {"workspace": "T1", **target_values(target)}
        columns = {name: literal(value) for name, value in of.items()}
        [row] = await database.run(select(rules_version(columns)))
        read = await repositories.rules.rule_in_force("T1", target)
        assert row[0] == read.version


@pytest.mark.parametrize(
    "text", ["{}", "[]", "no JSON", '{"people": [], "groups": [], "finalize": "both"}']
)
async def test_a_rule_that_a_newer_version_has_written_is_not_taken_for_none(
    database: Database, text: str
) -> None:
    await put_text(database, APP, text)

    with pytest.raises(UnreadableRecord):
        await SqlRepositories(database).rules.rule_in_force("T1", APP)
