"""The first schema: aliases, requests, approvals, operations, events, deliveries.

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
UNCLOSED = sa.text("state IN ('cancelled', 'expired') AND card_closed_at IS NULL")
OPEN = sa.text("closed_at IS NULL")
ENTRY = sa.text("kind IN ('asked', 'alias_added', 'alias_removed', 'alias_repointed')")
REMOVAL = sa.text("kind = 'alias_removed'")

# The log of events can be added to, and nothing in it can be changed.
APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER events_no_{verb} BEFORE {verb} ON events BEGIN"
        " SELECT RAISE(ABORT, 'events are append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        (
            "CREATE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$"
        ),
        (
            "CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
            " ON events FOR EACH STATEMENT EXECUTE FUNCTION events_append_only()"
        ),
    ],
}


def upgrade() -> None:
    """Bring the schema to this version."""
    op.create_table(
        "aliases",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("flight_id", sa.String(), nullable=False),
        sa.Column("app_name", sa.String(), nullable=False),
        sa.Column("flight_name", sa.String(), nullable=True),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace", "channel", "name", name=op.f("pk_aliases")
        ),
    )
    op.create_table(
        "approvals",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "request_id", "workspace", "user_id", name=op.f("pk_approvals")
        ),
    )
    op.create_table(
        "deliveries",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "event_id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_seen_at"), "deliveries", ["seen_at"])
    op.create_table(
        "events",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("app_id", sa.String(), nullable=True),
        sa.Column("flight_id", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("operation_id", sa.String(), nullable=True),
        sa.Column("alias", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("correlation_id", sa.String(), nullable=True),
        sa.Column("details", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_events_alias_removals",
        "events",
        ["workspace", "channel", "alias", "id"],
        sqlite_where=REMOVAL,
        postgresql_where=REMOVAL,
    )
    op.create_index(
        "ix_events_history",
        "events",
        ["workspace", "channel", "id"],
        sqlite_where=ENTRY,
        postgresql_where=ENTRY,
    )
    op.create_index("ix_events_request_id", "events", ["request_id", "id"])
    op.create_index(
        "ix_events_target_history",
        "events",
        ["workspace", "channel", "account", "app_id", "flight_id", "id"],
        sqlite_where=ENTRY,
        postgresql_where=ENTRY,
    )
    op.create_table(
        "operations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("flight_id", sa.String(), nullable=False),
        sa.Column("submission_id", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("percentage", sa.Double(), nullable=True),
        sa.Column("before_enabled", sa.Boolean(), nullable=False),
        sa.Column("before_percentage", sa.Double(), nullable=False),
        sa.Column("before_status", sa.String(), nullable=False),
        sa.Column("before_fallback_id", sa.String(), nullable=True),
        sa.Column("authorised_by", sa.String(), nullable=False),
        sa.Column("authorised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("correlation_id", sa.String(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operations")),
    )
    op.create_index(
        "ix_operations_open",
        "operations",
        ["authorised_at"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        "uq_operations_request_id", "operations", ["request_id"], unique=True
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("alias", sa.String(), nullable=True),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("flight_id", sa.String(), nullable=False),
        sa.Column("submission_id", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("percentage", sa.Double(), nullable=True),
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
        sa.Column("approvals_required", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("card", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("card_closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    op.create_index(
        "ix_requests_overdue",
        "requests",
        ["expires_at"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_index(
        "ix_requests_unclosed",
        "requests",
        ["decided_at"],
        sqlite_where=UNCLOSED,
        postgresql_where=UNCLOSED,
    )
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Take the schema back to the version before."""
    op.drop_table("requests")
    op.drop_table("operations")
    op.drop_table("events")
    op.drop_table("deliveries")
    op.drop_table("approvals")
    op.drop_table("aliases")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION events_append_only()")
