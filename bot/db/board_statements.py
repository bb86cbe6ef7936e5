"""The statements about boards: which there should be, which are due, and their ends."""

from typing import Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from bot.db.events import EVENTS, E
from bot.db.leases import is_free
from bot.db.operations import OPERATIONS, O
from bot.db.plan_models import IS_LIVE
from bot.db.plan_statements import PLANS, P
from bot.db.session import INSERT
from bot.db.telling import (
    BOARDS,
    CHANNEL,
    NOTICES,
    OBSERVATIONS,
    ROLLOUT,
    SUBSCRIPTIONS,
    TARGET,
    TOLD,
    B,
    N,
    S,
    V,
    same,
    this_target,
)
from bot.db.watch_models import IS_CHANGE, IS_ROLLING, IS_UNPOSTED
from bot.db.writes import Write

_NOW: Final = bindparam("now_at", type_=B.due_at.type)
_LEASE: Final = bindparam("lease_end", type_=B.leased_until.type)
# One that is due later than ever was put off before the clock was set back.
_PUT_OFF: Final = bindparam("longest_pause", type_=B.due_at.type)
_MOST: Final = bindparam("most", type_=Integer())
_THIS: Final = B.id == bindparam("board", type_=B.id.type)
# Whoever has lost the lease of a board has nothing to say about it any more.
_HELD: Final = B.leased_until == _LEASE
_FREE: Final = and_(
    B.closed_at.is_(None),
    or_(B.due_at <= _NOW, B.due_at > _PUT_OFF),
    is_free(B),
)

_MISSING: Final = (
    select(
        *(S[name] for name in (*CHANNEL, *TARGET)),
        *(V[name] for name in ("submission_id", "app_name", "flight_name")),
        func.coalesce(V.since, _NOW),
        V.rollout_percentage,
        _NOW,
    )
    .join_from(OBSERVATIONS, SUBSCRIPTIONS, same(S, V, TARGET))
    .where(
        IS_ROLLING,
        S.topics.in_(TOLD),
        ~exists(
            select(B.id).where(
                same(B, S, (*CHANNEL, *TARGET)), B.submission_id == V.submission_id
            )
        ),
    )
)
_NAMES: Final = ("app_name", "flight_name", "began_at", "began_percentage", "due_at")
ADD: Final = {
    dialect: insert(BOARDS)
    .from_select([*ROLLOUT, *_NAMES], _MISSING)
    .on_conflict_do_nothing()
    for dialect, insert in INSERT.items()
}

_EARLIER: Final = BOARDS.alias("earlier")
# A channel takes one message a second.
_FIRST: Final = ~exists(
    select(_EARLIER.c.id).where(
        _EARLIER.c.closed_at.is_(None),
        _EARLIER.c.ts.is_(None),
        same(_EARLIER.c, B, CHANNEL),
        _EARLIER.c.id < B.id,
    )
)
# With a limit PostgreSQL looks each board up, and does not read the whole table.
_FOLLOWED: Final = (
    select(S.topics)
    .where(same(S, B, (*CHANNEL, *TARGET)), S.topics.in_(TOLD))
    .limit(1)
    .scalar_subquery()
)


def _claim(due: "Select[tuple[int]]", **tried: object) -> Update:
    """Return the claim of what is due: nobody else draws it until the lease ends."""
    found = due.limit(_MOST).with_for_update(skip_locked=True).cte("due")
    return (
        update(BOARDS)
        .where(B.id == found.c.id)
        .values(leased_until=_LEASE, attempts=B.attempts + 1, **tried)
        .returning(B.id)
    )


