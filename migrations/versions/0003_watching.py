"""Watching: subscriptions, observations, boards, notices; events that are told once.

While a deploy rolls on, the version before this one writes events without a key.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

UNSETTLED = sa.text("(outcome IS NULL OR outcome IN ('unknown', 'unavailable'))")
UNPOSTED = sa.text("closed_at IS NULL")
END = sa.text(
    "kind IN ('rollout_halted', 'rollout_finalized', 'rollout_replaced', 'ended') "
    "AND unique_key IS NOT NULL"
)
CHANGE = sa.text("unique_key IS NOT NULL")
ROLLING = sa.text("rollout_status = 'PackageRolloutInProgress'")
CLOSED = sa.text("closed_at IS NOT NULL")
ENTRY_BEFORE = sa.text(
    "kind IN ('asked', 'alias_added', 'alias_removed', 'alias_repointed')"
)
ENTRY = sa.text(
    "kind IN ('asked', 'alias_added', 'alias_removed', 'alias_repointed', "
    "'subscribed', 'unsubscribed')"
)
CHANNEL = ["workspace", "channel"]
TARGET = ["account", "app_id", "flight_id"]


def upgrade() -> None:
    """Bring the schema to this version."""
    op.add_column("events", sa.Column("unique_key", sa.String(), nullable=True))
    op.create_index("uq_events_unique_key", "events", ["unique_key"], unique=True)
    _replace_history_indexes(ENTRY)
    op.create_index(
        "ix_events_ends",
        "events",
        ["at", "account", "app_id", "flight_id"],
        sqlite_where=END,
        postgresql_where=END,
    )
    op.create_index(
        "ix_events_changes",
        "events",
        ["account", "app_id", "flight_id", "id"],
        sqlite_where=CHANGE,
        postgresql_where=CHANGE,
    )
    op.create_index(
        "ix_operations_unsettled",
        "operations",
        ["account", "app_id", "flight_id"],
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )
    op.create_table(
        "subscriptions",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("flight_id", sa.String(), nullable=False),
        sa.Column("topics", sa.String(), nullable=False),
        sa.Column("by_alias", sa.Boolean(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mention", sa.String(), nullable=True),
        sa.Column("app_name", sa.String(), nullable=True),
        sa.Column("flight_name", sa.String(), nullable=True),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint(
            "workspace",
            "channel",
            "account",
            "app_id",
            "flight_id",
            name=op.f("pk_subscriptions"),
        ),
    )
    op.create_index(
        "ix_subscriptions_target", "subscriptions", ["account", "app_id", "flight_id"]
    )
    _create_observations()
    _create_boards()
    _create_notices()


def _replace_history_indexes(entry: sa.TextClause) -> None:
    """Index the events that begin an entry of the history, and no others."""
    for name, columns in (
        ("ix_events_history", [*CHANNEL, "id"]),
        ("ix_events_target_history", [*CHANNEL, *TARGET, "id"]),
    ):
        op.drop_index(name, "events")
        op.create_index(
            name, "events", columns, sqlite_where=entry, postgresql_where=entry
        )


def _create_observations() -> None:
    op.create_table(
        "observations",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("flight_id", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("submission_id", sa.String(), nullable=True),
        sa.Column("app_name", sa.String(), nullable=True),
        sa.Column("flight_name", sa.String(), nullable=True),
        sa.Column("rollout_enabled", sa.Boolean(), nullable=True),
        sa.Column("rollout_percentage", sa.Double(), nullable=True),
        sa.Column("rollout_status", sa.String(), nullable=True),
        sa.Column("fallback_submission_id", sa.String(), nullable=True),
        sa.Column("pending_submission_id", sa.String(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unreadable_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("demand", sa.Double(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint(
            "account", "app_id", "flight_id", name=op.f("pk_observations")
        ),
    )
    op.create_index(op.f("ix_observations_due_at"), "observations", ["due_at"])
    op.create_index(op.f("ix_observations_remind_at"), "observations", ["remind_at"])
    op.create_index(
        "ix_observations_rolling",
        "observations",
        ["account", "app_id", "flight_id"],
        sqlite_where=ROLLING,
        postgresql_where=ROLLING,
    )


def _create_boards() -> None:
    op.create_table(
        "boards",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("flight_id", sa.String(), nullable=False),
        sa.Column("submission_id", sa.String(), nullable=False),
        sa.Column("app_name", sa.String(), nullable=False),
        sa.Column("flight_name", sa.String(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_percentage", sa.Double(), nullable=False),
        sa.Column("ts", sa.String(), nullable=True),
        sa.Column("read_to", sa.String(), nullable=True),
        sa.Column("shown_version", sa.BigInteger(), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boards")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_boards_rollout",
        "boards",
        ["workspace", "channel", "account", "app_id", "flight_id", "submission_id"],
        unique=True,
    )
    op.create_index(
        "ix_boards_open",
        "boards",
        ["workspace", "channel", "id"],
        sqlite_where=UNPOSTED,
        postgresql_where=UNPOSTED,
    )
    op.create_index(
        "ix_boards_closed",
        "boards",
        ["closed_at"],
        sqlite_where=CLOSED,
        postgresql_where=CLOSED,
    )


def _create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("event_key", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("flight_id", sa.String(), nullable=False),
        sa.Column("submission_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_notices_event",
        "notices",
        ["event_key", "workspace", "channel"],
        unique=True,
    )
    op.create_index(
        "ix_notices_unposted",
        "notices",
        ["workspace", "channel", "id"],
        sqlite_where=UNPOSTED,
        postgresql_where=UNPOSTED,
    )
    op.create_index(
        "ix_notices_closed",
        "notices",
        ["closed_at"],
        sqlite_where=CLOSED,
        postgresql_where=CLOSED,
    )


def downgrade() -> None:
    """Take the schema back to the version before."""
    op.drop_table("notices")
    op.drop_table("boards")
    op.drop_table("observations")
    op.drop_table("subscriptions")
    op.drop_index("ix_operations_unsettled", "operations")
    op.drop_index("ix_events_ends", "events")
    op.drop_index("ix_events_changes", "events")
    _replace_history_indexes(ENTRY_BEFORE)
    op.drop_index("uq_events_unique_key", "events")
    op.drop_column("events", "unique_key")
