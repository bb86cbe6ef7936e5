"""The statements about notices: which are due, what they tell, and their ends."""

from typing import Final

from sqlalchemy import (
    ColumnElement,
    Insert,
    Integer,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)

from bot.db.events import EVENTS, E
from bot.db.leases import is_free
from bot.db.models import RequestRow, table
from bot.db.operations import OPERATIONS, O
from bot.db.plan_statements import PLANS, P
from bot.db.reminders import RAMPED
from bot.db.session import INSERT
from bot.db.telling import (
    BOARDS,
    CHANNEL,
    NOTICES,
    OBSERVATIONS,
    ROLLOUT,
    SUBSCRIPTIONS,
    TARGET,
    B,
    N,
    S,
    V,
    same,
    this_target,
)
from bot.db.watch_models import IS_UNPOSTED
from bot.domain.events import EventKind
from bot.domain.plan_events import PLAN_DECISIONS
from bot.domain.plans import PlanState

_NOW: Final = bindparam("now_at", type_=N.due_at.type)
_LEASE: Final = bindparam("lease_end", type_=N.due_at.type)
_PUT_OFF: Final = bindparam("longest_pause", type_=N.due_at.type)
_THIS: Final = N.id == bindparam("notice", type_=N.id.type)
_EARLIER: Final = NOTICES.alias("earlier")
# A channel reads in order: what comes first keeps the others waiting.
_FIRST: Final = ~exists(
    select(_EARLIER.c.id).where(
        _EARLIER.c.closed_at.is_(None),
        _EARLIER.c.workspace == N.workspace,
        _EARLIER.c.channel == N.channel,
        _EARLIER.c.id < N.id,
    )
)
# Its board is to be posted first: the notice is a reply to it.
_WAITS: Final = exists(
    select(B.id).where(same(B, N, ROLLOUT), B.ts.is_(None), B.closed_at.is_(None))
)
_DUE: Final = (
    select(N.id)
    .where(
        N.closed_at.is_(None),
        # One that is due later than ever was put off before the clock was set back.
        or_(N.due_at <= _NOW, N.due_at > _PUT_OFF),
        is_free(N),
        _FIRST,
        ~_WAITS,
    )
    # Without statistics SQLite would go through all notices by their ids.
    .order_by(N.due_at, N.id)
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(skip_locked=True)
    .cte("due")
)
CLAIM: Final = (
    update(NOTICES)
    .where(N.id == _DUE.c.id)
    .values(
        leased_until=_LEASE,
        tried_before=N.tried_at,
        tried_at=_NOW,
        attempts=N.attempts + 1,
    )
    .returning(N.id)
)
_CLAIMED: Final = NOTICES.alias("claimed")
_WITH_LATER: Final = and_(
    same(N, _CLAIMED.c, ROLLOUT), N.closed_at.is_(None), N.id >= _CLAIMED.c.id
)
_STEP: Final = EVENTS.alias("step")
_CARD: Final = table(RequestRow).alias("card")
# What is claimed, with all that waits behind it about the same rollout. The change that
# a step of a ramp has made has the event by which that was sent; where a ramp was asked
# for, its card may stand in for a board.
GET: Final = (
    select(
        EVENTS,
        N.id.label("notice_id"),
        N.workspace.label("to_workspace"),
        N.channel.label("to_channel"),
        N.submission_id.label("of_submission"),
        N.created_at,
        N.attempts,
        N.tried_before,
        _CLAIMED.c.id.label("claimed_id"),
        *(column for column in V if column.name not in TARGET),
        B.ts,
        B.read_to,
        S.mention,
        O.plan_id,
        _STEP.c.details.label("step_details"),
        func.coalesce(_CARD.c.thread, _CARD.c.card).label("card_thread"),
        RAMPED.label("ramped"),
    )
    .join_from(_CLAIMED, NOTICES, _WITH_LATER)
    .join(EVENTS, E.unique_key == N.event_key)
    .join(OBSERVATIONS, same(V, N, TARGET), isouter=True)
    .join(BOARDS, and_(same(B, N, ROLLOUT), B.refused_by.is_(None)), isouter=True)
    .join(SUBSCRIPTIONS, same(S, N, (*CHANNEL, *TARGET)), isouter=True)
    .join(OPERATIONS, O.id == E.operation_id, isouter=True)
    .join(
        _STEP,
        and_(
            _STEP.c.request_id == O.plan_id,
            _STEP.c.operation_id == O.id,
            _STEP.c.kind == EventKind.PLAN_STEP.value,
        ),
        isouter=True,
    )
    .join(
        _CARD,
        and_(_CARD.c.id == E.request_id, same(_CARD.c, N, CHANNEL)),
        isouter=True,
    )
    .where(_CLAIMED.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(N.id)
)
_CLOSED: Final = {
    "closed_at": _NOW,
    "leased_until": None,
    "refused_by": bindparam("code", type_=N.refused_by.type),
}
CLOSE: Final = (
    update(NOTICES)
    .where(N.id.in_(bindparam("ids", expanding=True)), IS_UNPOSTED)
    .values(**_CLOSED)
)
RETRY: Final = (
    update(NOTICES)
    .where(_THIS, IS_UNPOSTED)
    .values(
        due_at=bindparam("again_at", type_=N.due_at.type),
        tried_at=bindparam("may_be_there", type_=N.tried_at.type),
        leased_until=None,
    )
)
_BOARD: Final = and_(
    *(B[name] == bindparam(f"of_{name}", type_=B[name].type) for name in CHANNEL),
    this_target(B),
    B.submission_id == bindparam("of_submission", type_=B.submission_id.type),
)
READ_TO: Final = (
    update(BOARDS)
    .where(_BOARD)
    .values(read_to=bindparam("told_as", type_=B.read_to.type))
)
LOSE_BOARD: Final = update(BOARDS).where(_BOARD).values(ts=None, closed_at=_NOW)


PLANS_OF: Final = select(PLANS).where(P.id.in_(bindparam("ids", expanding=True)))

_OTHER: Final = NOTICES.alias("other")
_NOBODY_TOLD: Final = ~exists(
    select(_OTHER.c.id).where(
        _OTHER.c.event_key == N.event_key,
        _OTHER.c.closed_at.is_not(None),
        _OTHER.c.refused_by.is_(None),
    )
)


def _tell_directly(*conditions: ColumnElement[bool]) -> dict[str, Insert]:
    """Return the insert of notices to those who have started what is held.

    A person's id is that of the direct messages with them.
    """
    told_at = bindparam("told_at", type_=N.due_at.type)
    untold = (
        select(
            P.workspace,
            P.started_by,
            *(N[name] for name in (*TARGET, "submission_id", "event_key")),
            told_at,
            told_at,
        )
        .join_from(NOTICES, EVENTS, E.unique_key == N.event_key)
        .join(PLANS, P.id == E.request_id)
        .where(
            E.kind.in_([kind.value for kind in PLAN_DECISIONS]),
            P.state == PlanState.HELD.value,
            N.channel != P.started_by,
            _NOBODY_TOLD,
            *conditions,
        )
    )
    names = (*ROLLOUT, "event_key", "created_at", "due_at")
    return {
        dialect: new(NOTICES).from_select(names, untold).on_conflict_do_nothing()
        for dialect, new in INSERT.items()
    }


# What nobody could be told for long, and what a channel has refused.
TELL_LATE: Final = _tell_directly(
    N.closed_at.is_(None),
    N.created_at <= bindparam("waited_since", type_=N.due_at.type),
)
TELL_REFUSED: Final = _tell_directly(N.id == bindparam("notice", type_=N.id.type))
