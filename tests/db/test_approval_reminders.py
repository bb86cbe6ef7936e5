"""Reminders of cards that wait for another person: claimed once, told once."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.db.approval_reminders import CLAIM
from bot.db.leases import LEASE, leased
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.approval_reminders import ApprovalReminder, due_reminder
from bot.domain.requests import Request
from bot.domain.rollout import Change
from bot.domain.rules import Rule, SecondPerson
from bot.domain.verbs import Verb
from tests.db.sample_requests import NOON, cancel, press, request

ALWAYS = Rule(finalize=SecondPerson.YES)
MOST = 20


def waiting(number: int = 0, rule: Rule = ALWAYS, card: str | None = "1.1") -> Request:
    """Return a request that was asked for at noon, and waits for eight hours."""
    return replace(
        request(number),
        change=Change(Verb.FINALIZE),
        rule=rule,
        card=card,
        expires_at=NOON + timedelta(hours=8),
    )


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("minutes", "told", "due"),
    [
        (14.9, 0, None),
        (15, 0, 1),
        (59, 1, None),
        (60, 1, 2),
        (240, 2, 3),
        (400, 3, None),
        # What was missed is told once.
        (239, 0, 2),
        (300, 0, 3),
        (481, 2, None),
    ],
)
def test_a_reminder_is_due_after_fifteen_minutes_one_hour_and_four(
    minutes: float, told: int, due: int | None
) -> None:
    assert due_reminder(replace(waiting(), reminders=told), after(minutes)) == due


def test_what_needs_no_other_person_is_not_reminded_of() -> None:
    for one in (
        waiting(rule=Rule()),
        waiting(rule=Rule(people=("U1", "U2"))),
        waiting(card=None),
        replace(waiting(), change=Change(Verb.HALT)),
    ):
        assert due_reminder(one, after(20)) is None


async def test_what_is_due_is_claimed_by_one_of_two_replicas(
    migrated_url: str,
) -> None:
    databases = [Database(migrated_url) for _ in range(2)]
    first, second = map(SqlRepositories, databases)
    await first.requests.add_request(waiting())
    await first.requests.add_request(waiting(1, Rule()))
    await first.requests.add_request(waiting(2, card=None))
    assert await first.approval_reminders.claim_reminders(after(14), MOST) == []

    found = await asyncio.gather(
        *(
            one.approval_reminders.claim_reminders(after(15), MOST)
            for one in (first, second) * 5
        )
    )

    [reminder] = [one for each in found for one in each]
    assert reminder == ApprovalReminder(waiting(), 1)
    await second.approval_reminders.close_reminder(reminder)
    assert await first.approval_reminders.claim_reminders(after(59), MOST) == []
    [again] = await first.approval_reminders.claim_reminders(after(60), MOST)
    assert (again.number, again.request.reminders, again.tried_before) == (2, 1, False)
    for each in databases:
        await each.close()


async def test_what_nobody_has_closed_is_claimed_again_after_a_minute(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    await repositories.requests.add_request(waiting())
    reminders = repositories.approval_reminders
    await reminders.claim_reminders(after(15), MOST)

    assert await reminders.claim_reminders(after(15.5), MOST) == []
    [again] = await reminders.claim_reminders(after(15) + LEASE, MOST)

    assert again.tried_before
    assert again.number == 1


@pytest.mark.parametrize("how", ["confirmed", "cancelled", "ran out"])
async def test_what_is_decided_is_not_reminded_of(database: Database, how: str) -> None:
    repositories = SqlRepositories(database)
    await repositories.requests.add_request(waiting())
    at = after(16)
    if how == "confirmed":
        await press(repositories, 0)
    elif how == "cancelled":
        await cancel(repositories, 0)
    else:
        at = after(480)

    assert await repositories.approval_reminders.claim_reminders(at, MOST) == []


async def test_what_is_decided_after_it_was_found_is_not_claimed(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    await repositories.requests.add_request(waiting())
    this = {"request": "r0", "seen_reminders": 0, **leased(after(16))}
    await press(repositories, 0)

    assert await database.run(CLAIM, this) == []


async def test_no_more_are_claimed_than_one_round_can_tell(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    for number in range(3):
        await repositories.requests.add_request(waiting(number))
    reminders = repositories.approval_reminders

    assert len(await reminders.claim_reminders(after(16), 2)) == 2
    assert len(await reminders.claim_reminders(after(16), 2)) == 1
