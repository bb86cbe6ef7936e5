"""Companions of a write: the notices of its event, and the observation that it proves.

They are part of the same transaction, so that no look finds the change without its
event, and nobody is told of it twice.
"""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Insert,
    Update,
    and_,
    bindparam,
    exists,
    insert,
    select,
    update,
)

from bot.db.models import RequestRow, table
from bot.db.rows import Values, target_values
from bot.db.watch_models import BoardRow, NoticeRow, ObservationRow, SubscriptionRow
from bot.db.writes import Companion
from bot.domain.submissions import Target
from bot.domain.watching import Topics

SUBSCRIPTIONS: Final = table(SubscriptionRow)
OBSERVATIONS: Final = table(ObservationRow)
NOTICES: Final = table(NoticeRow)
BOARDS: Final = table(BoardRow)
S: Final = SUBSCRIPTIONS.c
V: Final = OBSERVATIONS.c
N: Final = NOTICES.c
B: Final = BOARDS.c
_R: Final = table(RequestRow).c

CHANNEL: Final = ("workspace", "channel")
TARGET: Final = ("account", "app_id", "flight_id")
ROLLOUT: Final = (*CHANNEL, *TARGET, "submission_id")
TOLD: Final = (Topics.ALL.value, Topics.CHANGES.value)


def same(one: Any, other: Any, names: tuple[str, ...]) -> ColumnElement[bool]:  # noqa: ANN401 - columns of two tables
    """Return whether the rows of two tables have the same values in these columns."""
    return and_(*(one[name] == other[name] for name in names))


def this_target(columns: Any) -> ColumnElement[bool]:  # noqa: ANN401 - columns of a table
    """Return whether a row is of the target that the parameters `of_…` name."""
    return and_(
        *(
            columns[name] == bindparam(f"of_{name}", type_=columns[name].type)
            for name in TARGET
        )
    )


def of_target(target: Target) -> Values:
    """Return the parameters of `this_target`."""
    return {f"of_{name}": value for name, value in target_values(target).items()}


def tell_followers(topic: Topics, *conditions: ColumnElement[bool]) -> Companion:
    """Return the insert of a notice for each channel that follows the topic."""
    told = _follows(topic), ~_ASKED_HERE, *conditions
    return lambda condition: _tell(S, and_(*told, condition))


def tell_asker(topic: Topics, *conditions: ColumnElement[bool]) -> Companion:
    """Return the insert of a notice for where a ramp was asked for.

    It has no card that shows its steps: the channel is told what it follows or not.
    """
    followed = exists(select(S.topics).where(_follows(topic), same(S, _R, CHANNEL)))
    asked = _R.id == bindparam("of_plan", type_=_R.id.type)
    return lambda condition: _tell(_R, and_(asked, ~followed, *conditions, condition))


def _follows(topic: Topics) -> ColumnElement[bool]:
    return and_(this_target(S), S.topics.in_((Topics.ALL.value, topic.value)))


def _tell(channels: Any, condition: ColumnElement[bool]) -> Insert:  # noqa: ANN401 - columns of a table
    told_at = bindparam("told_at", type_=N.due_at.type)
    each = select(
        *(channels[name] for name in (*CHANNEL, *TARGET)),
        bindparam("of_submission", type_=N.submission_id.type),
        bindparam("key_of_event", type_=N.event_key.type),
        told_at,
        told_at,
    ).where(condition)
    names = (*ROLLOUT, "event_key", "created_at", "due_at")
    return insert(NOTICES).from_select(names, each)


def prove_observation(condition: ColumnElement[bool]) -> Update:
    """Return the update of what is known of the target by what an operation has read.

    A look that began before then finds another version, and is dropped.
    """
    shown_at = bindparam("told_at", type_=V.since.type)
    shown = {
        name: bindparam(f"shown_{name}", type_=V[name].type)
        for name in ("rollout_enabled", "rollout_percentage", "rollout_status")
    }
    submission = bindparam("of_submission", type_=V.submission_id.type)
    return (
        update(OBSERVATIONS)
        .where(this_target(V), V.submission_id == submission, condition)
        .values(
            **shown,
            version=V.version + 1,
            looked_at=shown_at,
            since=shown_at,
            changed_at=shown_at,
            due_at=bindparam("look_at", type_=V.due_at.type),
            leased_until=None,
            failures=0,
            failing_since=None,
            remind_at=shown_at,
        )
    )


def remind_again(condition: ColumnElement[bool]) -> Update:
    """Return the update of when a target is to be reminded of: it is judged anew.

    The time may be the one that was read by who judges it now: the version differs.
    """
    told_at = bindparam("told_at", type_=V.remind_at.type)
    return (
        update(OBSERVATIONS)
        .where(this_target(V), V.submission_id.is_not(None), condition)
        .values(remind_at=told_at, version=V.version + 1)
    )


# The channel in which a change was asked for reads it in the card's thread.
_ASKED_HERE: Final = exists(
    select(_R.id).where(
        _R.id == bindparam("of_request", type_=_R.id.type),
        _R.workspace == S.workspace,
        _R.channel == S.channel,
    )
)
