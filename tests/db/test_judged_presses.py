"""Presses on what a rule holds: judged by the newest rules, and overtaken by a halt."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from bot.db.models import ApprovalRow, table
from bot.db.repositories import SqlRepositories
from bot.db.requests import MOST_TRIES
from bot.db.rows import own_rule_text, target_values
from bot.db.rules import RULES
from bot.db.session import Database
from bot.domain.approval import Approval, Judgement
from bot.domain.plan_outcomes import PlanLives
from bot.domain.requests import EndReason, Person, Place, Request, RequestState
from bot.domain.rollout import Change
from bot.domain.rules import Rule, SecondPerson
from bot.domain.storage import StorageUnavailable
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from tests.db.sample_requests import (
    ANN,
    APP,
    BOB,
    CHANNEL,
    FLIGHT,
    LATER,
    NOON,
    AllRepositories,
    press,
    request,
)

ALWAYS = Rule(finalize=SecondPerson.YES)
SECOND = timedelta(seconds=1)
REFUSED = "refused"


async def ask(
    repositories: AllRepositories,
    number: int = 1,
    verb: Verb = Verb.FINALIZE,
    rule: Rule = ALWAYS,
    target: Target = APP,
) -> Request:
    """Store what somebody asks for under a rule."""
    asked = replace(request(number, target), change=Change(verb), rule=rule)
    await repositories.requests.add_request(asked)
    return asked


class Judge:
    """Judges by a version of the rules, and counts how often it is asked."""

    def __init__(self, *versions: int, reason: str | None = None) -> None:
        self.versions = list(versions)
        self.reason = reason
        self.asked: list[Request] = []

    async def __call__(
        self, asked: Request, stored: Sequence[Approval]
    ) -> Judgement | str:
        self.asked.append(asked)
        if not self.versions:
            return REFUSED
        return Judgement(len(stored), self.versions.pop(0), self.reason)


async def confirm(
    repositories: AllRepositories, judge: Judge, number: int = 1, who: Person = BOB
) -> Request | str | PlanLives | None:
    """Press the button of a request, and let it be judged."""
    return await repositories.requests.approve_request(
        f"r{number}", who, "1700.1", LATER - SECOND, judge=judge
    )


async def agree(database: Database, rule: Rule, version: int) -> None:
    """Store a rule of the app, or the next version of it."""
    values = {"rule": own_rule_text(rule), "version": version}
    this = RULES.c.workspace == "T1"
    if await database.run(select(RULES).where(this)):
        await database.run(update(RULES).where(this).values(values))
        return
    values |= {"proposed_by": "U1", "agreed_by": "U2", "changed_at": NOON}
    values |= {"workspace": "T1", **target_values(APP)}
    await database.run(insert(RULES).values(values))


async def test_a_press_counts_only_by_the_newest_version_of_the_rules(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    await ask(repositories)
    await agree(database, ALWAYS, 3)
    older, twice = Judge(2), Judge(2, 3)

    assert await confirm(repositories, older) == REFUSED
    assert len(older.asked) == 2
    stored = await repositories.requests.get_request("r1")
    assert stored is not None
    assert (stored.state, stored.approvals_given) == (RequestState.PENDING, 0)

    found = await confirm(repositories, twice)
    assert isinstance(found, Request)
    assert found.state is RequestState.AUTHORISED
    assert len(twice.asked) == 2


async def test_a_press_that_is_always_judged_by_another_version_is_given_up(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    await ask(repositories)
    judge = Judge(*[7] * (MOST_TRIES + 1))

    with pytest.raises(StorageUnavailable):
        await confirm(repositories, judge)

    assert len(judge.asked) == MOST_TRIES


async def test_a_rule_that_comes_between_judging_and_claiming_is_judged_too(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    await ask(repositories, rule=Rule())

    class Meanwhile(Judge):
        async def __call__(
            self, asked: Request, stored: Sequence[Approval]
        ) -> Judgement | str:
            judged = await super().__call__(asked, stored)
            await agree(database, ALWAYS, 1)
            return judged

    judge = Meanwhile(0)

    assert await confirm(repositories, judge) == REFUSED
    assert len(judge.asked) == 2
    assert await repositories.operations.get_operation("r1") is None


async def test_why_somebody_was_alone_is_kept_with_the_approval_and_the_event(
    repositories: AllRepositories,
) -> None:
    await ask(repositories)

    found = await confirm(repositories, Judge(0, reason="nobody is here"))

    assert isinstance(found, Request)
    assert found.alone_reason == "nobody is here"
    assert await repositories.requests.get_request("r1") == found
    assert await repositories.requests.get_request_of("r1") == found
    [entry] = (await repositories.events.list_history(CHANNEL, None, 5)).entries
    assert isinstance(entry, Request)
    assert entry.alone_reason == "nobody is here"
    assert entry.rule == ALWAYS


async def test_a_stored_approval_is_shown_to_whoever_judges_the_next(
    repositories: AllRepositories,
) -> None:
    asked = replace(request(), approvals_required=2)
    await repositories.requests.add_request(asked)
    await press(repositories, person=ANN)
    seen: list[Approval] = []

    async def judge(_: Request, stored: Sequence[Approval]) -> Judgement:
        seen.extend(stored)
        # The first does not count any more.
        return Judgement(0)

    found = await repositories.requests.approve_request(
        "r1", BOB, "1700.1", NOON, judge=judge
    )

    assert seen == [Approval(ANN, NOON)]
    assert isinstance(found, Request)
    assert (found.state, found.approvals_given) == (RequestState.PENDING, 2)


async def test_a_confirmed_halt_keeps_everything_that_waited_from_being_confirmed(
    repositories: AllRepositories,
) -> None:
    await ask(repositories, 1)
    await ask(repositories, 2, target=FLIGHT)
    await ask(repositories, 3, rule=Rule())
    await ask(repositories, 4, target=Target("main", "9WZDNCRFJ3TJ"))
    await ask(repositories, 5, Verb.HALT, Rule())
    await press(repositories, 5, now=NOON + timedelta(minutes=1))

    for number in (1, 2):
        judge = Judge(0)
        assert await repositories.requests.halted_by(f"r{number}") == ANN.user_id
        assert await confirm(repositories, judge, number) == REFUSED
        assert len(judge.asked) == 2
    for number in (3, 4):
        found = await confirm(repositories, Judge(0), number)
        assert isinstance(found, Request)
        assert found.state is RequestState.AUTHORISED
    assert await repositories.requests.halted_by("r4") is None


async def test_what_waits_under_a_rule_is_found_for_an_app_and_its_flights(
    repositories: AllRepositories,
) -> None:
    await ask(repositories, 1)
    await ask(repositories, 2, target=FLIGHT)
    await ask(repositories, 3, rule=Rule())
    await ask(repositories, 4, target=Target("main", "9WZDNCRFJ3TJ"))
    await ask(repositories, 5, Verb.HALT)
    elsewhere = replace(
        request(6), place=Place("T1", "C7"), rule=ALWAYS, change=Change(Verb.SET, 40.0)
    )
    await repositories.requests.add_request(elsewhere)
    requests = repositories.requests

    for target in (APP, FLIGHT):
        found = await requests.open_under_rule("T1", target, NOON)
        assert sorted(found) == ["r1", "r2", "r6"]
    assert await requests.open_under_rule("T2", APP, NOON) == []
    assert await requests.open_under_rule("T1", APP, LATER) == []


async def test_a_halt_knows_when_it_is_read_whether_it_overtakes_something(
    repositories: AllRepositories,
) -> None:
    requests = repositories.requests
    away = replace(request(7), place=Place("T2", "C7"), rule=ALWAYS)
    await requests.add_request(replace(away, change=Change(Verb.SET, 40.0)))
    await ask(repositories, 3, rule=Rule())
    await ask(repositories, 4, target=Target("main", "9WZDNCRFJ3TJ"))
    await ask(repositories, 5, Verb.HALT, Rule())
    await ask(repositories, 6, Verb.HALT)

    async def overtakes(number: int) -> bool:
        found = await requests.get_request(f"r{number}")
        assert found is not None
        return found.overtakes

    assert not await overtakes(5)
    await ask(repositories, 2, target=FLIGHT)
    assert await overtakes(5)
    assert not await overtakes(3)
    assert not await overtakes(2)

    pressed = await press(repositories, 5, now=NOON + SECOND)
    assert isinstance(pressed, Request)
    assert pressed.overtakes
    of_operation = await requests.get_request_of("r5")
    assert of_operation is not None
    assert of_operation.overtakes
    await requests.end_request("r2", EndReason.OVERTAKEN, "U1", NOON + SECOND)
    assert not await overtakes(5)


async def test_a_halt_that_is_over_overtakes_nothing_any_more(
    repositories: AllRepositories,
) -> None:
    await ask(repositories, 5, Verb.HALT, Rule())
    await press(repositories, 5, now=NOON + timedelta(minutes=1))
    await ask(repositories)
    await repositories.operations.close_operation("r5", LATER)

    assert await repositories.requests.halted_by("r1") is None


@pytest.mark.parametrize("required", [1, 2])
async def test_fifty_presses_by_five_people_on_two_replicas_have_one_effect(
    database: Database, migrated_url: str, required: int
) -> None:
    replicas = [Database(migrated_url) for _ in range(2)]
    first, second = map(SqlRepositories, replicas)
    asked = replace(
        request(),
        change=Change(Verb.FINALIZE),
        rule=ALWAYS,
        approvals_required=required,
    )
    await first.requests.add_request(asked)
    people = [Person(f"U{number}", "T1") for number in range(1, 6)]

    async def one(repositories: SqlRepositories, who: Person) -> object:
        async def judged(found: Request, stored: Sequence[Approval]) -> Judgement | str:
            # The asker, U1, never counts.
            if who.user_id == found.asked_by:
                return REFUSED
            return Judgement(len(stored), 0)

        return await repositories.requests.approve_request(
            "r1", who, "1700.1", NOON, judge=judged
        )

    answers = await asyncio.gather(
        *(one(on, who) for who in people for on in (first, second) for _ in range(5))
    )

    approvals = table(ApprovalRow)
    count = select(approvals.c.user_id, func.count().label("many")).group_by(
        approvals.c.user_id
    )
    rows = await database.run(count)
    assert len(answers) == 50
    assert {row.many for row in rows} == {1}
    assert "U1" not in {row.user_id for row in rows}
    assert len(rows) == required
    page = await first.events.list_history(CHANNEL, None, 5)
    [entry] = page.entries
    assert isinstance(entry, Request)
    assert entry.approvals_given == required
    winners = [
        one
        for one in answers
        if isinstance(one, Request) and one.state is RequestState.AUTHORISED
    ]
    assert winners
    assert {one.operation for one in winners} == {winners[0].operation}
    assert answers.count(REFUSED) >= 1
    for each in replicas:
        await each.close()