CLAIM_NEW: Final = _claim(
    select(B.id).where(_FREE, B.ts.is_(None), _FIRST).order_by(B.due_at, B.id),
    tried_before=B.tried_at,
    tried_at=_NOW,
)
_VERSION: Final = select(V.version).where(same(V, B, TARGET)).scalar_subquery()
_OLD: Final = and_(
    B.drawn_at <= bindparam("drawn_before", type_=B.drawn_at.type),
    V.looked_at > B.drawn_at,
)
# A lock was set or lifted, or one of those that it shows, or will show, is at an edge.
_LOCKED_ELSE: Final = B.shown_until <= _NOW
_OF_BOARD: Final = and_(same(P, B, (*TARGET, "submission_id")), IS_LIVE)
# Another ramp of the target may have the same version.
_PLAN_KEY: Final = P.id + "/" + cast(P.version, String)
_RAMPED_ELSE: Final = (
    select(_PLAN_KEY)
    .where(_OF_BOARD)
    .correlate(BOARDS)
    .scalar_subquery()
    .is_distinct_from(B.shown_plan)
)
_OUTDATED: Final = exists(
    select(V.version).where(
        same(V, B, TARGET),
        V.submission_id.is_not(None),
        or_(V.version != B.shown_version, _OLD, _LOCKED_ELSE, _RAMPED_ELSE),
    )
)
# What has changed comes before what is as it was, and shows only its age.
CLAIM_SHOWN: Final = _claim(
    select(B.id)
    .where(_FREE, B.ts.is_not(None), or_(_FOLLOWED.is_(None), _OUTDATED))
    .order_by(
        case(
            (or_(_LOCKED_ELSE, _RAMPED_ELSE), 0),
            (B.shown_version == _VERSION, 1),
            else_=0,
        ),
        B.due_at,
        B.id,
    )
)
GET: Final = (
    select(
        OBSERVATIONS,
        _FOLLOWED.is_not(None).label("followed"),
        *(column.label(f"board_{column.name}") for column in BOARDS.columns),
    )
    .join_from(BOARDS, OBSERVATIONS, same(V, B, TARGET), isouter=True)
    # Somebody may have found meanwhile that its message is gone.
    .where(B.id.in_(bindparam("ids", expanding=True)), B.closed_at.is_(None))
    .order_by(B.id)
)
# The ramps that have not ended of the rollouts of some boards, once for each of these.
RAMPS: Final = (
    select(B.id.label("board_id"), _PLAN_KEY.label("plan_key"), PLANS)
    .join_from(BOARDS, PLANS, _OF_BOARD)
    .where(B.id.in_(bindparam("ids", expanding=True)))
)
# Each change of the target's rollouts; an operation's names its submission itself.
CHANGES: Final = (
    select(EVENTS, O.submission_id.label("of_operation"))
    .join_from(EVENTS, OPERATIONS, O.id == E.operation_id, isouter=True)
    .where(IS_CHANGE, this_target(E))
    .order_by(E.id.desc())
    .limit(_MOST)
)


def _told_by_board(condition: ColumnElement[bool]) -> Update:
    """Return the update of the notices of what a new board shows already."""
    these = (
        N[name] == bindparam(f"of_{name}", type_=N[name].type)
        for name in (*CHANNEL, "submission_id")
    )
    shown = bindparam("shown_change", type_=N.created_at.type)
    return (
        update(NOTICES)
        .where(*these, this_target(N), N.created_at <= shown, IS_UNPOSTED, condition)
        .values(closed_at=_NOW, leased_until=None)
    )


_SEEN_UNTIL: Final = bindparam("seen_until", type_=B.shown_until.type)
_NEXT_EDGE: Final = bindparam("next_edge", type_=B.shown_until.type)
_SHOWN: Final = {
    "shown_version": bindparam("version", type_=B.shown_version.type),
    "shown_plan": bindparam("plan_key", type_=B.shown_plan.type),
    "drawn_at": _NOW,
    # A lock that has come meanwhile is still to be shown.
    "shown_until": case(
        (B.shown_until.is_not_distinct_from(_SEEN_UNTIL), _NEXT_EDGE),
        else_=B.shown_until,
    ),
    "due_at": bindparam("edit_from", type_=B.due_at.type),
    "leased_until": None,
    "attempts": 0,
}
_TS: Final = bindparam("posted_as", type_=B.ts.type)
POSTED: Final = Write(
    update(BOARDS)
    .where(_THIS, B.ts.is_(None))
    .values(ts=_TS, read_to=_TS, **_SHOWN)
    .returning(B.id),
    companions=(_told_by_board,),
)
EDITED: Final = update(BOARDS).where(_THIS, _HELD).values(**_SHOWN)
CLOSE: Final = (
    update(BOARDS).where(_THIS, _HELD).values(closed_at=_NOW, leased_until=None)
)
# Somebody has deleted the message: there is none any more, and no other comes.
LOSE: Final = (
    update(BOARDS).where(_THIS).values(ts=None, closed_at=_NOW, leased_until=None)
)
REFUSE: Final = (
    update(BOARDS)
    .where(_THIS)
    .values(
        closed_at=_NOW,
        refused_by=bindparam("code", type_=B.refused_by.type),
        leased_until=None,
        tried_at=None,
    )
)
FORGET: Final = delete(BOARDS).where(_THIS)
RETRY: Final = (
    update(BOARDS)
    .where(_THIS, _HELD)
    .values(
        due_at=bindparam("again_at", type_=B.due_at.type),
        tried_at=bindparam("may_be_there", type_=B.tried_at.type),
        leased_until=None,
    )
)
