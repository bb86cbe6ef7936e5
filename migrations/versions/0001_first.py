"""The first schema: aliases, requests and deliveries.

While a deploy rolls on, the version before this one runs against the new schema, and
may write to it: add tables, indexes, and columns that are nullable or have a server
default; never rename, drop, tighten or retype what that version uses. Stop using a
column in one release and drop it in the next.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

PENDING = sa.text("state = 'pending'")
OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    """Bring the schema to this version."""
    op.create_table(
        "aliases",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("flight_id", sa.String(), nullable=True),
        sa.Column("app_name", sa.String(), nullable=False),
        sa.Column("flight_name", sa.String(), nullable=True),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace", "channel", "name", name=op.f("pk_aliases")
        ),
    )
    op.create_table(
        "deliveries",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_seen_at"), "deliveries", ["seen_at"])
    op.create_table(
        "requests",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("percentage", sa.Double(), nullable=True),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("flight_id", sa.String(), nullable=False),
        sa.Column("alias", sa.String(), nullable=True),
        sa.Column("submission_id", sa.String(), nullable=False),
        sa.Column("app_name", sa.String(), nullable=False),
        sa.Column("flight_name", sa.String(), nullable=True),
        sa.Column("rollout_enabled", sa.Boolean(), nullable=False),
        sa.Column("rollout_percentage", sa.Double(), nullable=False),
        sa.Column("rollout_status", sa.String(), nullable=False),
        sa.Column("fallback_submission_id", sa.String(), nullable=True),
        sa.Column("submission_status", sa.String(), nullable=True),
        sa.Column("versions", sa.String(), nullable=False),
        sa.Column("pending_submission_id", sa.String(), nullable=True),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("card", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("correlation_id", sa.String(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    op.create_index(
        "ix_requests_history", "requests", ["workspace", "channel", "asked_at", "id"]
    )
    op.create_index(
        "ix_requests_target_history",
        "requests",
        ["workspace", "channel", "app_id", "flight_id", "asked_at", "id"],
    )
    op.create_index(
        "ix_requests_overdue",
        "requests",
        ["expires_at"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_index(
        "ix_requests_open",
        "requests",
        ["decided_at"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    """Take the schema back to the version before."""
    op.drop_table("requests")
    op.drop_table("deliveries")
    op.drop_table("aliases")
