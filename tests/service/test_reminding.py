"""What the channels are reminded of, on a real database, by a clock that is moved."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.events import EventKind
from bot.domain.failures import FailureCode, FailureDetail, UnavailableError
from bot.domain.reminders import due_reminders, reminder_event
from bot.domain.rollout import Rollout
from bot.service import Reminders
from tests.fakes.samples import HALTED, MAIL
from tests.service.test_watcher import Watching

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OUTAGE = UnavailableError(FailureDetail(FailureCode.STORE_OUTAGE))
FULL = Rollout(True, 100.0, "PackageRolloutInProgress")


class Reminding(Watching):
    """A watcher and the reminders, on one clock."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.repositories = SqlRepositories(database)
        self.reminders = Reminders(self.repositories.reminders, lambda: self.now)

    async def pass_time(self, time: timedelta, step: timedelta) -> list[EventKind]:
        """Let time pass; return what was told meanwhile."""
        told: list[EventKind] = []
        for _ in range(time // step):
            self.now += step
            await self.watcher.look_around()
            await self.reminders.remind()
            told += await self.told()
        return told

    async def told(self) -> Sequence[EventKind]:
        """Return the kinds of the notices that wait, and let them be posted."""
        kinds = []
        while due := await self.repositories.notices.claim_notices(self.now, 10):
            for notice in due:
                kinds += [one.kind for one in notice.all_told]
                await self.repositories.notices.close_notices(
                    notice.all_told, "1.0", self.now
                )
        return kinds


@pytest.fixture
async def reminding(database: Database) -> Reminding:
    world = Reminding(database)
    await world.follow(MAIL)
    await world.watcher.look_around()
    return world


async def test_a_rollout_that_stands_still_is_told_three_times(
    reminding: Reminding,
) -> None:
    told = await reminding.pass_time(30 * DAY, 6 * HOUR)

    assert told == [EventKind.ROLLOUT_STUCK] * 3


async def test_a_full_rollout_is_told_until_it_is_finalized(
    reminding: Reminding,
) -> None:
    reminding.store.publish(MAIL, FULL)
    told = await reminding.pass_time(2 * DAY, HOUR)
    assert told == [EventKind.PERCENTAGE_CHANGED, EventKind.ROLLOUT_NOT_FINALIZED]
    reminding.store.publish(MAIL, HALTED)

    told = await reminding.pass_time(30 * DAY, 6 * HOUR)

    assert told == [EventKind.ROLLOUT_HALTED]


async def test_an_outage_is_told_and_its_end(reminding: Reminding) -> None:
    reminding.store.failure = OUTAGE
    during = await reminding.pass_time(3 * HOUR, MINUTE)
    reminding.store.failure = None

    after = await reminding.pass_time(HOUR, MINUTE)

    assert during == [EventKind.STORE_UNREADABLE]
    assert after == [EventKind.STORE_READABLE]


async def test_a_short_outage_is_not_told(reminding: Reminding) -> None:
    reminding.store.failure = OUTAGE
    # The looks come less and less often: one is due before half an hour is over.
    during = await reminding.pass_time(10 * MINUTE, MINUTE)
    reminding.store.failure = None

    assert during + await reminding.pass_time(2 * HOUR, MINUTE) == []


async def test_a_second_outage_is_told_again(reminding: Reminding) -> None:
    told = []
    for failure in (OUTAGE, None, OUTAGE, None):
        reminding.store.failure = failure
        told += await reminding.pass_time(HOUR, MINUTE)

    assert told == [EventKind.STORE_UNREADABLE, EventKind.STORE_READABLE] * 2


async def test_two_replicas_tell_it_once(reminding: Reminding) -> None:
    reminding.now += 80 * HOUR
    others = [
        Reminders(reminding.repositories.reminders, lambda: reminding.now)
        for _ in range(5)
    ]

    await asyncio.gather(*(one.remind() for one in others))
    await asyncio.gather(*(one.remind() for one in others))

    assert await reminding.told() == [EventKind.ROLLOUT_STUCK]


async def test_a_reminder_of_what_has_changed_meanwhile_is_not_told(
    reminding: Reminding,
) -> None:
    reminding.now += 80 * HOUR
    [due] = await reminding.repositories.reminders.list_to_remind(reminding.now, 10)
    reminding.store.publish(MAIL, HALTED)
    await reminding.watcher.look_around()
    await reminding.told()
    [reminder] = due_reminders(due, reminding.now)
    event = reminder_event(reminder, due, reminding.now)
    saved = await reminding.repositories.reminders.save_reminder(
        due, replace(due, remind_at=None), event
    )

    assert not saved
    assert await reminding.told() == []
