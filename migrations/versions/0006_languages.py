"""The languages of channels.

While a deploy rolls on, the version before this one writes to every channel in English.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


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


def downgrade() -> None:
    """Take the schema back to the version before."""
    op.drop_table("channel_languages")
