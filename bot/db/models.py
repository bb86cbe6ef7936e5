"""The tables, and the indexes that keep every question flat as they grow."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from sqlalchemy import Double, Index, MetaData, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.db.columns import SafeText, UtcTime

if TYPE_CHECKING:
    from sqlalchemy import Table

# Every constraint has a name that a later migration can say.
# https://alembic.sqlalchemy.org/en/latest/naming.html
NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# A partial index serves only a query that repeats its condition, letter by letter and
# without a parameter in it. https://www.sqlite.org/partialindex.html
IS_PENDING: Final = text("state = 'pending'")
IS_OPEN: Final = text("closed_at IS NULL")


class Base(DeclarativeBase):
    """What all tables share. Enums are kept as their values, in plain text columns.

    There is no CHECK on them: SQLite cannot alter one without a copy of the table,
    and an older bot must be able to run beside the one that brings a new value.
    """

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: SafeText(),
        float: Double(),
        datetime: UtcTime(),
    }


class AliasRow(Base):
    """A channel's name for an app or a flight."""

    __tablename__ = "aliases"

    workspace: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    app_id: Mapped[str]
    flight_id: Mapped[str | None]
    app_name: Mapped[str]
    flight_name: Mapped[str | None]
    added_by: Mapped[str]
    added_at: Mapped[datetime]


class RequestRow(Base):
    """A request with everything that its card showed, and how it ended."""

    __tablename__ = "requests"

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace: Mapped[str]
    channel: Mapped[str]
    thread: Mapped[str | None]

    verb: Mapped[str]
    percentage: Mapped[float | None]
    app_id: Mapped[str]
    # Empty for the app itself, and never NULL: PostgreSQL does not see that
    # "IS NULL" leaves an index in order, and would sort the whole history.
    flight_id: Mapped[str]
    alias: Mapped[str | None]

    submission_id: Mapped[str]
    app_name: Mapped[str]
    flight_name: Mapped[str | None]
    rollout_enabled: Mapped[bool]
    rollout_percentage: Mapped[float]
    rollout_status: Mapped[str]
    fallback_submission_id: Mapped[str | None]
    submission_status: Mapped[str | None]
    versions: Mapped[str]
    pending_submission_id: Mapped[str | None]

    asked_by: Mapped[str]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    state: Mapped[str]
    card: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    attempts: Mapped[int]
    outcome: Mapped[str | None]
    result: Mapped[str | None]
    correlation_id: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_requests_history", "workspace", "channel", "asked_at", "id"),
        Index(
            "ix_requests_target_history",
            "workspace",
            "channel",
            "app_id",
            "flight_id",
            "asked_at",
            "id",
        ),
        Index(
            "ix_requests_overdue",
            "expires_at",
            sqlite_where=IS_PENDING,
            postgresql_where=IS_PENDING,
        ),
        Index(
            "ix_requests_open",
            "decided_at",
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
    )


class DeliveryRow(Base):
    """A Slack event that has been taken."""

    __tablename__ = "deliveries"

    event_id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)


def table(row: type[Base]) -> "Table":
    """Return the table of a row class, with the type that statements are built from."""
    return cast("Table", row.__table__)
