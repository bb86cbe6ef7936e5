"""The repository of aliases, which records every change of one as an event."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, select

from bot.db.channel_models import AliasRow
from bot.db.columns import storable
from bot.db.events import EVENTS, event_values
from bot.db.models import IS_REMOVAL, table
from bot.db.rows import alias_from, alias_values, target_from
from bot.db.session import INSERT, Repository
from bot.db.writes import Write, row_parameters, with_row
from bot.domain.events import AliasChange, EventKind, alias_changed
from bot.domain.requests import MOST_ALIASES, Alias, Place

ALIASES: Final = table(AliasRow)
A: Final = ALIASES.c
_THIS: Final = (
    A.workspace == bindparam("workspace"),
    A.channel == bindparam("channel"),
    A.name == bindparam("name"),
)

LIST: Final = (
    select(ALIASES)
    .where(A.workspace == bindparam("workspace"), A.channel == bindparam("channel"))
    .order_by(A.name)
)
GET: Final = select(ALIASES).where(*_THIS)
ADD: Final = {
    dialect: Write(
        with_row(insert(ALIASES).on_conflict_do_nothing(), ALIASES).returning(ALIASES),
        EVENTS,
    )
    for dialect, insert in INSERT.items()
}
# Only the alias that was read: its event says where it pointed.
REMOVE: Final = Write(
    delete(ALIASES)
    .where(*_THIS, A.added_at == bindparam("seen", type_=A.added_at.type))
    .returning(A.name),
    EVENTS,
)
CHANNELS: Final = (
    select(A.channel)
    .where(A.workspace == bindparam("workspace"), A.name == bindparam("name"))
    .order_by(A.channel)
)
LAST_REMOVAL: Final = (
    select(EVENTS)
    .where(
        EVENTS.c.workspace == bindparam("workspace"),
        EVENTS.c.channel == bindparam("channel"),
        EVENTS.c.alias == bindparam("name"),
        IS_REMOVAL,
    )
    .order_by(EVENTS.c.id.desc())
    .limit(1)
)


class SqlAliasRepository(Repository):
    """The aliases of all channels. Every method raises StorageUnavailable."""

    async def list_aliases(self, place: Place) -> Sequence[Alias]:
        """Return the channel's aliases, by name."""
        rows = await self._database.run(LIST, _channel(place))
        return [alias_from(row) for row in rows]

    async def channels_with(self, workspace: str, name: str) -> Sequence[str]:
        """Return the channels of a workspace that have an alias of that name."""
        named = {"workspace": workspace, "name": storable(name)}
        return [row.channel for row in await self._database.run(CHANNELS, named)]

    async def add_alias(
        self, place: Place, alias: Alias, now: datetime
    ) -> Alias | None:
        """Store the alias and its event, or return the one that has the name.

        Return None where the channel has as many aliases as it may have.
        """
        key = _key(place, alias.name)
        while True:
            rows = await self._database.run(LIST, _channel(place))
            for taken in rows:
                if taken.name == alias.name:
                    return alias_from(taken)
            free = set(range(1, MOST_ALIASES + 1)) - {one.number for one in rows}
            if len(rows) >= MOST_ALIASES or not free:
                return None
            row = {**alias_values(place, alias), "added_at": now, "number": min(free)}
            change = _added(alias, await self._database.run(LAST_REMOVAL, key), now)
            added = await self._database.write(
                ADD[self._database.dialect],
                row_parameters(ALIASES, row),
                event_values(alias_changed(change, place)),
            )
            if added:
                return alias_from(added[0])

    async def remove_alias(
        self, place: Place, name: str, actor: str, now: datetime
    ) -> Alias | None:
        """Remove the alias and return it; None where there was none."""
        key = _key(place, name)
        while rows := await self._database.run(GET, key):
            alias, at = alias_from(rows[0]), rows[0].added_at
            change = AliasChange(EventKind.ALIAS_REMOVED, alias, now, actor)
            event = event_values(alias_changed(change, place))
            if await self._database.write(REMOVE, {**key, "seen": at}, event):
                return alias
        return None


def _added(alias: Alias, removals: Sequence[Row[Any]], now: datetime) -> AliasChange:
    """Return the change: a name that pointed elsewhere before is re-pointed."""
    before = target_from(removals[0]) if removals else alias.target
    if before == alias.target:
        return AliasChange(EventKind.ALIAS_ADDED, alias, now, alias.added_by)
    kind = EventKind.ALIAS_REPOINTED
    return AliasChange(kind, alias, now, alias.added_by, str(before))


def _key(place: Place, name: str) -> dict[str, object]:
    return {**_channel(place), "name": name}


def _channel(place: Place) -> dict[str, object]:
    return {"workspace": place.workspace, "channel": place.channel}
