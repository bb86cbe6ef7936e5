"""What every measurement plays on: peers, databases, and how much to measure."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.caller import Caller
from tests.bench.peers import Peers
from tests.bench.processes import BARE, BOT, Server, start
from tests.bench.stock import Postgres, Stock, stocked


@dataclass(frozen=True, slots=True)
class Amounts:
    """How often each thing is done; fewer times with --quick."""

    singles: int = 200
    steady_seconds: int = 10
    burst: int = 2000
    carried: int = 600
    starts: int = 5
    long_run: int = 10_000
    crashed: int = 200
    repeats: int = 3


QUICK = Amounts(
    singles=10,
    steady_seconds=1,
    burst=50,
    carried=30,
    starts=1,
    long_run=200,
    crashed=10,
    repeats=1,
)


@dataclass(slots=True)
class Stage:
    """One run of the benchmark."""

    folder: Path
    peers: Peers
    postgres: Postgres | None
    kinds: tuple[str, ...]
    sizes: tuple[int, ...]
    amounts: Amounts

    @contextmanager
    def stock(self, kind: str, many: int = 0) -> Iterator[Stock]:
        """Return a new database of a kind, with `many` of the past in it."""
        with stocked(kind, self.folder, self.postgres, many) as stock:
            yield stock

    async def start_bot(self, stock: Stock) -> tuple[Server, float]:
        """Start the bot; gives it and the seconds until it was ready."""
        env = {**self.peers.settings, "DATABASE_URL": stock.url}
        return await start(BOT, env, self.folder / "bot.log")

    @asynccontextmanager
    async def bot(self, stock: Stock) -> AsyncIterator[tuple[Server, Caller]]:
        """Run the bot, for as long as the block lasts."""
        server, _ = await self.start_bot(stock)
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
