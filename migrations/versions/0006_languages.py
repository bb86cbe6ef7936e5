"""The languages of channels, and the entries of the history about them.

While a deploy rolls on, the version before this one writes to every channel in English.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None

ENTRY_BEFORE = sa.text(
    "(kind IN ('asked', 'alias_added', 'alias_removed', 'alias_repointed', "
    "'subscribed', 'unsubscribed', 'channel_removed', 'rule_changed', 'locked', "
    "'unlocked') OR (kind = 'channel_added' AND code = 'let_in'))"
)
ENTRY = sa.text(
    "(kind IN ('asked', 'alias_added', 'alias_removed', 'alias_repointed', "
    "'subscribed', 'unsubscribed', 'channel_removed', 'rule_changed', 'locked', "
    "'unlocked', 'language_set') OR (kind = 'channel_added' AND code = 'let_in'))"
)
TARGET = ["account", "app_id", "flight_id"]


def upgrade() -> None:
    """Bring the schema to this version."""
    op.create_table(
        "channel_languages",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint(
            "workspace", "channel", name=op.f("pk_channel_languages")
        ),
    )
    _replace_history_indexes(ENTRY)


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


def downgrade() -> None:
    """Take the schema back to the version before."""
    _replace_history_indexes(ENTRY_BEFORE)
    op.drop_table("channel_languages")
