"""Reading of the whole log of events, page by page, for an export.

No statement reads more than a page of ids, so that it takes neither memory nor time
from the bot that runs beside it.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.engine import make_url

from bot.db.events import EVENTS, E
from bot.db.session import Database
from bot.domain.storage import StorageUnavailable

_PAGE: Final = 1000

ENDS: Final = select(func.min(E.id).label("first"), func.max(E.id).label("last"))
PAGE: Final = (
    select(EVENTS)
    .where(
        E.id > bindparam("after", type_=E.id.type),
        E.id <= bindparam("last", type_=E.id.type),
        E.at >= bindparam("since", type_=E.at.type),
        E.at < bindparam("until", type_=E.at.type),
    )
    .order_by(E.id)
)


async def read_pages(
    database: Database, since: datetime, until: datetime
) -> AsyncGenerator[Sequence[Row[Any]]]:
    """Yield the events from `since` to before `until`, in the order of their ids.

    What is added meanwhile is left out. Raises StorageUnavailable.
    """
    [ends] = await database.run(ENDS)
    if ends.first is None:
        return
    period = {"since": since, "until": until}
    for first in range(ends.first, ends.last + 1, _PAGE):
        ids = {"after": first - 1, "last": min(first + _PAGE - 1, ends.last)}
        yield await database.run(PAGE, {**period, **ids})


def require_database(url: str) -> None:
    """Raise StorageUnavailable where the file of a SQLite database does not exist.

    SQLite would make an empty one.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return
    path = Path(parsed.database or "")
    if not path.is_file():
        raise StorageUnavailable(f"there is no file {path}")
