"""Rows of the engine's own tables, read on either kind of database."""

import asyncio
from typing import Any

from sqlalchemy import create_engine, make_url, text

from bot.engine.engine import engine_url


async def rows(database_url: str, table: str) -> list[dict[str, Any]]:
    """Return all rows of one of the engine's tables."""
    return await asyncio.to_thread(_rows, database_url, table)


async def statuses(database_url: str) -> dict[str, str]:
    """Return each workflow's status."""
    found = await rows(database_url, "workflow_status")
    return {row["workflow_uuid"]: row["status"] for row in found}


def _rows(database_url: str, table: str) -> list[dict[str, Any]]:
    url = engine_url(make_url(database_url))
    if url.get_backend_name() == "postgresql":
        url, table = url.set(drivername="postgresql+psycopg"), f"dbos.{table}"
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT * FROM {table}")).mappings()  # noqa: S608 - our own names
        rows = [dict(row) for row in found]
    engine.dispose()
    return rows
