"""The aliases of each channel."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import bindparam, delete, select

from bot.db.models import AliasRow, table
from bot.db.rows import alias_from, alias_values
from bot.db.session import INSERT, Repository
from bot.domain.requests import Alias, Place

ALIASES: Final = table(AliasRow)
A: Final = ALIASES.c

LIST: Final = (
    select(ALIASES)
    .where(A.workspace == bindparam("workspace"), A.channel == bindparam("channel"))
    .order_by(A.name)
)

# An update that changes nothing, because only then is the row that was there returned.
ADD: Final = {
    dialect: insert(ALIASES)
    .on_conflict_do_update(
        index_elements=[A.workspace, A.channel, A.name], set_={"name": A.name}
    )
    .returning(ALIASES)
    for dialect, insert in INSERT.items()
}
REMOVE: Final = (
    delete(ALIASES)
    .where(
        A.workspace == bindparam("workspace"),
        A.channel == bindparam("channel"),
        A.name == bindparam("name"),
    )
    .returning(ALIASES)
)


class SqlAliasRepository(Repository):
    """The aliases of all channels. Every method raises MemoryUnavailable."""

    async def list_aliases(self, place: Place) -> Sequence[Alias]:
        """Return the channel's aliases, by name."""
        rows = await self._database.run(
            LIST, {"workspace": place.workspace, "channel": place.channel}
        )
        return [alias_from(row) for row in rows]

    async def add_alias(self, place: Place, alias: Alias) -> Alias:
        """Store the alias, or give the one that already has the name."""
        rows = await self._database.run(
            ADD[self._database.dialect],
            {**alias_values(place, alias), "added_at": datetime.now(UTC)},
        )
        return alias_from(rows[0])

    async def remove_alias(self, place: Place, name: str) -> Alias | None:
        """Take the alias away and give it, or None where there was none."""
        rows = await self._database.run(
            REMOVE,
            {"workspace": place.workspace, "channel": place.channel, "name": name},
        )
        return alias_from(rows[0]) if rows else None
