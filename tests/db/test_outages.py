"""What a caller sees when the database cannot be used, and that it recovers."""

import asyncio
import socket
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final, LiteralString

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from bot.config import migration_settings
from bot.db import postgresql, sqlite
from bot.db.migrate import locked_connection
from bot.db.postgresql import PostgresPool
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.requests import RequestState
from bot.domain.storage import StorageUnavailable
from tests.db.sample_requests import CHANNEL, authorised, press, request

Open = Callable[[str], Database]

# All sessions of a database but the one that asks.
OTHERS: Final = (
    "FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """Open databases that the test need not close."""
    databases: list[Database] = []

    def open_one(url: str) -> Database:
        databases.append(Database(url))
        return databases[-1]

    yield open_one
    for database in databases:
        await database.close()


def sqlite_path(url: str) -> str:
    path = make_url(url).database
    assert path is not None
    return path


async def test_a_locked_file_is_named_and_nothing_is_half_done(
    migrated_sqlite_url: str, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "PRAGMAS", ("PRAGMA busy_timeout = 50",))
    repositories = SqlRepositories(opened(migrated_sqlite_url))
    await repositories.requests.add_request(request())
    other = sqlite3.connect(sqlite_path(migrated_sqlite_url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StorageUnavailable, match="database is locked"):
        await press(repositories)
    other.execute("COMMIT")
    other.close()

    assert await repositories.requests.get_request("r1") == request()
    assert await press(repositories) is not None


async def test_a_full_disk_is_named_and_nothing_is_half_done(
    migrated_sqlite_url: str, opened: Open
) -> None:
    database = opened(migrated_sqlite_url)
    repositories = SqlRepositories(database)
    await database.run(text("PRAGMA max_page_count = 1"))

    async def fill() -> None:
        for number in range(1_000):
            await repositories.requests.add_request(request(number))

    with pytest.raises(StorageUnavailable, match="full"):
        await fill()
    kept = len((await repositories.events.list_history(CHANNEL, None, 1_000)).entries)

    assert await repositories.requests.get_request(f"r{kept}") is None
    await database.run(text("PRAGMA max_page_count = 100000"))
    await repositories.requests.add_request(request(kept))


async def test_a_read_only_file_is_named(
    migrated_sqlite_url: str, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "PRAGMAS", ())
    path = sqlite_path(migrated_sqlite_url)
    database = opened(f"sqlite:///file:{path}?mode=ro&uri=true")

    with pytest.raises(StorageUnavailable, match="readonly"):
        await SqlRepositories(database).requests.add_request(request())


async def test_a_missing_folder_is_named(tmp_path: Path, opened: Open) -> None:
    database = opened(f"sqlite:///{tmp_path}/nowhere/rollout.db")

    with pytest.raises(StorageUnavailable, match="does not exist"):
        await database.check()


async def test_a_file_that_is_no_database_is_named(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("remember the milk " * 100)

    with pytest.raises(StorageUnavailable, match="not a database"):
        await opened(f"sqlite:///{path}").check()


async def test_a_server_that_is_not_there_is_named_without_its_password(
    opened: Open,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"postgresql+psycopg://bot:not-a-password@127.0.0.1:{port}/rollout"

    with pytest.raises(StorageUnavailable, match="refused") as caught:
        await opened(url).check()

    assert "not-a-password" not in str(caught.value)


async def test_a_cut_connection_is_replaced_before_anybody_notices(
    migrated_postgres_url: str, opened: Open
) -> None:
    repositories = SqlRepositories(opened(migrated_postgres_url))
    await repositories.requests.add_request(request())

    cut_all(migrated_postgres_url)

    assert await repositories.requests.get_request("r1") == request()


async def test_a_connection_that_is_cut_in_use_is_named(
    migrated_postgres_url: str, opened: Open
) -> None:
    database = opened(migrated_postgres_url)
    await database.check()
    sleeper = asyncio.create_task(database.run(text("SELECT pg_sleep(9)")))
    await until_asleep(migrated_postgres_url, 1)

    await asyncio.to_thread(cut_all, migrated_postgres_url)

    with pytest.raises(StorageUnavailable, match="terminating connection"):
        await sleeper
    await database.check()


async def test_a_statement_that_hangs_is_ended_by_the_server(
    migrated_postgres_url: str, opened: Open
) -> None:
    url = make_url(migrated_postgres_url)
    patient = url.update_query_dict({"options": "-c statement_timeout=50"})
    database = opened(patient.render_as_string(hide_password=False))

    with pytest.raises(StorageUnavailable, match="statement timeout"):
        await database.run(text("SELECT pg_sleep(9)"))


async def test_a_standby_that_takes_no_writes_is_named(
    migrated_postgres_url: str, opened: Open
) -> None:
    url = make_url(migrated_postgres_url)
    options = ("-c statement_timeout=5s", "-c default_transaction_read_only=on")
    standby = url.update_query_dict({"options": options})
    database = opened(standby.render_as_string(hide_password=False))

    with pytest.raises(StorageUnavailable, match="read-only"):
        await SqlRepositories(database).requests.add_request(request())


async def test_every_session_has_the_keepalive_settings_of_the_address(
    migrated_postgres_url: str, opened: Open
) -> None:
    [url, *_] = migration_settings({"DATABASE_URL": migrated_postgres_url})
    pool = opened(url)._connections
    assert isinstance(pool, PostgresPool)
    async with pool._engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        mine = raw.driver_connection.info.get_parameters()
    with locked_connection(url) as other:
        theirs = other.connection.driver_connection
        assert theirs is not None
        migrating = theirs.info.get_parameters()

    keepalive = {
        name: value
        for name, value in make_url(url).query.items()
        if name.startswith(("keepalives", "tcp_", "connect_"))
    }
    assert len(keepalive) == 5
    assert keepalive.items() <= mine.items()
    assert keepalive.items() <= migrating.items()


async def test_too_many_at_once_are_told_so(
    migrated_postgres_url: str, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "POOL_SECONDS", 0.05)
    database = opened(migrated_postgres_url)
    sleepers = [
        asyncio.create_task(database.run(text("SELECT pg_sleep(60)")))
        for _ in range(10)
    ]
    await until_asleep(migrated_postgres_url, 10)

    with pytest.raises(StorageUnavailable, match="too many"):
        await database.check()
    await asyncio.to_thread(cut_all, migrated_postgres_url)
    await asyncio.gather(*sleepers, return_exceptions=True)


async def test_too_many_at_once_are_told_so_where_the_database_is_a_file(
    migrated_sqlite_url: str, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "TURN_SECONDS", 0.05)
    database = opened(migrated_sqlite_url)
    running, over = threading.Event(), threading.Event()

    def work(_: Connection) -> None:
        running.set()
        over.wait(60)

    # The one connection is in the middle of a statement.
    slow = asyncio.create_task(database._connections.call(work))
    await asyncio.to_thread(running.wait, 60)

    with pytest.raises(StorageUnavailable, match="too many"):
        await database.check()

    over.set()
    await slow
    await database.check()


async def test_a_missing_right_is_named(
    migrated_postgres_url: str, opened: Open
) -> None:
    database = opened(migrated_postgres_url)
    with pytest.raises(StorageUnavailable, match="permission denied"):
        await database.run(text("SET LOCAL ROLE pg_monitor; SELECT * FROM requests"))


async def test_an_error_of_ours_is_not_called_an_outage(database: Database) -> None:
    with pytest.raises(DBAPIError):
        await database.run(text("SELECT nonsense"))


async def test_a_request_is_stored_once_only(database: Database) -> None:
    repositories = SqlRepositories(database)
    await repositories.requests.add_request(request())

    with pytest.raises(DBAPIError) as caught:
        await repositories.requests.add_request(request())

    assert "crash on start" not in str(caught.value)


async def test_a_caller_that_gives_up_leaves_the_door_open(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    await repositories.requests.add_request(request())
    for pause in range(20):
        caller = asyncio.create_task(repositories.requests.get_request("r1"))
        await asyncio.sleep(pause / 10_000)
        caller.cancel()

    assert (
        await asyncio.wait_for(repositories.requests.get_request("r1"), 30) == request()
    )


async def test_the_memory_opens_again_after_it_was_closed(database: Database) -> None:
    claimed = await authorised(SqlRepositories(database))

    await database.close()

    assert await SqlRepositories(database).requests.get_request("r1") == claimed
    assert claimed.state is RequestState.AUTHORISED


def cut_all(url: str) -> None:
    """End every session of a database but our own, and wait until they have ended."""
    ask(url, "SELECT pg_terminate_backend(pid, 9000) " + OTHERS)


async def until_asleep(url: str, number: int) -> None:
    """Wait until this many sessions are in the middle of `pg_sleep`."""
    count = "SELECT count(*) " + OTHERS + " AND wait_event = 'PgSleep'"
    async with asyncio.timeout(30):
        while await asyncio.to_thread(ask, url, count) != number:
            await asyncio.sleep(0.02)


def ask(url: str, question: LiteralString) -> object:
    """Ask the database, in a session of its own."""
    plain = make_url(url).set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False)) as connection:
        row = connection.execute(question).fetchone()
    return None if row is None else row[0]
