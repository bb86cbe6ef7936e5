"""Schema versions: the one that a database has, and the one that this bot needs."""

from functools import cache
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.domain.storage import SchemaOutdated

# The migrations lie beside the package, wherever the bot was started from.
ROOT: Final = Path(__file__).resolve().parents[2]


def configuration() -> Config:
    """Return alembic's configuration, the one that its command line reads too."""
    return Config(toml_file=ROOT / "pyproject.toml")


@cache
def head_version() -> str:
    """Return the newest version that this bot knows."""
    (head,) = _scripts().get_heads()
    return head


def current_version(connection: Connection) -> str | None:
    """Return the database's version, or None where it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def is_newer(version: str | None) -> bool:
    """Return whether a later bot has migrated the database.

    Such a database serves this bot too: every migration keeps the version before it
    working, so that old and new run side by side while a deploy rolls on.
    """
    return version is not None and version not in known_versions()


@cache
def known_versions() -> frozenset[str]:
    """Return all versions that this bot's migrations lead through."""
    return frozenset(script.revision for script in _scripts().walk_revisions())


def require_current(connection: Connection) -> None:
    """Raise SchemaOutdated where a migration is missing."""
    version = current_version(connection)
    if version == head_version() or is_newer(version):
        return
    found = f"at version {version}" if version else "not set up yet"
    raise SchemaOutdated(
        f"the database is {found}; this bot needs version {head_version()}: "
        "run `python -m bot migrate`"
    )


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(configuration())
