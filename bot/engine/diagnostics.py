"""Diagnostics of the engine: operations whose workflow ended in an error."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool

from bot.domain.storage import StorageUnavailable
from bot.engine.engine import engine_url

_FAILED: Final = (
    "SELECT workflow_uuid FROM {table}"
    " WHERE status IN ('ERROR', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED')"
)


async def failed_requests(database_url: str) -> frozenset[str]:
    """Return the ids of requests of which a workflow ended in an error.

    Raises StorageUnavailable where the engine's database cannot be read.
    """
    failed = await asyncio.to_thread(_failed, database_url)
    return frozenset(name.partition(":")[0] for name in failed)


def _failed(database_url: str) -> Sequence[str]:
    url = engine_url(make_url(database_url))
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite and not Path(url.database or "").exists():
        # To look for it must not make it.
        return ()
    table = "workflow_status" if sqlite else "dbos.workflow_status"
    driver = "sqlite" if sqlite else "postgresql+psycopg"
    engine = create_engine(url.set(drivername=driver), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return connection.scalars(text(_FAILED.format(table=table))).all()
    except (OperationalError, ProgrammingError):
        # The engine has not made its tables yet: nothing can have failed.
        return ()
    except DatabaseError as broken:
        raise StorageUnavailable(str(broken.orig)) from broken
