"""Ramps: plans that were started, and the terms of those that were asked for.

While a deploy rolls on, the version before this one cannot read the request of a ramp,
and leaves it alone.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None

LIVE = sa.text("state <> 'ended'")
OVER = sa.text("state = 'ended' AND due_at IS NULL")
TO_COME = sa.text("due_at IS NOT NULL")
UNCLOSED = sa.text(
    "state = 'authorised' AND terms IS NOT NULL AND card_closed_at IS NULL"
)
TARGET = ["account", "app_id", "flight_id"]


def upgrade() -> None:
    """Bring the schema to this version."""
    op.add_column("requests", sa.Column("terms", sa.String(), nullable=True))
    op.create_index(
        "ix_requests_unclosed_ramps",
        "requests",
        ["decided_at"],
        sqlite_where=UNCLOSED,
        postgresql_where=UNCLOSED,
    )
    op.add_column("operations", sa.Column("plan_id", sa.String(), nullable=True))
    op.add_column("boards", sa.Column("shown_plan", sa.String(), nullable=True))
    op.create_table(
        "plans",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("alias", sa.String(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in TARGET),
        sa.Column("submission_id", sa.String(), nullable=False),
        sa.Column("app_name", sa.String(), nullable=False),
        sa.Column("flight_name", sa.String(), nullable=True),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("start_reason", sa.String(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_from", sa.Double(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("changed_by", sa.String(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("percentage", sa.Double(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.String(), nullable=True),
        sa.Column("gap_over_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index(
        "uq_plans_live",
        "plans",
        TARGET,
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_plans_due",
        "plans",
        ["due_at"],
        sqlite_where=TO_COME,
        postgresql_where=TO_COME,
    )
    op.create_index(
        "ix_plans_over",
        "plans",
        ["changed_at"],
        sqlite_where=OVER,
        postgresql_where=OVER,
    )


def downgrade() -> None:
    """Take the schema back to the version before."""
    op.drop_table("plans")
    op.drop_column("boards", "shown_plan")
    op.drop_column("operations", "plan_id")
    op.drop_index("ix_requests_unclosed_ramps", "requests")
    op.drop_column("requests", "terms")
