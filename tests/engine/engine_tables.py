"""Rows of the engine's own tables, read on either kind of database."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, make_url, text

from bot.engine.engine import engine_url


async def rows(database_url: str, table: str) -> list[dict[str, Any]]:
    """Return all rows of one of the engine's tables."""
    return await asyncio.to_thread(_rows, database_url, table)


async def statuses(database_url: str) -> dict[str, str]:
    """Return each workflow's status."""
    found = await rows(database_url, "workflow_status")
    return {row["workflow_uuid"]: row["status"] for row in found}


async def change_rows(
    database_url: str, table: str, workflow: str, values: Mapping[str, str | None]
) -> None:
    """Write these values into a workflow's rows in one of the engine's tables."""
    await asyncio.to_thread(_change_rows, database_url, table, workflow, values)


def _rows(database_url: str, table: str) -> list[dict[str, Any]]:
    with _connected(database_url, table) as (connection, name):
        found = connection.execute(text(f"SELECT * FROM {name}")).mappings()  # noqa: S608 - our own names
        return [dict(row) for row in found]


def _change_rows(
    database_url: str, table: str, workflow: str, values: Mapping[str, str | None]
) -> None:
    changes = ", ".join(f"{column} = :{column}" for column in values)
    with _connected(database_url, table) as (connection, name):
        statement = f"UPDATE {name} SET {changes} WHERE workflow_uuid = :workflow"  # noqa: S608 - our own names
        changed = connection.execute(text(statement), {**values, "workflow": workflow})
        assert changed.rowcount > 0
        connection.commit()


@contextmanager
def _connected(database_url: str, table: str) -> Iterator[tuple[Connection, str]]:
    """Connect to the engine's database; also return the table's name in it."""
    url = engine_url(make_url(database_url))
    if url.get_backend_name() == "postgresql":
        url, table = url.set(drivername="postgresql+psycopg"), f"dbos.{table}"
    engine = create_engine(url)
    with engine.connect() as connection:
        yield connection, table
    engine.dispose()
