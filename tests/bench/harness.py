"""Benchmark harness: peers, databases, the bot, and how much is measured."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.caller import Caller
from tests.bench.peers import Peers
from tests.bench.processes import BARE, BOT, Server, start
from tests.bench.seeding import Postgres, SeededDatabase, seeded_database


@dataclass(frozen=True, slots=True)
class Amounts:
    """How often each thing is done; fewer times with --quick."""

    singles: int = 200
    steady_seconds: int = 10
    burst: int = 2000
    operations: int = 600
    starts: int = 5
    long_run: int = 10_000
    crashed: int = 200
    repeats: int = 3
    idle_seconds: int = 60
    rounds: int = 100
    a_day: int = 10_000


QUICK = Amounts(
    singles=10,
    steady_seconds=1,
    burst=50,
    operations=30,
    starts=1,
    long_run=200,
    crashed=10,
    repeats=1,
    idle_seconds=10,
    rounds=10,
    a_day=500,
)


@dataclass(slots=True)
class BenchHarness:
    """One run of the benchmark."""

    folder: Path
    peers: Peers
    postgres: Postgres | None
    kinds: tuple[str, ...]
    sizes: tuple[int, ...]
    amounts: Amounts
    # Settings of the bot beside those of the peers.
    settings: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def database(self, kind: str, many: int = 0) -> Iterator[SeededDatabase]:
        """Return a new database of a kind, with `many` past requests in it."""
        with seeded_database(kind, self.folder, self.postgres, many) as database:
            yield database

    async def start_bot(self, database: SeededDatabase) -> tuple[Server, float]:
        """Start the bot; return it and the seconds until it was ready."""
        env = {**self.peers.settings, **self.settings, "DATABASE_URL": database.url}
        return await start(BOT, env, self.folder / "bot.log")

    @asynccontextmanager
    async def bot(
        self, database: SeededDatabase
    ) -> AsyncIterator[tuple[Server, Caller]]:
        """Run the bot, for as long as the block lasts."""
        server, _ = await self.start_bot(database)
        with _called(server) as caller:
            yield server, caller

    @asynccontextmanager
    async def bare(self) -> AsyncIterator[tuple[Server, Caller]]:
        """Run the bare Bolt app, for as long as the block lasts."""
        server, _ = await start(BARE, self.peers.settings, self.folder / "bare.log")
        with _called(server) as caller:
            yield server, caller


@contextmanager
def _called(server: Server) -> Iterator[Caller]:
    """Call a server, and kill it in the end."""
    caller = Caller(server.port)
    try:
        yield caller
    finally:
        caller.close()
        server.kill()
