"""The tables, and the indexes that keep every query fast as they grow."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from sqlalchemy import BigInteger, Double, Index, Integer, MetaData, text
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
IS_UNDER_RULE: Final = text("state = 'pending' AND rule IS NOT NULL")
IS_UNCLOSED: Final = text(
    "state IN ('cancelled', 'expired') AND card_closed_at IS NULL"
)
IS_UNCLOSED_RAMP: Final = text(
    "state = 'authorised' AND terms IS NOT NULL AND card_closed_at IS NULL"
)
IS_OPEN: Final = text("closed_at IS NULL")
# What is over, and is deleted some day. A confirmed request goes with its operation.
IS_CLOSED: Final = text("closed_at IS NOT NULL")
IS_SHOWN: Final = text(
    "state IN ('cancelled', 'expired') AND card_closed_at IS NOT NULL"
)
# The events that begin an entry of the history. One that names an app has its alias's.
IS_ENTRY: Final = text(
    "(kind IN ('asked', 'alias_added', 'alias_removed', 'alias_repointed', "
    "'subscribed', 'unsubscribed', 'channel_removed', 'rule_changed', 'locked', "
    "'unlocked', 'language_set') OR (kind = 'channel_added' AND code = 'let_in'))"
)
IS_REMOVAL: Final = text("kind = 'alias_removed'")


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


class RequestRow(Base):
    """A request with everything that its card showed, and who decided it."""

    __tablename__ = "requests"

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace: Mapped[str]
    channel: Mapped[str]
    thread: Mapped[str | None]
    alias: Mapped[str | None]

    account: Mapped[str]
    app_id: Mapped[str]
    # Empty for the app itself, and never NULL: PostgreSQL does not see that
    # "IS NULL" leaves an index in order, and would sort the whole history.
    flight_id: Mapped[str]
    submission_id: Mapped[str]
    verb: Mapped[str]
    percentage: Mapped[float | None]

    app_name: Mapped[str]
    flight_name: Mapped[str | None]
    rollout_enabled: Mapped[bool]
    rollout_percentage: Mapped[float]
    rollout_status: Mapped[str]
    fallback_submission_id: Mapped[str | None]
    submission_status: Mapped[str | None]
    versions: Mapped[str]
    pending_submission_id: Mapped[str | None]
    as_of: Mapped[datetime | None]

    asked_by: Mapped[str]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    approvals_required: Mapped[int]
    approvals_given: Mapped[int] = mapped_column(server_default="0")

    state: Mapped[str]
    card: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    card_closed_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    # As JSON: the rule that held when it was asked for, and the terms of a ramp.
    rule: Mapped[str | None]
    terms: Mapped[str | None]
    # How often its thread was reminded that another person is needed.
    reminders: Mapped[int] = mapped_column(server_default="0")
    # Until when one process may post the next reminder; NULL once it is posted.
    leased_until: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_requests_overdue",
            "expires_at",
            sqlite_where=IS_PENDING,
            postgresql_where=IS_PENDING,
        ),
        Index(
            "ix_requests_under_rule",
            "workspace",
            "account",
            "app_id",
            sqlite_where=IS_UNDER_RULE,
            postgresql_where=IS_UNDER_RULE,
        ),
        Index(
            "ix_requests_unclosed",
            "decided_at",
            sqlite_where=IS_UNCLOSED,
            postgresql_where=IS_UNCLOSED,
        ),
        Index(
            "ix_requests_unclosed_ramps",
            "decided_at",
            sqlite_where=IS_UNCLOSED_RAMP,
            postgresql_where=IS_UNCLOSED_RAMP,
        ),
        Index(
            "ix_requests_shown",
            "card_closed_at",
            sqlite_where=IS_SHOWN,
            postgresql_where=IS_SHOWN,
        ),
    )


class ApprovalRow(Base):
    """One person's press on a request."""

    __tablename__ = "approvals"

    request_id: Mapped[str] = mapped_column(primary_key=True)
    workspace: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    approved_at: Mapped[datetime]
    # Why the asker did without another person; NULL for everybody else.
    reason: Mapped[str | None]


class OperationRow(Base):
    """One authorised change, and how it ended."""

    __tablename__ = "operations"

    id: Mapped[str] = mapped_column(primary_key=True)
    request_id: Mapped[str | None]

    account: Mapped[str]
    app_id: Mapped[str]
    flight_id: Mapped[str]
    submission_id: Mapped[str]
    verb: Mapped[str]
    percentage: Mapped[float | None]
    before_enabled: Mapped[bool]
    before_percentage: Mapped[float]
    before_status: Mapped[str]
    before_fallback_id: Mapped[str | None]
    plan_id: Mapped[str | None]
    authorised_by: Mapped[str]
    authorised_at: Mapped[datetime]
    attempts: Mapped[int]
    outcome: Mapped[str | None]
    result: Mapped[str | None]
    correlation_id: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_operations_request_id", "request_id", unique=True),
        Index(
            "ix_operations_open",
            "authorised_at",
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
        Index(
            "ix_operations_closed",
            "closed_at",
            sqlite_where=IS_CLOSED,
            postgresql_where=IS_CLOSED,
        ),
    )


class EventRow(Base):
    """One line of the append-only log; triggers refuse every change of a line."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True
    )
    at: Mapped[datetime]
    kind: Mapped[str]
    workspace: Mapped[str | None]
    channel: Mapped[str | None]
    thread: Mapped[str | None]
    account: Mapped[str | None]
    app_id: Mapped[str | None]
    flight_id: Mapped[str | None]
    actor: Mapped[str | None]
    request_id: Mapped[str | None]
    operation_id: Mapped[str | None]
    alias: Mapped[str | None]
    code: Mapped[str | None]
    correlation_id: Mapped[str | None]
    details: Mapped[str]
    # Of what may be seen twice and is told once; NULL for all else.
    unique_key: Mapped[str | None]

    __table_args__ = (
        Index("ix_events_request_id", "request_id", "id"),
        Index("uq_events_unique_key", "unique_key", unique=True),
        Index(
            "ix_events_history",
            "workspace",
            "channel",
            "id",
            sqlite_where=IS_ENTRY,
            postgresql_where=IS_ENTRY,
        ),
        Index(
            "ix_events_target_history",
            "workspace",
            "channel",
            "account",
            "app_id",
            "flight_id",
            "id",
            sqlite_where=IS_ENTRY,
            postgresql_where=IS_ENTRY,
        ),
        Index(
            "ix_events_alias_removals",
            "workspace",
            "channel",
            "alias",
            "id",
            sqlite_where=IS_REMOVAL,
            postgresql_where=IS_REMOVAL,
        ),
        {"sqlite_autoincrement": True},
    )


def table(row: type[Base]) -> "Table":
    """Return the table of a row class, with the type that statements are built from."""
    return cast("Table", row.__table__)
