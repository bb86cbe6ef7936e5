"""The request budget; approvals, an alias' number, why a request ended; retention.

While a deploy rolls on, the version before this one writes aliases without a number.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

NUMBER_ALIASES = """
UPDATE aliases SET number = (
    SELECT count(*) FROM aliases AS earlier
    WHERE earlier.workspace = aliases.workspace
        AND earlier.channel = aliases.channel
        AND earlier.name <= aliases.name
)
"""
COUNT_APPROVALS = """
UPDATE requests SET approvals_given = (
    SELECT count(*) FROM approvals WHERE approvals.request_id = requests.id
)
"""
# What is over, and is deleted some day.
CLOSED = sa.text("closed_at IS NOT NULL")
SHOWN = sa.text("state IN ('cancelled', 'expired') AND card_closed_at IS NOT NULL")


def upgrade() -> None:
    """Bring the schema to this version."""
    op.create_table(
        "bookings",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account", "began_at", "priority", name=op.f("pk_bookings")
        ),
    )
    op.add_column("aliases", sa.Column("number", sa.Integer(), nullable=True))
    op.execute(NUMBER_ALIASES)
    op.create_index(
        "uq_aliases_number", "aliases", ["workspace", "channel", "number"], unique=True
    )
    op.create_index("ix_aliases_name", "aliases", ["workspace", "name", "channel"])
    op.add_column(
        "requests", sa.Column("as_of", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "requests",
        sa.Column("approvals_given", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column("requests", sa.Column("end_reason", sa.String(), nullable=True))
    op.execute(COUNT_APPROVALS)
    op.create_index(
        "ix_operations_closed",
        "operations",
        ["closed_at"],
        sqlite_where=CLOSED,
        postgresql_where=CLOSED,
    )
    op.create_index(
        "ix_requests_shown",
        "requests",
        ["card_closed_at"],
        sqlite_where=SHOWN,
        postgresql_where=SHOWN,
    )


def downgrade() -> None:
    """Take the schema back to the version before."""
    op.drop_index("ix_requests_shown", "requests")
    op.drop_index("ix_operations_closed", "operations")
    op.drop_column("requests", "end_reason")
    op.drop_column("requests", "approvals_given")
    op.drop_column("requests", "as_of")
    op.drop_index("ix_aliases_name", "aliases")
    op.drop_index("uq_aliases_number", "aliases")
    op.drop_column("aliases", "number")
    op.drop_table("bookings")
