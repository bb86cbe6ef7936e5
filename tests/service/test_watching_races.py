"""Looks that race with operations of ours: nothing is told as changed elsewhere."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, text

from bot.db.aliases import ALIASES
from bot.db.operations import OPERATIONS
from bot.db.repositories import SqlRepositories
from bot.db.rows import alias_values, operation_values
from bot.db.session import Database
from bot.db.watching import SqlWatchRepository
from bot.domain.events import Event
from bot.domain.failures import FailureCode, FailureDetail, UnavailableError
from bot.domain.operations import Operation
from bot.domain.requests import Alias, Place
from bot.domain.results import Done
from bot.domain.rollout import STOPPED, Change
from bot.domain.submissions import Reading, SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.domain.watching import WatchedTarget
from bot.service import Inconclusive, OperationExecutor, Watcher
from tests.fakes import FakeStore
from tests.fakes.samples import GOING, PUBLISHED_ID

SEEDS = 1000
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LOST = FailureDetail(FailureCode.TIMEOUT)
CHANGES = (Change(Verb.HALT), Change(Verb.FINALIZE), Change(Verb.SET, 40.0))
# Nothing here is about a power failure.
HURRY = text("PRAGMA synchronous = OFF")
LOOKED_AT = text(
    "UPDATE observations SET submission_id = :submission, app_name = 'Mail',"
    " rollout_enabled = 1, rollout_percentage = :percentage, rollout_status = :status,"
    " looked_at = due_at, since = due_at, due_at = '2100-01-01 00:00:00.000000'"
)
SET_DUE = text("UPDATE observations SET due_at = :at WHERE app_id = :app")
DUE, NOT_DUE = "2026-11-20 00:00:00.000000", "2100-01-01 00:00:00.000000"
TOLD = text(
    "SELECT app_id, count(*) AS times, min(actor) AS actor FROM events"
    " WHERE unique_key IS NOT NULL GROUP BY app_id"
)


class Turns:
    """Lets one of several actors take one step at a time, in an order of chance."""

    def __init__(self) -> None:
        self._actor: ContextVar[int] = ContextVar("actor")
        self._gates: dict[int, asyncio.Event] = {}
        self._arrived: dict[int, asyncio.Event] = {}

    async def step(self) -> None:
        """Wait for this actor's turn; of no account outside of a race."""
        actor = self._actor.get(-1)
        if actor in self._gates:
            self._arrived[actor].set()
            await self._gates[actor].wait()
            self._gates[actor].clear()

    async def race(
        self, chance: random.Random, *actors: Callable[[], Awaitable[object]]
    ) -> None:
        """Run the actors to their ends, one step of one of them after another."""

        async def act(number: int, actor: Callable[[], Awaitable[object]]) -> None:
            self._actor.set(number)
            await self.step()
            await actor()

        for number in range(len(actors)):
            self._gates[number] = asyncio.Event()
            self._arrived[number] = asyncio.Event()
        tasks = {
            number: asyncio.create_task(act(number, actor))
            for number, actor in enumerate(actors)
        }
        await asyncio.gather(*(arrived.wait() for arrived in self._arrived.values()))
        while tasks:
            number = chance.choice(list(tasks))
            self._arrived[number].clear()
            self._gates[number].set()
            at_gate = asyncio.create_task(self._arrived[number].wait())
            await asyncio.wait(
                {at_gate, tasks[number]}, return_when=asyncio.FIRST_COMPLETED
            )
            at_gate.cancel()
            if tasks[number].done():
                await tasks.pop(number)
        self._gates.clear()
        self._arrived.clear()


@dataclass
class RacingStore(FakeStore):
    """A Store whose calls take a step before they act and one after."""

    turns: Turns = field(default_factory=Turns)
    loses: bool = False

    async def get_rollout(self, ref: SubmissionRef) -> Reading:
        """Read a rollout."""
        await self.turns.step()
        reading = await super().get_rollout(ref)
        await self.turns.step()
        return reading

    async def change_rollout(self, ref: SubmissionRef, change: Change) -> Reading:
        """Make a change; its answer may be lost, once."""
        await self.turns.step()
        reading = await super().change_rollout(ref, change)
        await self.turns.step()
        if self.loses:
            self.loses = False
            raise UnavailableError(LOST, may_have_acted=True)
        return reading


