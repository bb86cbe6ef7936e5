"""The repository of release channels: which channels have an app."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Insert,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)

from bot.db.channel_models import AliasRow
from bot.db.events import EVENTS, E, event_values
from bot.db.models import IS_ENTRY, table
from bot.db.policy_models import ReleaseChannelRow
from bot.db.rows import Values
from bot.db.session import INSERT, Repository
from bot.db.telling import same
from bot.db.writes import Companion, Write
from bot.domain.events import ALIAS_KINDS, EventKind
from bot.domain.release_channels import (
    ReleaseChannel,
    channel_added,
    channel_removed,
)
from bot.domain.requests import Place
from bot.domain.submissions import Target

RELEASE_CHANNELS: Final = table(ReleaseChannelRow)
C: Final = RELEASE_CHANNELS.c
_A: Final = table(AliasRow).c
_FROM: Final = RELEASE_CHANNELS.alias("others")
_APP: Final = ("workspace", "account", "app_id")
_KEY: Final = (*_APP, "channel")
_ROW: Final = (*_KEY, "number", "added_by", "added_at")
# Whoever has done one of these in a channel was a member of it.
_ACTS: Final = [kind.value for kind in (*ALIAS_KINDS, EventKind.ASKED)]
_APPROVED: Final = EVENTS.alias("approved").c


def has_app(columns: Any) -> ColumnElement[bool]:  # noqa: ANN401 - columns of a table
    """Return whether the channel of a row has the app of its target."""
    return exists(select(C.channel).where(same(C, columns, _KEY)))


def may_change(columns: Any) -> ColumnElement[bool]:  # noqa: ANN401 - columns of a table
    """Return whether the channel of a row has the app of its target, or none has."""
    others = _FROM.c
    anywhere = exists(select(others.channel).where(same(others, columns, _APP)))
    return or_(has_app(columns), ~anywhere)


def _this(*names: str) -> ColumnElement[bool]:
    return and_(
        *(C[name] == bindparam(f"of_{name}", type_=C[name].type) for name in names)
    )


_NAME: Final = select(func.max(_A.app_name)).where(same(_A, C, _KEY)).scalar_subquery()
LIST: Final = (
    select(RELEASE_CHANNELS, _NAME.label("app_name"))
    .where(_this(*_APP))
    .order_by(C.added_at, C.channel)
)


def _new_row(number: ColumnElement[Any], *conditions: ColumnElement[bool]) -> Any:  # noqa: ANN401 - a SELECT of any columns
    values = {
        name: bindparam(f"of_{name}", type_=C[name].type)
        for name in _ROW
        if name != "number"
    }
    row = {**values, "number": number}
    return select(*(row[name].label(name) for name in _ROW)).where(*conditions)


def let_in(dialect: str) -> Companion:
    """Return the insert of a channel that is let in; it may have the app already."""

    def build(condition: ColumnElement[bool]) -> Insert:
        row = _new_row(null(), condition)
        insert = INSERT[dialect](RELEASE_CHANNELS).from_select(list(_ROW), row)
        return insert.on_conflict_do_nothing()

    return build


NAME_FIRST: Final = {
    dialect: Write(
        insert(RELEASE_CHANNELS)
        .from_select(
            list(_ROW),
            _new_row(
                literal(1),
                ~exists(
                    select(_FROM.c.channel).where(
                        *(
                            _FROM.c[name] == bindparam(f"of_{name}", type_=C[name].type)
                            for name in _APP
                        )
                    )
                ),
            ),
        )
        .on_conflict_do_nothing()
        .returning(C.channel),
        EVENTS,
    )
    for dialect, insert in INSERT.items()
}
_GIVE_UP: Final = delete(RELEASE_CHANNELS).where(_this(*_KEY)).returning(C.channel)
_UNNAMED: Final = ~exists(select(_A.name).where(same(_A, C, _KEY)))
GIVE_UP_UNNAMED: Final = Write(_GIVE_UP.where(_UNNAMED), EVENTS)
_ACTOR: Final = bindparam("of_actor", type_=E.actor.type)
# With a limit PostgreSQL looks each up, and does not read the whole table.
_APPROVED_IT: Final = (
    select(_APPROVED.id)
    .where(
        _APPROVED.request_id == E.request_id,
        _APPROVED.kind == EventKind.APPROVED.value,
        _APPROVED.actor == _ACTOR,
    )
    .limit(1)
    .scalar_subquery()
)
HAS_ACTED: Final = (
    select(E.id)
    .where(
        E.workspace == bindparam("of_workspace"),
        E.channel == bindparam("of_channel"),
        IS_ENTRY,
        E.kind.in_(_ACTS),
        or_(E.actor == _ACTOR, _APPROVED_IT.is_not(None)),
    )
    .limit(1)
)


class SqlReleaseChannelRepository(Repository):
    """Which channels have an app. Every method raises StorageUnavailable."""

    async def channels_of(
        self, workspace: str, target: Target
    ) -> Sequence[ReleaseChannel]:
        """Return the channels that have the target's app, the first one first."""
        rows = await self._database.run(LIST, _of_app(workspace, target))
        return [
            ReleaseChannel(row.channel, row.added_by, row.added_at, row.app_name)
            for row in rows
        ]

    async def name_first(
        self, place: Place, target: Target, actor: str, now: datetime
    ) -> bool:
        """Let this channel have an app that none has; return False where one has it."""
        event = channel_added(place, target, actor, now)
        added = await self._database.write(
            NAME_FIRST[self._database.dialect],
            new_channel(place, target, actor, now),
            event_values(event),
        )
        return bool(added)

    async def give_up_unnamed(
        self, place: Place, target: Target, actor: str, now: datetime
    ) -> bool:
        """Take the app from the channel where it has no alias for it or a flight of it.

        Return False where it has one, or had not the app.
        """
        event = channel_removed(place, target, actor, now)
        asked = {**_of_app(place.workspace, target), "of_channel": place.channel}
        written = self._database.write(GIVE_UP_UNNAMED, asked, event_values(event))
        return bool(await written)

    async def has_acted(self, workspace: str, channel: str, user_id: str) -> bool:
        """Return whether a person has named, asked or approved something there."""
        asked = {"of_workspace": workspace, "of_channel": channel, "of_actor": user_id}
        return bool(await self._database.run(HAS_ACTED, asked))


def new_channel(place: Place, target: Target, actor: str, now: datetime) -> Values:
    """Return the parameters of a row that is named first, or let in."""
    return {
        **_of_app(place.workspace, target),
        "of_channel": place.channel,
        "of_added_by": actor,
        "of_added_at": now,
    }


def _of_app(workspace: str, target: Target) -> Values:
    return {
        "of_workspace": workspace,
        "of_account": target.account,
        "of_app_id": target.app_id,
    }
