"""Who may do what: release channels, rules, proposals, locks; retention of events.

While a deploy rolls on, the version before this one adds aliases without a release
channel, and requests without a rule.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

PENDING = sa.text("state = 'pending'")
DUE = sa.text("due_at IS NOT NULL")
DECIDED = sa.text("state <> 'pending' AND due_at IS NULL")
IN_FORCE = sa.text("lifted_at IS NULL")
TARGET = ["account", "app_id", "flight_id"]
ENTRY_BEFORE = sa.text(
    "kind IN ('asked', 'alias_added', 'alias_removed', 'alias_repointed', "
    "'subscribed', 'unsubscribed')"
)
ENTRY = sa.text(
    "(kind IN ('asked', 'alias_added', 'alias_removed', 'alias_repointed', "
    "'subscribed', 'unsubscribed', 'channel_removed', 'rule_changed', 'locked', "
    "'unlocked') OR (kind = 'channel_added' AND code = 'let_in'))"
)

# A channel has what it has named, or asked to change with a card that waits still. The
# one that named an app first comes first.
ADD_RELEASE_CHANNELS = """
    INSERT INTO release_channels
        (workspace, account, app_id, channel, number, added_by, added_at)
    SELECT workspace, account, app_id, channel,
        ROW_NUMBER() OVER (
            PARTITION BY workspace, account, app_id ORDER BY MIN(added_at), channel
        ),
        MIN(added_by), MIN(added_at)
    FROM (
        SELECT workspace, account, app_id, channel, added_by, added_at FROM aliases
        UNION ALL
        SELECT workspace, account, app_id, channel, asked_by, asked_at FROM requests
        WHERE state = 'pending'
    ) AS named
    GROUP BY workspace, account, app_id, channel
