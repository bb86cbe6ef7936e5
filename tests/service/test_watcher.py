"""What the watcher does when the Store does not answer, and what it does not ask."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import insert, text

from bot.db.operations import OPERATIONS
from bot.db.repositories import SqlRepositories
from bot.db.rows import operation_values
from bot.db.session import Database
from bot.domain.failures import (
    BudgetSpentError,
    FailureCode,
    FailureDetail,
    NotFoundError,
    StoreError,
    UnavailableError,
)
from bot.domain.operations import Operation
from bot.domain.requests import Alias, Place
from bot.domain.results import Unknown
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import App, Reading, SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.service import Watcher
from tests.fakes import FakeStore, Step
from tests.fakes.samples import FALLBACK, GOING, HALTED, MAIL, MAIN, NOON, PLAIN, ref_of

MINUTE = timedelta(minutes=1)
CHAT = Target(MAIN, "9WZDNCRFJ3TJ")
NEWER_ID = "1152921504621243999"
OUTAGE = UnavailableError(FailureDetail(FailureCode.STORE_OUTAGE))
MISSING = NotFoundError(FailureDetail(FailureCode.NOT_FOUND))
SPENT = BudgetSpentError(FailureDetail(FailureCode.REQUEST_BUDGET))


class FailingStore(FakeStore):
    """A Store whose reads of a rollout fail while `failure` is set."""

    failure: StoreError | None = None

    async def get_rollout(self, ref: SubmissionRef) -> Reading:
        """Read a rollout."""
        reading = await super().get_rollout(ref)
        if self.failure is not None:
            raise self.failure
        return reading


class Watching:
    """A watcher of one app, and a clock."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = FailingStore()
        self.now = NOON
        repository = SqlRepositories(database).watching
        stores = {MAIL.account: self.store}
        self.watcher = Watcher(stores, repository, lambda: self.now, lambda: 6.0)

    async def follow(self, target: Target, rollout: Rollout | None = None) -> None:
        if rollout is None:
            self.store.publish(target)
        else:
            self.store.publish(target, rollout)
        alias = Alias("mail", target, "Mail", None, "U1")
        aliases = SqlRepositories(self.database).aliases
        await aliases.add_alias(Place("T1", "C1"), alias, NOON)

    async def look(self, after: timedelta = timedelta(0)) -> int:
        """Look around; return how often the rollout was read."""
        self.now += after
        self.store.calls.clear()
        await self.watcher.look_around()
        return sum(call.name == "get_rollout" for call in self.store.calls)

    async def events(self) -> list[str]:
        """Return the kinds of the changes that were seen, the oldest first."""
        rows = await self.database.run(
            text("SELECT kind FROM events WHERE unique_key IS NOT NULL ORDER BY id")
        )
        return [row.kind for row in rows]

    async def due(self) -> datetime:
        """Return when the next look may be made."""
        rows = await self.database.run(
            text("SELECT due_at, leased_until FROM observations")
        )
        latest = max(rows[0].due_at, rows[0].leased_until or "")
        return datetime.fromisoformat(f"{latest}+00:00")


@pytest_asyncio.fixture
async def watching(migrated_sqlite_url: str) -> AsyncIterator[Watching]:
    database = Database(migrated_sqlite_url)
    yield Watching(database)
    await database.close()


async def test_an_open_rollout_is_read_every_five_minutes(watching: Watching) -> None:
    await watching.follow(MAIL)

    assert await watching.look() == 1
    assert await watching.look(4 * MINUTE) == 0
    assert await watching.look(2 * MINUTE) == 1


async def test_a_rollout_that_has_ended_is_read_once(watching: Watching) -> None:
    await watching.follow(MAIL, HALTED)

    assert await watching.look() == 1
    assert await watching.look(20 * MINUTE) == 0
    # The app itself may have published a newer submission.
    assert [call.name for call in watching.store.calls] == ["get_app"]


@pytest.mark.parametrize(
    ("failure", "pause"),
    [(OUTAGE, MINUTE), (MISSING, 60 * MINUTE), (SPENT, MINUTE / 4)],
)
async def test_a_look_in_vain_is_made_again(
    watching: Watching, failure: StoreError, pause: timedelta
) -> None:
    await watching.follow(MAIL)
    watching.store.failure = failure

    await watching.look()

    assert 0.89 <= (await watching.due() - watching.now) / pause <= 1.11
    watching.store.failure = None
    assert await watching.look(pause * 1.2) == 1


async def test_where_the_apps_are_not_listed_each_is_read_by_itself(
    watching: Watching,
) -> None:
    await watching.follow(MAIL)
    watching.store.publish(CHAT)
    alias = Alias("chat", CHAT, "Chat", None, "U1")
    aliases = SqlRepositories(watching.database).aliases
    await aliases.add_alias(Place("T1", "C1"), alias, NOON)
    watching.store.plan("list_apps_page", Step(OUTAGE))

    assert await watching.look() == 2

    names = watching.store.names()
    assert (names[0], names.count("get_app")) == ("list_apps_page", 2)


async def test_who_has_published_a_submission_no_operation_has_been(
    watching: Watching,
) -> None:
    await watching.follow(MAIL)
    await watching.look()
    newer = ref_of(MAIL, NEWER_ID)
    # It wanted just what the first look at the new rollout shows.
    wanted = Change(Verb.SET, GOING.percentage)
    sent = Operation("o1", newer, wanted, GOING, "U2", NOON)
    await watching.database.run(insert(OPERATIONS), operation_values(sent))
    operations = SqlRepositories(watching.database).operations
    await operations.begin_attempt(sent, NOON)
    await operations.finish_operation(sent, Unknown(None, OUTAGE.detail), NOON)
    app = watching.store.apps[MAIL.app_id]
    watching.store.apps[MAIL.app_id] = replace(app, published_id=NEWER_ID)
    watching.store.rollouts[newer] = GOING

    assert await watching.look(120 * MINUTE) == 1

    [opened] = await watching.database.run(
        text("SELECT kind, actor, operation_id FROM events WHERE unique_key LIKE 'r%'")
    )
    assert tuple(opened) == ("rollout_opened", None, None)


async def test_what_nobody_follows_takes_no_request(watching: Watching) -> None:
    watching.store.publish(MAIL)

    assert await watching.look() == 0
    assert watching.store.calls == []


async def test_an_older_list_of_apps_does_not_replace_an_open_rollout(
    watching: Watching,
) -> None:
    await watching.follow(MAIL, GOING)
    await watching.look()
    newest = watching.store.apps[MAIL.app_id]
    watching.store.apps[MAIL.app_id] = replace(newest, published_id=FALLBACK)
    watching.store.rollouts[ref_of(MAIL, FALLBACK)] = PLAIN

    await watching.look(10 * MINUTE)
    assert await watching.events() == []

    # The list is older than the rollout, and not the rollout than the list.
    watching.store.rollouts[ref_of(MAIL)] = HALTED
    await watching.look(10 * MINUTE)
    assert await watching.events() == ["rollout_halted"]
    await watching.look(20 * MINUTE)
    assert await watching.events() == ["rollout_halted"]


async def test_what_the_store_does_not_show_any_more_is_not_said_to_be_so_now(
    watching: Watching,
) -> None:
    await watching.follow(MAIL)
    await watching.look()
    shown_at = watching.now
    watching.store.apps[MAIL.app_id] = App(MAIL.app_id, "Mail")

    for _ in range(3):
        await watching.look(20 * MINUTE)

    repository = SqlRepositories(watching.database).watching
    [watched] = await repository.list_observed([MAIL])
    assert watched.seen is not None
    assert watched.looked_at == shown_at
