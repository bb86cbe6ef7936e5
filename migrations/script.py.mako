"""${message}.

While a deploy rolls on, the version before this one runs against the new schema, and
may write to it: add tables, indexes, and columns that are nullable or have a server
default; never rename, drop, tighten or retype what that version uses. Stop using a
column in one release and drop it in the next.
% if down_revision:

Follows ${down_revision | comma,n}.
% endif
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision: str = "${up_revision}"
down_revision: str | None = ${'"%s"' % down_revision if down_revision else None}
branch_labels: str | None = ${repr(branch_labels)}
depends_on: str | None = ${repr(depends_on)}


def upgrade() -> None:
    """Bring the schema to this version."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Take the schema back to the version before."""
    ${downgrades if downgrades else "pass"}
