"""Run the migrations: for the bot on its own connection, else on DATABASE_URL's.

Nothing here configures logging: the bot does that, and alembic's own command line
needs none.
"""

import os
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

import bot.db.channel_models
import bot.db.delivery_models
import bot.db.plan_models
import bot.db.policy_models
import bot.db.watch_models  # noqa: F401 - their tables are in the same metadata
from bot.db.columns import SafeText, UtcTime
from bot.db.migrate import locked_connection
from bot.db.models import Base

DEFAULT_URL = "sqlite:///rollout.db"


def run(connection: Connection) -> None:
    """Run what alembic was asked for, all of it or nothing."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=is_ours,
        render_item=render,
        # SQLite can roll back CREATE TABLE too, once the driver lets it.
        transactional_ddl=True,
        # SQLite cannot ALTER much; alembic then copies the table.
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


def is_ours(name: str | None, kind: str, parents: object) -> bool:
    """Leave the tables of others alone: the engine may share our database."""
    del parents
    return kind != "table" or name in Base.metadata.tables


def render(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types as what they are in the database.

    A migration must still run when the class of today is gone.
    """
    del autogen
    plain: dict[type, str] = {
        UtcTime: "sa.DateTime(timezone=True)",
        SafeText: "sa.String()",
    }
    return plain.get(type(item), False) if kind == "type" else False


def main() -> None:
    """Find the connection and run."""
    given = context.config.attributes.get("connection")
    if given is not None:
        run(given)
        return
    with locked_connection(os.environ.get("DATABASE_URL", DEFAULT_URL)) as connection:
        run(connection)


main()