"""

# Of the log of events only what is past the stated time can be deleted. That time only
# moves forward, and stays 29 days ago, so that a wrong clock cannot empty the log.
OLD_TRIGGERS = {
    "sqlite": [
        (
            "CREATE TRIGGER events_no_DELETE BEFORE DELETE ON events BEGIN"
            " SELECT RAISE(ABORT, 'events are append-only'); END"
        ),
    ],
    "postgresql": [
        (
            "CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
            " ON events FOR EACH STATEMENT EXECUTE FUNCTION events_append_only()"
        ),
    ],
}
# REPLACE fires no trigger of the rows that it deletes.
# https://www.sqlite.org/lang_conflict.html
NEW_TRIGGERS = {
    "sqlite": [
        """CREATE TRIGGER events_no_DELETE BEFORE DELETE ON events
            WHEN NOT EXISTS (SELECT 1 FROM event_retention WHERE OLD.at < kept_from)
            BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
        """CREATE TRIGGER events_no_REPLACE BEFORE INSERT ON events
            WHEN EXISTS (
                SELECT 1 FROM events WHERE id = NEW.id OR unique_key = NEW.unique_key
            )
            BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
        """CREATE TRIGGER event_retention_no_DELETE BEFORE DELETE ON event_retention
            BEGIN SELECT RAISE(ABORT, 'the time only moves forward'); END""",
        """CREATE TRIGGER event_retention_no_REPLACE BEFORE INSERT ON event_retention
            WHEN EXISTS (SELECT 1 FROM event_retention)
            BEGIN SELECT RAISE(ABORT, 'the time only moves forward'); END""",
        """CREATE TRIGGER event_retention_forward BEFORE UPDATE ON event_retention
            WHEN NEW.id <> OLD.id OR NEW.kept_from < OLD.kept_from
                OR NEW.kept_from > strftime('%Y-%m-%d %H:%M:%f', 'now', '-29 days')
            BEGIN SELECT RAISE(ABORT, 'the time only moves forward'); END""",
    ],
    "postgresql": [
        """CREATE FUNCTION events_retention() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE past boolean;
            BEGIN
                EXECUTE format(
                    'SELECT $1 < kept_from FROM %I.event_retention', TG_TABLE_SCHEMA
                ) INTO past USING OLD.at;
                IF past THEN RETURN OLD; END IF;
                RAISE EXCEPTION 'events are append-only';
            END $$""",
        (
            "CREATE TRIGGER events_append_only BEFORE UPDATE OR TRUNCATE"
            " ON events FOR EACH STATEMENT EXECUTE FUNCTION events_append_only()"
        ),
        (
            "CREATE TRIGGER events_retention BEFORE DELETE ON events"
            " FOR EACH ROW EXECUTE FUNCTION events_retention()"
        ),
        """CREATE FUNCTION event_retention_forward() RETURNS trigger
            LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'UPDATE' THEN
                    IF NEW.kept_from >= OLD.kept_from
                        AND NEW.kept_from <= now() - interval '29 days'
                    THEN RETURN NEW; END IF;
                END IF;
                RAISE EXCEPTION 'the time only moves forward';
            END $$""",
        (
            "CREATE TRIGGER event_retention_forward BEFORE UPDATE OR DELETE"
            " ON event_retention FOR EACH ROW"
            " EXECUTE FUNCTION event_retention_forward()"
        ),
        (
            "CREATE TRIGGER event_retention_no_truncate BEFORE TRUNCATE"
            " ON event_retention FOR EACH STATEMENT"
            " EXECUTE FUNCTION event_retention_forward()"
        ),
    ],
}
DROP_OLD = {
    "sqlite": ["DROP TRIGGER events_no_DELETE"],
    "postgresql": ["DROP TRIGGER events_append_only ON events"],
}
DROP_NEW = {
    "sqlite": [
        "DROP TRIGGER events_no_DELETE",
        "DROP TRIGGER events_no_REPLACE",
        "DROP TABLE event_retention",
    ],
    "postgresql": [
        "DROP TRIGGER events_append_only ON events",
        "DROP TRIGGER events_retention ON events",
        "DROP TABLE event_retention",
        "DROP FUNCTION events_retention()",
        "DROP FUNCTION event_retention_forward()",
    ],
}


def upgrade() -> None:
    """Bring the schema to this version."""
    _create_event_retention()
    _replace_history_indexes(ENTRY)
    op.add_column("requests", sa.Column("rule", sa.String(), nullable=True))
    op.add_column(
        "requests",
        sa.Column("reminders", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column(
        "requests",
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index(
        "ix_requests_under_rule",
        "requests",
        ["workspace", "account", "app_id"],
        sqlite_where=sa.text("state = 'pending' AND rule IS NOT NULL"),
        postgresql_where=sa.text("state = 'pending' AND rule IS NOT NULL"),
    )
    op.add_column("approvals", sa.Column("reason", sa.String(), nullable=True))
    op.create_table(
        "release_channels",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace",
            "account",
            "app_id",
            "channel",
            name=op.f("pk_release_channels"),
        ),
    )
    op.create_index(
        "uq_release_channels_number",
        "release_channels",
        ["workspace", "account", "app_id", "number"],
        unique=True,
    )
    op.execute(ADD_RELEASE_CHANNELS)
    op.create_table(
        "rules",
        sa.Column("workspace", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in TARGET),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("agreed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace", *TARGET, name=op.f("pk_rules")),
    )
    op.add_column(
        "boards",
        sa.Column("shown_until", sa.DateTime(timezone=True), nullable=True),
    )
    _create_proposals()
    _create_locks()


def _create_proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in TARGET),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("card", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index(
        "uq_proposals_pending",
        "proposals",
        ["workspace", "kind", *TARGET, "about"],
        unique=True,
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_index(
        "ix_proposals_overdue",
        "proposals",
        ["expires_at"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_index(
        "ix_proposals_due",
        "proposals",
        ["due_at"],
        sqlite_where=DUE,
        postgresql_where=DUE,
    )
    op.create_index(
        "ix_proposals_decided",
        "proposals",
        ["decided_at"],
        sqlite_where=DECIDED,
        postgresql_where=DECIDED,
    )


def _create_locks() -> None:
    op.create_table(
        "locks",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("workspace", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in TARGET),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("locked_by", sa.String(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("weekly", sa.String(), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lift_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locks")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_locks_in_force",
        "locks",
        ["workspace", "ends_at"],
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )


def _create_event_retention() -> None:
    table = op.create_table(
        "event_retention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kept_from", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_event_retention_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_retention")),
    )
    op.bulk_insert(table, [{"id": 1, "kept_from": datetime(1970, 1, 1, tzinfo=UTC)}])
    _run(DROP_OLD)
    _run(NEW_TRIGGERS)


def _replace_history_indexes(entry: sa.TextClause) -> None:
    """Index the events that begin an entry of the history, and no others."""
    for name, columns in (
        ("ix_events_history", ["workspace", "channel", "id"]),
        ("ix_events_target_history", ["workspace", "channel", *TARGET, "id"]),
    ):
        op.drop_index(name, "events")
        op.create_index(
            name, "events", columns, sqlite_where=entry, postgresql_where=entry
        )


def _run(statements: dict[str, list[str]]) -> None:
    for statement in statements[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Take the schema back to the version before."""
    _run(DROP_NEW)
    _run(OLD_TRIGGERS)
    _replace_history_indexes(ENTRY_BEFORE)
    op.drop_table("locks")
    op.drop_table("proposals")
    op.drop_table("rules")
    op.drop_table("release_channels")
    op.drop_column("boards", "shown_until")
    op.drop_column("approvals", "reason")
    op.drop_index("ix_requests_under_rule", "requests")
    op.drop_column("requests", "leased_until")
    op.drop_column("requests", "reminders")
    op.drop_column("requests", "rule")
