"""The tables of who may do what: release channels, rules, proposals and locks.

And how far back the log of events is kept.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models import IS_PENDING, Base

IS_DUE: Final = text("due_at IS NOT NULL")
# What is decided, and whose card shows it, is deleted some day.
IS_DECIDED: Final = text("state <> 'pending' AND due_at IS NULL")
IS_IN_FORCE: Final = text("lifted_at IS NULL")


class ReleaseChannelRow(Base):
    """A channel that has an app: only there it is changed, and its flights too."""

    __tablename__ = "release_channels"

    workspace: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    app_id: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    # 1 where no channel had it before: of two that name an app at the same moment only
    # one is the first. NULL in one that was let in.
    number: Mapped[int | None]
    added_by: Mapped[str]
    added_at: Mapped[datetime]

    __table_args__ = (
        Index(
            "uq_release_channels_number",
            "workspace",
            "account",
            "app_id",
            "number",
            unique=True,
        ),
    )


class RuleRow(Base):
    """The rule of an app, of a flight, or of the workspace where the app is empty.

    It is NULL where it was dropped, so that the one of the app or the workspace holds.
    `version` grows with every change, so that a press is judged by what stands.
    """

    __tablename__ = "rules"

    workspace: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    app_id: Mapped[str] = mapped_column(primary_key=True)
    flight_id: Mapped[str] = mapped_column(primary_key=True)
    rule: Mapped[str | None]
    version: Mapped[int] = mapped_column(BigInteger())
    proposed_by: Mapped[str]
    agreed_by: Mapped[str]
    changed_at: Mapped[datetime]


class ProposalRow(Base):
    """What a second person has to agree to: another rule, or another channel.

    `channel` is where its card is. `details` depend on the kind. Its card is to be
    posted, or edited, at `due_at`: NULL once it shows all that there is to show.
    """

    __tablename__ = "proposals"

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace: Mapped[str]
    channel: Mapped[str]
    kind: Mapped[str]
    account: Mapped[str]
    app_id: Mapped[str]
    flight_id: Mapped[str]
    about: Mapped[str]
    details: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str]
    card: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        Index(
            "uq_proposals_pending",
            "workspace",
            "kind",
            "account",
            "app_id",
            "flight_id",
            "about",
            unique=True,
            sqlite_where=IS_PENDING,
            postgresql_where=IS_PENDING,
        ),
        Index(
            "ix_proposals_overdue",
            "expires_at",
            sqlite_where=IS_PENDING,
            postgresql_where=IS_PENDING,
        ),
        Index(
            "ix_proposals_due",
            "due_at",
            sqlite_where=IS_DUE,
            postgresql_where=IS_DUE,
        ),
        Index(
            "ix_proposals_decided",
            "decided_at",
            sqlite_where=IS_DECIDED,
            postgresql_where=IS_DECIDED,
        ),
    )


class LockRow(Base):
    """What holds set and finalize: of an app, of a flight, or of all apps.

    The app is empty where it is all apps, the flight where it is all of an app. It ends
    at `ends_at`, or comes back every week, and is over once it is lifted. `channel` is
    where it was typed.
    """

    __tablename__ = "locks"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True
    )
    workspace: Mapped[str]
    account: Mapped[str]
    app_id: Mapped[str]
    flight_id: Mapped[str]
    channel: Mapped[str]
    reason: Mapped[str]
    locked_by: Mapped[str]
    locked_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    weekly: Mapped[str | None]
    lifted_by: Mapped[str | None]
    lifted_at: Mapped[datetime | None]
    lift_reason: Mapped[str | None]

    __table_args__ = (
        Index(
            "ix_locks_in_force",
            "workspace",
            "ends_at",
            sqlite_where=IS_IN_FORCE,
            postgresql_where=IS_IN_FORCE,
        ),
        {"sqlite_autoincrement": True},
    )


class EventRetentionRow(Base):
    """From when on events are kept: one row, whose time only moves forward.

    Triggers refuse to delete an event that is not older.
    """

    __tablename__ = "event_retention"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kept_from: Mapped[datetime]

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
