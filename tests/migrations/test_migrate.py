"""Migrating by the bot itself: once, whoever else tries, and never halfway."""

import asyncio
import logging
import sqlite3
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from bot.db.migrate import locked_connection, migrate
from bot.db.session import Database
from bot.db.versions import head_version, known_versions
from bot.domain.storage import SchemaOutdated, StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
OURS = {
    "boards",
    "notices",
    "observations",
    "subscriptions",
    "aliases",
    "channel_languages",
    "approvals",
    "bookings",
    "event_retention",
    "deliveries",
    "events",
    "operations",
    "plans",
    "requests",
    "locks",
    "proposals",
    "release_channels",
    "rules",
    "alembic_version",
}

MIGRATE = """
import sys
from bot.db.migrate import migrate
migrate(sys.argv[1])
"""


@pytest.fixture
def engine(database_url: str) -> "Iterator[Engine]":
    """Look at the database past the bot."""
    url = make_url(database_url)
    driver = "sqlite" if url.get_backend_name() == "sqlite" else url.drivername
    engine = create_engine(url.set(drivername=driver))
    yield engine
    engine.dispose()


async def check(url: str) -> None:
    database = Database(url)
    try:
        await database.check()
    finally:
        await database.close()


async def test_an_empty_database_is_outdated_until_it_is_migrated(
    database_url: str,
) -> None:
    with pytest.raises(SchemaOutdated, match=r"not set up yet.*python -m bot migrate"):
        await check(database_url)

    await asyncio.to_thread(migrate, database_url)

    await check(database_url)


async def test_migrating_again_changes_nothing(
    database_url: str, engine: Engine
) -> None:
    migrate(database_url)
    migrate(database_url)

    assert set(inspect(engine).get_table_names()) == OURS


async def test_four_processes_at_once_migrate_once(
    database_url: str, engine: Engine
) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", MIGRATE, database_url, cwd=ROOT, stderr=PIPE
        )
        for _ in range(4)
    ]
    errors = [(await process.communicate())[1] for process in processes]

    assert errors == [b"", b"", b"", b""]
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    with engine.connect() as connection:
        versions = connection.scalars(text("SELECT version_num FROM alembic_version"))
        assert versions.all() == [head_version()]
    await check(database_url)


async def test_any_folder_is_good_to_start_from(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    migrate(database_url)

    await check(database_url)


def test_who_waits_too_long_for_another_migration_is_told_so(
    database_url: str, engine: Engine
) -> None:
    with locked_connection(database_url) as other:
        other.execute(text("SELECT 1"))
        with pytest.raises(StorageUnavailable, match=r"another process|locked"):
            migrate(database_url, wait_seconds=0.05)

    assert inspect(engine).get_table_names() == []
    migrate(database_url)


def test_a_migration_that_fails_leaves_nothing_behind(
    database_url: str, engine: Engine
) -> None:
    with engine.begin() as connection:
        # The last table of the first version is already there, by mistake.
        connection.execute(text("CREATE TABLE requests (id INTEGER)"))

    with pytest.raises(DBAPIError, match="already exists"):
        migrate(database_url)

    assert inspect(engine).get_table_names() == ["requests"]


async def test_a_database_of_a_later_bot_is_left_alone_and_used(
    database_url: str, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    migrate(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with caplog.at_level(logging.WARNING):
        migrate(database_url)

    assert "9999 is newer" in caplog.text
    await check(database_url)
    assert "9999" not in known_versions()


async def test_a_database_of_an_earlier_bot_is_outdated(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(database_url)
    monkeypatch.setattr("bot.db.versions.head_version", lambda: "0007")

    with pytest.raises(
        SchemaOutdated, match=r"at version 0006; this bot needs .* 0007"
    ):
        await check(database_url)


def test_an_unreachable_database_is_named() -> None:
    with pytest.raises(StorageUnavailable):
        migrate("postgresql+psycopg://bot@127.0.0.1:1/rollout")
    with pytest.raises(StorageUnavailable, match="does not exist"):
        migrate("sqlite:////nowhere/at/all/rollout.db")


def test_migrating_leaves_the_logging_as_it_was(database_url: str) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), logging.getLogger("bot").disabled)

    migrate(database_url)

    after = (root.level, list(root.handlers), logging.getLogger("bot").disabled)
    assert after == before


def test_a_sqlite_file_is_whole_while_the_migration_runs(sqlite_url: str) -> None:
    path = make_url(sqlite_url).database
    assert path is not None
    with locked_connection(sqlite_url) as connection:
        connection.execute(text("CREATE TABLE half (id INTEGER)"))

        onlooker = sqlite3.connect(path)
        tables = onlooker.execute("SELECT count(*) FROM sqlite_master").fetchone()
        onlooker.close()

    assert tables == (0,)
