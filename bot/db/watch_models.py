"""The tables of watching: who follows what, what was last seen, what is to be told."""

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models import IS_CLOSED, Base, EventRow, OperationRow

# What may have changed a rollout, or may change it still.
IS_UNSETTLED: Final = text("(outcome IS NULL OR outcome IN ('unknown', 'unavailable'))")
IS_UNPOSTED: Final = text("closed_at IS NULL")
IS_ROLLING: Final = text("rollout_status = 'PackageRolloutInProgress'")

# Of events: those that are told once, the changes of a rollout.
IS_CHANGE: Final = text("unique_key IS NOT NULL")

_EVENTS: Final = EventRow.__table__.c
CHANGES: Final = Index(
    "ix_events_changes",
    _EVENTS.account,
    _EVENTS.app_id,
    _EVENTS.flight_id,
    _EVENTS.id,
    sqlite_where=IS_CHANGE,
    postgresql_where=IS_CHANGE,
)
# Of events: those that may tell of the end of a rollout, and are told once.
IS_END: Final = text(
    "kind IN ('rollout_halted', 'rollout_finalized', 'rollout_replaced', 'ended') "
    "AND unique_key IS NOT NULL"
)
ENDS: Final = Index(
    "ix_events_ends",
    _EVENTS.at,
    _EVENTS.account,
    _EVENTS.app_id,
    _EVENTS.flight_id,
    sqlite_where=IS_END,
    postgresql_where=IS_END,
)
_OPERATIONS: Final = OperationRow.__table__.c
UNSETTLED: Final = Index(
    "ix_operations_unsettled",
    _OPERATIONS.account,
    _OPERATIONS.app_id,
    _OPERATIONS.flight_id,
    sqlite_where=IS_UNSETTLED,
    postgresql_where=IS_UNSETTLED,
)


class SubscriptionRow(Base):
    """A channel follows a target, by an alias or because somebody has asked for it."""

    __tablename__ = "subscriptions"

    workspace: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    app_id: Mapped[str] = mapped_column(primary_key=True)
    flight_id: Mapped[str] = mapped_column(primary_key=True)
    topics: Mapped[str]
    # Whether it ends with the channel's last alias of the target.
    by_alias: Mapped[bool]
    added_by: Mapped[str]
    added_at: Mapped[datetime]
    # The user group that is mentioned where a person is needed.
    mention: Mapped[str | None]
    # As the Store showed them to whoever subscribed; the aliases have their own.
    app_name: Mapped[str | None]
    flight_name: Mapped[str | None]
    # Since when, and why, Slack takes no message for the channel.
    blocked_at: Mapped[datetime | None]
    blocked_by: Mapped[str | None]

    __table_args__ = (
        Index("ix_subscriptions_target", "account", "app_id", "flight_id"),
    )


class ObservationRow(Base):
    """What the Store last showed of a followed target, and when to look again.

    `version` grows with every change: whoever writes what it has read names the version
    that it has read before.
    """

    __tablename__ = "observations"

    account: Mapped[str] = mapped_column(primary_key=True)
    app_id: Mapped[str] = mapped_column(primary_key=True)
    flight_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger())

    # NULL where nothing is published, or nothing was read yet.
    submission_id: Mapped[str | None]
    app_name: Mapped[str | None]
    flight_name: Mapped[str | None]
    rollout_enabled: Mapped[bool | None]
    rollout_percentage: Mapped[float | None]
    rollout_status: Mapped[str | None]
    fallback_submission_id: Mapped[str | None]
    pending_submission_id: Mapped[str | None]

    # When it was last read; since when it is as it is; when it was seen to change.
    looked_at: Mapped[datetime | None]
    since: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    failing_since: Mapped[datetime | None]
    # Since when it cannot be read, once the channels were told.
    unreadable_since: Mapped[datetime | None]
    # When something may have to be told without a change.
    remind_at: Mapped[datetime | None] = mapped_column(index=True)

    due_at: Mapped[datetime] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    # How many requests a minute it takes to look at it as often as it should be.
    demand: Mapped[float] = mapped_column(server_default="0")

    __table_args__ = (
        Index(
            "ix_observations_rolling",
            "account",
            "app_id",
            "flight_id",
            sqlite_where=IS_ROLLING,
            postgresql_where=IS_ROLLING,
        ),
    )


class BoardRow(Base):
    """The message of one rollout in one channel, or what was one."""

    __tablename__ = "boards"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True
    )
    workspace: Mapped[str]
    channel: Mapped[str]
    account: Mapped[str]
    app_id: Mapped[str]
    flight_id: Mapped[str]
    submission_id: Mapped[str]

    app_name: Mapped[str]
    flight_name: Mapped[str | None]
    # When the rollout was first seen, and at which percentage.
    began_at: Mapped[datetime]
    began_percentage: Mapped[float]

    # NULL until it is posted, and after somebody has deleted it.
    ts: Mapped[str | None]
    # The newest message of ours in its thread, by Slack's clock.
    read_to: Mapped[str | None]
    # The version of the observation that it shows, and since when.
    shown_version: Mapped[int | None] = mapped_column(BigInteger())
    drawn_at: Mapped[datetime | None]
    # When a lock begins or ends to hold next; in the past it is to be drawn again.
    shown_until: Mapped[datetime | None]
    # The ramp that it shows, and its version.
    shown_plan: Mapped[str | None]

    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    tried_before: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    # Closed with a summary, or given up for this reason.
    closed_at: Mapped[datetime | None]
    refused_by: Mapped[str | None]

    __table_args__ = (
        Index(
            "uq_boards_rollout",
            "workspace",
            "channel",
            "account",
            "app_id",
            "flight_id",
            "submission_id",
            unique=True,
        ),
        Index(
            "ix_boards_open",
            "workspace",
            "channel",
            "id",
            sqlite_where=IS_UNPOSTED,
            postgresql_where=IS_UNPOSTED,
        ),
        Index(
            "ix_boards_closed",
            "closed_at",
            sqlite_where=IS_CLOSED,
            postgresql_where=IS_CLOSED,
        ),
        {"sqlite_autoincrement": True},
    )


class NoticeRow(Base):
    """One event that is to be told in one channel, or was."""

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True
    )
    event_key: Mapped[str]
    workspace: Mapped[str]
    channel: Mapped[str]
    account: Mapped[str]
    app_id: Mapped[str]
    flight_id: Mapped[str]
    submission_id: Mapped[str]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    # When it was last handed to Slack, and the time before that.
    tried_at: Mapped[datetime | None]
    tried_before: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    # Posted, or given up for this reason.
    closed_at: Mapped[datetime | None]
    refused_by: Mapped[str | None]

    __table_args__ = (
        Index("uq_notices_event", "event_key", "workspace", "channel", unique=True),
        Index(
            "ix_notices_unposted",
            "workspace",
            "channel",
            "id",
            sqlite_where=IS_UNPOSTED,
            postgresql_where=IS_UNPOSTED,
        ),
        Index(
            "ix_notices_closed",
            "closed_at",
            sqlite_where=IS_CLOSED,
            postgresql_where=IS_CLOSED,
        ),
        {"sqlite_autoincrement": True},
    )
