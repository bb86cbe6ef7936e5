"""The repository of locks, and the companions of their writes.

The write of a lock, or of its end, brings the event, a notice for each channel that is
to be told, and the boards that show something else from then on.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Insert,
    Row,
    Update,
    and_,
    bindparam,
    exists,
    insert,
    literal,
    or_,
    select,
    union,
    update,
)

from bot.db.aliases import A
from bot.db.events import EVENTS, event_values
from bot.db.models import table
from bot.db.policy_models import IS_IN_FORCE, LockRow
from bot.db.rows import NO_FLIGHT, Values, target_from, target_values
from bot.db.session import Repository
from bot.db.telling import BOARDS, CHANNEL, NOTICES, ROLLOUT, TARGET, B, N, S, same
from bot.db.watch_models import IS_UNPOSTED
from bot.db.writes import Write, row_parameters, with_row
from bot.domain.lock_events import lock_lifted, lock_set
from bot.domain.locks import Lock, window_from_json, window_to_json
from bot.domain.requests import Place
from bot.domain.submissions import Target
from bot.domain.watching import Topics

LOCKS: Final = table(LockRow)
L: Final = LOCKS.c

# How the columns of a target say "all apps".
ALL_APPS: Final[Values] = dict.fromkeys(TARGET, "")
# The end of what a newer version of the bot has written in another way.
_UNTIL_LIFTED: Final = datetime.max.replace(tzinfo=UTC)

_WORKSPACE: Final = bindparam("of_workspace", type_=L.workspace.type)
_AT: Final = bindparam("told_at", type_=L.locked_at.type)
_OF: Final = {name: bindparam(f"of_{name}", type_=L[name].type) for name in TARGET}
_NOW: Final = bindparam("now", type_=L.ends_at.type)
_NOT_OVER: Final = (IS_IN_FORCE, or_(L.ends_at.is_(None), L.ends_at > _NOW))

LIST: Final = (
    select(LOCKS)
    .where(
        *_NOT_OVER,
        L.workspace.in_(
            bindparam("workspaces", expanding=True, type_=L.workspace.type)
        ),
    )
    .order_by(L.id)
)
ON_TARGET: Final = (
    select(LOCKS)
    .where(
        *_NOT_OVER,
        L.workspace == _WORKSPACE,
        or_(
            L.app_id == "",
            and_(
                L.account == _OF["account"],
                L.app_id == _OF["app_id"],
                L.flight_id.in_((NO_FLIGHT, _OF["flight_id"])),
            ),
        ),
    )
    .order_by(L.id)
)


def unjudged_lock(of: Any, now: BindParameter[datetime]) -> ColumnElement[bool]:  # noqa: ANN401 - columns of a table
    """Return whether a lock of a target is in force that was not judged, in SQL.

    `of` has the columns of the target and its workspace. One that was lifted meanwhile
    is no matter. A number alone would not do: of two that are stored at the same time
    the smaller one may be seen later.
    """
    judged = bindparam("judged_locks", expanding=True, type_=L.id.type)
    return exists(
        select(L.id).where(
            IS_IN_FORCE,
            or_(L.ends_at.is_(None), L.ends_at > now),
            L.workspace == of.workspace,
            or_(
                L.app_id == "",
                and_(
                    L.account == of.account,
                    L.app_id == of.app_id,
                    L.flight_id.in_((literal(NO_FLIGHT), of.flight_id)),
                ),
            ),
            L.id.not_in(judged),
        )
    )


def _about(columns: Any) -> ColumnElement[bool]:  # noqa: ANN401 - columns of a table
    """Return whether a row is about what is locked: a flight, an app, or all apps."""
    return or_(
        _OF["app_id"] == "",
        and_(
            columns.account == _OF["account"],
            columns.app_id == _OF["app_id"],
            or_(
                _OF["flight_id"] == NO_FLIGHT,
                columns.flight_id.in_((NO_FLIGHT, _OF["flight_id"])),
            ),
        ),
    )


def _tell_channels(condition: ColumnElement[bool]) -> Insert:
    """Return the insert of a notice for each channel that has to know of the lock.

    That is where it was typed, and each that follows what is locked, by a subscription
    or by an alias that is not muted.
    """
    none = Topics.NONE.value
    muted = exists(
        select(S.topics).where(same(S, A, (*CHANNEL, *TARGET)), S.topics == none)
    )
    told = union(
        select(S.channel.label("channel")).where(
            S.workspace == _WORKSPACE, S.topics != none, _about(S)
        ),
        select(A.channel).where(A.workspace == _WORKSPACE, _about(A), ~muted),
        select(bindparam("of_channel", type_=N.channel.type)),
    ).subquery("told")
    each = select(
        _WORKSPACE,
        told.c.channel,
        *_OF.values(),
        bindparam("no_submission", "", type_=N.submission_id.type),
        bindparam("key_of_event", type_=N.event_key.type),
        _AT,
        _AT,
    ).where(condition)
    names = (*ROLLOUT, "event_key", "created_at", "due_at")
    return insert(NOTICES).from_select(names, each)


def _redraw_boards(condition: ColumnElement[bool]) -> Update:
    """Return the update of the boards that show whether their target is locked."""
    return (
        update(BOARDS)
        .where(B.workspace == _WORKSPACE, IS_UNPOSTED, _about(B), condition)
        .values(shown_until=_AT)
    )


_COMPANIONS: Final = (_tell_channels, _redraw_boards)
ADD: Final = Write(
    with_row(insert(LOCKS), LOCKS).returning(L.id), EVENTS, companions=_COMPANIONS
)
LIFT: Final = Write(
    update(LOCKS)
    .where(L.id == bindparam("lock"), IS_IN_FORCE)
    .values(
        lifted_by=bindparam("by", type_=L.lifted_by.type),
        lifted_at=bindparam("lifted", type_=L.lifted_at.type),
        lift_reason=bindparam("why", type_=L.lift_reason.type),
    )
    .returning(L.id),
    EVENTS,
    companions=_COMPANIONS,
)


class SqlLockRepository(Repository):
    """The locks of all workspaces. Every method raises StorageUnavailable."""

    async def locks_on(
        self, workspace: str, target: Target, now: datetime
    ) -> Sequence[Lock]:
        """Return the locks of a target, its app and all apps, the oldest first.

        They are neither lifted nor over; one that comes back may not hold now.
        """
        asked = {"of_workspace": workspace, **_of(target), "now": now}
        return [lock_from(row) for row in await self._database.run(ON_TARGET, asked)]

    async def list_locks(self, workspace: str, now: datetime) -> Sequence[Lock]:
        """Return all locks that are neither lifted nor over, the oldest first."""
        asked = {"workspaces": [workspace], "now": now}
        return [lock_from(row) for row in await self._database.run(LIST, asked)]

    async def add_lock(self, lock: Lock, place: Place) -> Lock:
        """Store a lock that was typed in a place, and return it with its number."""
        row = {
            "workspace": lock.workspace,
            **_target_values(lock.target),
            "channel": lock.channel,
            "reason": lock.reason,
            "locked_by": lock.locked_by,
            "locked_at": lock.locked_at,
            "ends_at": lock.ends_at,
            "weekly": lock.weekly and json.dumps(window_to_json(lock.weekly)),
        }
        event = lock_set(lock, place, uuid.uuid4().hex)
        [stored] = await self._database.write(
            ADD,
            {**row_parameters(LOCKS, row), **_told(lock, place, event.unique_key)},
            event_values(event),
        )
        return replace(lock, id=stored.id)

    async def lift_lock(self, lock: Lock, place: Place) -> bool:
        """Store that a lock was lifted; return False where it was before."""
        event = lock_lifted(lock, place)
        lifted = {
            "lock": lock.id,
            "by": lock.lifted_by,
            "lifted": lock.lifted_at,
            "why": lock.lift_reason,
            **_told(lock, place, event.unique_key),
            "told_at": lock.lifted_at,
        }
        return bool(await self._database.write(LIFT, lifted, event_values(event)))


def lock_from(row: Row[Any]) -> Lock:
    """Return the lock of a row.

    A window that a newer version wrote in another way holds until it is lifted.
    """
    lock = Lock(
        id=row.id,
        workspace=row.workspace,
        channel=row.channel,
        target=target_from(row) if row.app_id else None,
        reason=row.reason,
        locked_by=row.locked_by,
        locked_at=row.locked_at,
        ends_at=row.ends_at,
        lifted_by=row.lifted_by,
        lifted_at=row.lifted_at,
        lift_reason=row.lift_reason,
    )
    if lock.ends_at is not None:
        return lock
    try:
        return replace(lock, weekly=window_from_json(json.loads(row.weekly)))
    except (KeyError, TypeError, ValueError):
        return replace(lock, ends_at=_UNTIL_LIFTED)


def _target_values(target: Target | None) -> Values:
    return ALL_APPS if target is None else target_values(target)


def _of(target: Target | None) -> Values:
    return {f"of_{name}": value for name, value in _target_values(target).items()}


def _told(lock: Lock, place: Place, key: str | None) -> Values:
    return {
        "of_workspace": lock.workspace,
        "of_channel": place.channel,
        **_of(lock.target),
        "no_submission": "",
        "key_of_event": key,
        "told_at": lock.locked_at,
    }
