"""The repository of subscriptions: what each channel is told about which target."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)

from bot.db.aliases import A
from bot.db.events import EVENTS, event_values
from bot.db.rows import Values, target_from, target_values
from bot.db.session import INSERT, Repository
from bot.db.telling import (
    CHANNEL,
    SUBSCRIPTIONS,
    TARGET,
    S,
    of_target,
    same,
    this_target,
)
from bot.db.writes import Write, row_parameters, with_row
from bot.domain.requests import Asker, Place
from bot.domain.subscriptions import Subscription, muted, subscription_changed
from bot.domain.watching import Topics

_KEY: Final = (*CHANNEL, *TARGET)
_ASKED: Final = (
    *("topics", "by_alias", "added_by", "added_at"),
    *("mention", "app_name", "flight_name"),
)


def _in_channel(columns: Any) -> ColumnElement[bool]:  # noqa: ANN401 - columns of a table
    return and_(
        *(
            columns[name] == bindparam(f"of_{name}", type_=columns[name].type)
            for name in CHANNEL
        )
    )


HAS_ALIAS: Final = exists(select(A.name).where(same(A, S, _KEY)))
# What a channel has an alias for it follows, unless it has said otherwise.
FROM_ALIASES: Final = (
    select(
        *(A[name] for name in _KEY),
        literal(Topics.ALL.value, S.topics.type).label("topics"),
        true().label("by_alias"),
        func.min(A.added_by, type_=S.added_by.type).label("added_by"),
        func.min(A.added_at, type_=S.added_at.type).label("added_at"),
    )
    .where(~exists(select(S.topics).where(same(A, S, _KEY))))
    .group_by(*(A[name] for name in _KEY))
)


def _of_alias(column: str) -> Any:  # noqa: ANN401 - a column of the aliases
    first = func.min(A[column], type_=A[column].type)
    return select(first).where(same(A, S, _KEY)).scalar_subquery()


_STORED: Final = (*_KEY, *_ASKED[:4])
LIST: Final = union_all(
    select(
        *(S[name] for name in _STORED),
        S.mention,
        func.coalesce(S.app_name, _of_alias("app_name")).label("app_name"),
        func.coalesce(S.flight_name, _of_alias("flight_name")).label("flight_name"),
        S.blocked_at,
        S.blocked_by,
        _of_alias("name").label("alias"),
    ).where(_in_channel(S), or_(~S.by_alias, HAS_ALIAS)),
    FROM_ALIASES.add_columns(
        null(),
        func.min(A.app_name, type_=A.app_name.type),
        func.min(A.flight_name, type_=A.flight_name.type),
        null(),
        null(),
        func.min(A.name, type_=A.name.type),
    ).where(_in_channel(A)),
)
# What was read still stands.
_SEEN: Final = (
    S.topics == bindparam("seen_topics", type_=S.topics.type),
    S.by_alias == bindparam("seen_by_alias", type_=S.by_alias.type),
    S.added_at == bindparam("seen_at", type_=S.added_at.type),
    S.mention.is_not_distinct_from(bindparam("seen_mention", type_=S.mention.type)),
)


def _put(dialect: str) -> Write:
    new = with_row(INSERT[dialect](SUBSCRIPTIONS), SUBSCRIPTIONS)
    change = new.on_conflict_do_update(
        index_elements=list(_KEY),
        set_={name: new.excluded[name] for name in _ASKED},
        where=and_(*_SEEN),
    )
    return Write(change.returning(S.topics), EVENTS)


PUT: Final = {dialect: _put(dialect) for dialect in INSERT}
REMOVE: Final = Write(
    delete(SUBSCRIPTIONS)
    .where(_in_channel(S), this_target(S), *_SEEN)
    .returning(S.topics),
    EVENTS,
)
END_UNNAMED: Final = delete(SUBSCRIPTIONS).where(_in_channel(S), S.by_alias, ~HAS_ALIAS)


class SqlSubscriptionRepository(Repository):
    """The subscriptions of all channels. Every method raises StorageUnavailable."""

    async def list_subscriptions(self, place: Place) -> Sequence[Subscription]:
        """Return what the channel follows, and what it is told nothing of, by name.

        What it has an alias for it follows, also before that is stored.
        """
        found = map(_subscription, await self._database.run(LIST, _here(place)))
        return sorted(found, key=lambda one: one.sort_key)

    async def put_subscription(
        self, place: Place, before: Subscription | None, after: Subscription
    ) -> bool:
        """Store a subscription that somebody has changed, and its event.

        Return False where it is not any more as it was `before`.
        """
        row = {
            "workspace": place.workspace,
            "channel": place.channel,
            **target_values(after.target),
            **{name: getattr(after, name) for name in _ASKED},
            "topics": after.topics.value,
        }
        stored = await self._database.write(
            PUT[self._database.dialect],
            {**row_parameters(SUBSCRIPTIONS, row), **_seen(before)},
            event_values(subscription_changed(after, place)),
        )
        return bool(stored)

    async def remove_subscription(
        self, place: Place, before: Subscription, asker: Asker
    ) -> bool:
        """Remove a subscription, and store the event.

        Return False where it is not any more as it was `before`.
        """
        removed = await self._database.write(
            REMOVE,
            {**_here(place), **of_target(before.target), **_seen(before)},
            event_values(subscription_changed(muted(before, asker), place)),
        )
        return bool(removed)

    async def end_unnamed(self, place: Place) -> None:
        """End what the channel has followed by aliases that are gone."""
        await self._database.run(END_UNNAMED, _here(place))


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        target=target_from(row),
        topics=Topics(row.topics),
        by_alias=row.by_alias,
        added_by=row.added_by,
        added_at=row.added_at,
        mention=row.mention,
        app_name=row.app_name,
        flight_name=row.flight_name,
        blocked_at=row.blocked_at,
        blocked_by=row.blocked_by,
        alias=row.alias,
    )


def _here(place: Place) -> Values:
    return {"of_workspace": place.workspace, "of_channel": place.channel}


def _seen(before: Subscription | None) -> Values:
    return {
        "seen_topics": before.topics.value if before else None,
        "seen_by_alias": before.by_alias if before else None,
        "seen_at": before.added_at if before else None,
        "seen_mention": before.mention if before else None,
    }