class RacingRepository(SqlWatchRepository):
    """What is followed does not change; a claim and a save are steps."""

    turns: Turns

    async def follow(self, now: datetime) -> None:
        """Do nothing."""

    async def claim_looks(self, now: datetime, most: int) -> Sequence[WatchedTarget]:
        """Claim in one step."""
        await self.turns.step()
        return await super().claim_looks(now, most)

    async def save_look(
        self,
        before: WatchedTarget,
        after: WatchedTarget,
        event: Event | None,
        due_at: datetime,
        now: datetime,
    ) -> bool:
        """Save in one step."""
        await self.turns.step()
        return await super().save_look(before, after, event, due_at, now)


class Races:
    """The races of one database; each has an app of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.stored = SqlRepositories(database)
        self.turns = Turns()
        self.store = RacingStore(turns=self.turns)
        self.now = NOON
        watching = RacingRepository(database)
        watching.turns = self.turns
        stores = {"main": self.store}
        self.watcher = Watcher(stores, watching, lambda: self.now, lambda: 10_000.0)
        self.executor = OperationExecutor(
            stores, self.stored.operations, lambda: NOON, lambda: 0.0
        )

    async def prepare(self) -> None:
        """Let a channel follow each app, all of which were looked at."""
        rows = []
        for seed in range(SEEDS):
            target = self.target(seed)
            self.store.publish(target)
            alias = Alias(target.app_id.lower(), target, "Mail", None, "U1")
            row = alias_values(Place("T1", "C1"), alias)
            rows.append({**row, "added_at": NOON})
        await self.database.run(insert(ALIASES).values(rows))
        await self.stored.watching.follow(NOON)
        await self.database.run(HURRY)
        seen = {
            "submission": PUBLISHED_ID,
            "percentage": GOING.percentage,
            "status": GOING.status,
        }
        await self.database.run(LOOKED_AT, seen)

    @staticmethod
    def target(seed: int) -> Target:
        """Return the app of a race."""
        return Target("main", f"A{seed}")

    async def run(self, seed: int) -> None:
        """Run one race: two looks, and an operation or a change elsewhere."""
        chance = random.Random(seed)  # noqa: S311 - a schedule is no secret
        target = self.target(seed)
        self.store.loses = chance.random() < 0.3
        await self.database.run(SET_DUE, {"app": target.app_id, "at": DUE})

        async def elsewhere() -> None:
            await self.turns.step()
            ref = SubmissionRef(target, PUBLISHED_ID)
            self.store.rollouts[ref] = replace(GOING, status=STOPPED)

        async def look() -> None:
            await self.watcher.look_around()

        async def operate() -> None:
            await self._operate(seed, chance.choice(CHANGES))

        other = elsewhere if is_elsewhere(seed) else operate
        await self.turns.race(chance, look, look, other)
        # A day later all leases are over, and nothing is followed up.
        await self.database.run(SET_DUE, {"app": target.app_id, "at": DUE})
        self.now += timedelta(days=1)
        await self.watcher.look_around()
        await self.database.run(SET_DUE, {"app": target.app_id, "at": NOT_DUE})

    async def _operate(self, seed: int, change: Change) -> None:
        ref = SubmissionRef(self.target(seed), PUBLISHED_ID)
        operation = Operation(f"o{seed}", ref, change, GOING, "U2", NOON)
        values = operation_values(operation)
        await self.database.run(insert(OPERATIONS), values)
        await self.turns.step()
        found = await self.executor.execute(operation)
        while isinstance(found, Inconclusive):
            operation = replace(operation, attempts=1)
            found = await self.executor.execute(operation, found)
        assert isinstance(found, Done)
        await self.turns.step()
        await self.stored.operations.finish_operation(operation, found, self.now)


def is_elsewhere(seed: int) -> bool:
    """Return whether this race has a change elsewhere, and no operation."""
    return seed % 5 == 0


async def test_a_thousand_races_tell_each_change_once_and_whose_it_was(
    migrated_sqlite_url: str,
) -> None:
    database = Database(migrated_sqlite_url)
    races = Races(database)
    await races.prepare()

    for seed in range(SEEDS):
        await races.run(seed)

    told = {row.app_id: (row.times, row.actor) for row in await database.run(TOLD)}
    assert told == {
        f"A{seed}": (1, None if is_elsewhere(seed) else "U2") for seed in range(SEEDS)
    }
    [(notices,)] = await database.run(text("SELECT count(*) FROM notices"))
    assert notices == SEEDS
    await database.close()
