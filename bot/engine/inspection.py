"""Count the workflows that the engine gave up, for the doctor."""

import asyncio
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool

from bot.domain.memory import MemoryUnavailable
from bot.engine.engine import engine_url

_COUNT: Final = (
    "SELECT count(*) FROM {table}"
    " WHERE status IN ('ERROR', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED')"
)


async def given_up(database_url: str) -> int:
    """Give how many workflows ended in an error; 0 before the first start.

    Raises MemoryUnavailable where the engine's database is none.
    """
    return await asyncio.to_thread(_count, database_url)


def _count(database_url: str) -> int:
    url = engine_url(make_url(database_url))
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite and not Path(url.database or "").exists():
        # To look for it must not make it.
        return 0
    table = "workflow_status" if sqlite else "dbos.workflow_status"
    driver = "sqlite" if sqlite else "postgresql+psycopg"
    engine = create_engine(url.set(drivername=driver), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return int(connection.scalar(text(_COUNT.format(table=table))) or 0)
    except (OperationalError, ProgrammingError):
        # The engine has not made its tables yet: nothing can have failed.
        return 0
    except DatabaseError as broken:
        raise MemoryUnavailable(str(broken.orig)) from broken
