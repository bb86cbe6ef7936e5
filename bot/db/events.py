"""The repository of events: an append-only log, and the history read from it."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Integer, Row, and_, bindparam, func, insert, select

from bot.db.columns import storable
from bot.db.models import IS_ENTRY, EventRow, OperationRow, table
from bot.db.rows import Values, target_from, target_values
from bot.db.session import Repository
from bot.db.telling import BOARDS, OBSERVATIONS, B, V, of_target, this_target
from bot.db.watch_models import IS_CHANGE
from bot.db.writes import Write, row_parameters, with_row
from bot.domain.actor_names import name_of
from bot.domain.change_log import ChangeLog, Logged, read_changes
from bot.domain.events import Event, EventKind
from bot.domain.history import HistoryPage, read_history, read_ramps
from bot.domain.ramp_history import RampHistory
from bot.domain.requests import Place
from bot.domain.rollout_changes import CHANGES as ROLLOUT_CHANGES
from bot.domain.submissions import Target

EVENTS: Final = table(EventRow)
E: Final = EVENTS.c
_O: Final = table(OperationRow).c

ADD: Final = Write(with_row(insert(EVENTS), EVENTS).returning(E.id))
HISTORY: Final = (
    select(EVENTS)
    .where(
        E.workspace == bindparam("workspace"),
        E.channel == bindparam("channel"),
        IS_ENTRY,
    )
    .order_by(E.id.desc())
    .limit(bindparam("limit", type_=Integer()))
)
HISTORY_OF: Final = HISTORY.where(
    E.account == bindparam("account"),
    E.app_id == bindparam("app_id"),
    E.flight_id == bindparam("flight_id"),
)
_RAMP: Final = (
    select(_O.plan_id).where(_O.id == E.operation_id).limit(1).scalar_subquery()
)
_ASKED: Final = EVENTS.alias("asked").c
# With a limit PostgreSQL looks each up, and does not read the whole table.
_OF_OPERATION: Final = (
    select(_O.submission_id).where(_O.id == E.operation_id).limit(1).scalar_subquery()
)
# An operation has the id of its request.
_ASKED_HERE: Final = (
    select(_ASKED.id)
    .where(
        _ASKED.request_id == func.coalesce(E.request_id, E.operation_id),
        _ASKED.kind == EventKind.ASKED.value,
        _ASKED.workspace == bindparam("workspace"),
        _ASKED.channel == bindparam("channel"),
    )
    .limit(1)
    .scalar_subquery()
)
_BOARD_HERE: Final = and_(
    B.workspace == bindparam("workspace"),
    B.channel == bindparam("channel"),
    this_target(B),
    B.submission_id == V.submission_id,
)
# Reminders have unique keys, too.
_RAMPS: Final = (EventKind.PLAN_STARTED, EventKind.PLAN_ENDED)
_KINDS: Final = [kind.value for kind in (*ROLLOUT_CHANGES, EventKind.ENDED, *_RAMPS)]
CHANGES: Final = (
    select(
        EVENTS,
        _OF_OPERATION.label("of_operation"),
        _RAMP.label("ramp_id"),
        _ASKED_HERE.is_not(None).label("asked_here"),
        V.app_name,
        V.flight_name,
        B.submission_id.label("began_by"),
        B.began_at,
        B.began_percentage,
    )
    .join_from(EVENTS, OBSERVATIONS, this_target(V), isouter=True)
    .join(BOARDS, _BOARD_HERE, isouter=True)
    .where(IS_CHANGE, E.kind.in_(_KINDS), this_target(E))
    .order_by(E.id.desc())
    .limit(bindparam("limit", type_=Integer()))
)
OF_REQUESTS: Final = (
    select(EVENTS)
    .where(E.request_id.in_(bindparam("ids", expanding=True)))
    .order_by(E.id)
)


class SqlEventRepository(Repository):
    """The log of events. Every method raises StorageUnavailable."""

    async def add_event(self, event: Event) -> None:
        """Append one event that no other change brings with it."""
        row = row_parameters(EVENTS, event_values(event))
        await self._database.write(ADD, row)

    async def list_history(
        self, place: Place, target: Target | None, limit: int
    ) -> HistoryPage:
        """Return the channel's last entries, newest first, of one target or of all.

        A target without a flight means the app's own submissions only.
        """
        asked: Values = {**_here(place), "limit": limit}
        if target is None:
            rows = await self._database.run(HISTORY, asked)
        else:
            asked |= target_values(target)
            rows = await self._database.run(HISTORY_OF, asked)
        ids = [row.request_id for row in rows if row.request_id is not None]
        of_requests = await self._database.run(OF_REQUESTS, {"ids": ids}) if ids else ()
        return read_history(_events(rows), _by_request(of_requests))

    async def list_changes(self, place: Place, target: Target, limit: int) -> ChangeLog:
        """Return the last changes of the target's rollouts, whoever made them.

        They say which of them a request of this channel has brought.
        """
        asked = {**_here(place), **of_target(target), "limit": limit}
        rows = await self._database.run(CHANGES, asked)
        made = [row for row in rows if row.kind not in _RAMPS]
        changes, unread = read_changes([_logged(row) for row in made])
        log = ChangeLog(changes, unread, ramps=await self._ramps(rows, place))
        board = next((row for row in rows if row.began_by is not None), None)
        if board is None:
            return log
        began = board.began_at, board.began_percentage
        return replace(log, began_by=board.began_by, began=began)

    async def _ramps(
        self, rows: Sequence[Row[Any]], reader: Place
    ) -> tuple[RampHistory, ...]:
        """Return the ramps that these events are about."""
        found = (row.request_id if row.kind in _RAMPS else row.ramp_id for row in rows)
        ids = [one for one in dict.fromkeys(found) if one is not None]
        if not ids:
            return ()
        events = await self._database.run(OF_REQUESTS, {"ids": ids})
        return tuple(
            replace(ramp, asked_here=_here(ramp.request.place) == _here(reader))
            for ramp in read_ramps(_by_request(events))
        )


def _here(place: Place) -> Values:
    return {"workspace": place.workspace, "channel": place.channel}


def event_values(event: Event) -> Values:
    """Return the columns of an event; the details name the actor where they can."""
    place, target = event.place, event.target
    details, name = dict(event.details), name_of(event.actor or "")
    if name is not None:
        details["actor_name"] = name
    nowhere: Values = {"account": None, "app_id": None, "flight_id": None}
    return {
        "at": event.at,
        "kind": event.kind.value,
        "workspace": place.workspace if place else None,
        "channel": place.channel if place else None,
        "thread": place.thread if place else None,
        **(target_values(target) if target else nowhere),
        "actor": event.actor,
        "request_id": event.request_id,
        "operation_id": event.operation_id,
        "alias": event.alias,
        "code": event.code,
        "correlation_id": event.correlation_id,
        "details": json.dumps(storable(details)),
        "unique_key": event.unique_key,
    }


def _events(rows: Sequence[Row[Any]]) -> list[Event]:
    # A kind that only a newer version knows is no reason to hide the other events.
    known = frozenset(EventKind)
    return [event_from(row) for row in rows if row.kind in known]


def _logged(row: Row[Any]) -> Logged:
    return Logged(
        event_from(row),
        row.of_operation,
        bool(row.asked_here),
        row.app_name,
        row.flight_name,
        row.ramp_id,
    )


def _by_request(rows: Sequence[Row[Any]]) -> dict[str, list[Event]]:
    found: defaultdict[str, list[Event]] = defaultdict(list)
    for event in _events(rows):
        found[str(event.request_id)].append(event)
    return found


def event_from(row: Row[Any]) -> Event:
    """Return the event of a row with all columns of its table."""
    place = None
    if row.workspace is not None and row.channel is not None:
        place = Place(row.workspace, row.channel, row.thread)
    return Event(
        kind=EventKind(row.kind),
        at=row.at,
        place=place,
        target=None if row.app_id is None else target_from(row),
        actor=row.actor,
        request_id=row.request_id,
        operation_id=row.operation_id,
        alias=row.alias,
        code=row.code,
        correlation_id=row.correlation_id,
        details=json.loads(row.details),
        unique_key=row.unique_key,
    )
