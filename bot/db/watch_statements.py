"""The statements about what is followed, what was last seen, and what is to be told."""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    union_all,
    update,
)

from bot.db.aliases import A
from bot.db.events import EVENTS
from bot.db.leases import is_free
from bot.db.models import IS_CLOSED, IS_OPEN
from bot.db.operations import OPERATIONS, O
from bot.db.session import INSERT
from bot.db.subscriptions import FROM_ALIASES
from bot.db.telling import (
    CHANNEL,
    OBSERVATIONS,
    SUBSCRIPTIONS,
    TARGET,
    S,
    V,
    same,
    tell_followers,
    this_target,
)
from bot.db.watch_models import IS_UNSETTLED
from bot.db.writes import Write
from bot.domain.results import CODES, Done, Unavailable, Unknown
from bot.domain.watching import Topics

_FOLLOWED: Final = S.topics != Topics.NONE.value
_FOLLOWERS: Final = select(S.topics).where(_FOLLOWED, same(S, V, TARGET))
_FROM_SUBSCRIPTIONS: Final = (
    select(
        *(S[name] for name in TARGET),
        bindparam("first_version", type_=V.version.type),
        bindparam("first_look", type_=V.due_at.type),
    )
    .where(_FOLLOWED, ~exists(select(V.version).where(same(S, V, TARGET))))
    .distinct()
)


def _of_each(columns: Any) -> list[ColumnElement[Any]]:  # noqa: ANN401 - columns of a table
    return [columns[name] for name in (*CHANNEL, *TARGET)]


def _follow(dialect: str) -> tuple[Executable, ...]:
    subscribed = ("topics", "by_alias", "added_by", "added_at")
    new = INSERT[dialect]
    return (
        new(SUBSCRIPTIONS)
        .from_select([*CHANNEL, *TARGET, *subscribed], FROM_ALIASES)
        .on_conflict_do_nothing(),
        # SQLite reads the aliases once; for a subquery it would read those of the
        # channel again for each of its subscriptions.
        delete(SUBSCRIPTIONS).where(
            S.by_alias, tuple_(*_of_each(S)).not_in(select(*_of_each(A)))
        ),
        new(OBSERVATIONS)
        .from_select([*TARGET, "version", "due_at"], _FROM_SUBSCRIPTIONS)
        .on_conflict_do_nothing(),
        delete(OBSERVATIONS).where(~exists(_FOLLOWERS)),
    )


FOLLOW: Final = {dialect: _follow(dialect) for dialect in INSERT}

NOW: Final = bindparam("now_at", type_=V.due_at.type)
_LEASE: Final = bindparam("lease_end", type_=V.leased_until.type)
# The clock was set back, by more than two replicas' clocks may differ: what was put off
# before that is due now.
SET_BACK: Final = (
    update(OBSERVATIONS)
    .where(V.due_at > NOW, or_(V.looked_at > _LEASE, V.failing_since > _LEASE))
    .values(due_at=NOW)
)


def under_way(columns: Any) -> ColumnElement[bool]:  # noqa: ANN401 - columns of a table
    """Return whether an operation of a row's target is not over.

    It may have changed what the Store shows, and so may an Unknown for as long as it is
    followed up.
    """
    since = bindparam("followed_since", type_=O.finished_at.type)
    return exists(
        select(O.id).where(
            IS_UNSETTLED,
            same(O, columns, TARGET),
            or_(
                O.outcome.is_(None),
                and_(O.outcome == CODES[Unknown], O.finished_at > since),
            ),
        )
    )


UNDER_WAY: Final = under_way(V)
_DUE: Final = (
    select(*(V[name] for name in TARGET))
    .where(
        V.due_at <= NOW,
        is_free(V),
        ~UNDER_WAY,
    )
    .order_by(V.due_at)
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(skip_locked=True)
    .cte("due")
)
CLAIM: Final = (
    update(OBSERVATIONS)
    .where(same(V, _DUE.c, TARGET))
    .values(leased_until=_LEASE)
    .returning(OBSERVATIONS)
)
LIST: Final = select(OBSERVATIONS).where(
    tuple_(*(V[name] for name in TARGET)).in_(bindparam("targets", expanding=True))
)
DEMAND: Final = select(func.coalesce(func.sum(V.demand), 0.0).label("demand"))


def new_values(*names: str) -> dict[str, Any]:
    """Return the columns of an observation, each set by its parameter `new_…`."""
    return {name: bindparam(f"new_{name}", type_=V[name].type) for name in names}


SEEN: Final = (
    "submission_id",
    "app_name",
    "flight_name",
    "rollout_enabled",
    "rollout_percentage",
    "rollout_status",
    "fallback_submission_id",
    "pending_submission_id",
    "looked_at",
    "since",
    "changed_at",
)
_SAVE: Final = (
    update(OBSERVATIONS)
    .where(
        this_target(V),
        V.version == bindparam("seen_version", type_=V.version.type),
        V.leased_until == _LEASE,
        ~UNDER_WAY,
    )
    .values(
        **new_values(*SEEN, "remind_at", "due_at", "demand"),
        version=V.version + bindparam("changes", type_=Integer()),
        failures=0,
        failing_since=None,
        leased_until=None,
    )
    .returning(V.version)
)


# A look that has found a change, one that has found a rollout, which its board tells,
# and one that has found neither.
SAVE_CHANGE: Final = Write(_SAVE, EVENTS, companions=(tell_followers(Topics.CHANGES),))
SAVE_OPENED: Final = Write(_SAVE, EVENTS)
SAVE: Final = Write(_SAVE)
FAIL: Final = (
    update(OBSERVATIONS)
    .where(this_target(V), V.leased_until == _LEASE)
    .values(
        **new_values("failures", "failing_since", "remind_at", "due_at", "demand"),
        leased_until=None,
    )
)
RELEASE: Final = (
    update(OBSERVATIONS)
    .where(this_target(V), V.leased_until == _LEASE)
    .values(leased_until=bindparam("again_at", type_=V.leased_until.type))
)
HAS_EVENT: Final = select(EVENTS.c.id).where(
    EVENTS.c.unique_key == bindparam("key_of_event")
)
_OF_ROLLOUT: Final = (
    this_target(O),
    O.submission_id == bindparam("of_submission", type_=O.submission_id.type),
)
# What we have sent and could not prove.
IN_DOUBT: Final = (
    select(OPERATIONS)
    .where(
        IS_UNSETTLED,
        *_OF_ROLLOUT,
        # A restored database may not know that an Unknown was begun.
        or_(
            O.outcome == CODES[Unknown],
            and_(O.outcome == CODES[Unavailable], O.attempts > 0),
        ),
        O.finished_at > bindparam("finished_since", type_=O.finished_at.type),
    )
    .order_by(O.finished_at.desc())
)
# What was done since the last look: version 0.2.0, which may run beside this one,
# writes no observation.
_SINCE: Final = bindparam("looked_at", type_=O.finished_at.type)
_DONE: Final = (
    *_OF_ROLLOUT,
    O.outcome == CODES[Done],
    O.finished_at > _SINCE,
)
DONE_SINCE: Final = union_all(
    select(OPERATIONS).where(IS_OPEN, *_DONE),
    select(OPERATIONS).where(IS_CLOSED, O.closed_at > _SINCE, *_DONE),
)
