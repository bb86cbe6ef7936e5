"""Database outages: one that goes away or is locked loses no click, nor half of one."""

import asyncio
import contextlib
import os
import sqlite3
from pathlib import Path

import pytest

from bot.db.sqlite import BUSY_SECONDS
from bot.domain.verbs import Verb
from tests.dialogues.bot_process import run
from tests.durability.fork_server import ForkServer
from tests.durability.harness import (
    database_is_away,
    logs_of,
    open_harness,
    sqlite_file,
    until,
)
from tests.durability.peer_kill_points import COMMANDS
from tests.durability.postgres import MakeDatabase, Postgres

OPERATIONS = 12


async def test_postgresql_may_crash_in_the_middle_and_nothing_is_lost(
    own_postgres: Postgres, fork_server: ForkServer
) -> None:
    async with open_harness(own_postgres.database(), fork_server) as harness:
        await harness.started()
        await harness.started()
        ids = [await harness.ask(f"halt {app}") for app in harness.add_apps(OPERATIONS)]
        harness.sandbox.store.latency = 0.4
        clicks = [asyncio.create_task(harness.click(one)) for one in ids]
        await until(lambda: len(harness.sandbox.store.writes()) > OPERATIONS // 2)

        await asyncio.to_thread(own_postgres.stop, "immediate")
        await asyncio.sleep(1)
        await asyncio.to_thread(own_postgres.start)
        await asyncio.gather(*clicks)
        codes = [await harness.closed(one, 40) for one in ids]

        assert set(codes) == {"done"}, logs_of(harness.bots)
        assert len(harness.effects()) == OPERATIONS, logs_of(harness.bots)
        posted = [harness.posted(one) for one in ids]
        assert posted == [["result:done"]] * OPERATIONS, posted
        assert all(bot.alive for bot in harness.bots)


# The first is longer than one statement of ours waits.
@pytest.mark.parametrize(
    ("file", "seconds"), [("rollout", BUSY_SECONDS + 0.5), ("engine", 2.0)]
)
async def test_a_sqlite_file_that_somebody_locks_is_waited_for(
    file: str, seconds: float, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    async with open_harness(make_database("sqlite"), fork_server) as harness:
        await harness.started()
        request_id = await harness.ask(COMMANDS[Verb.HALT])
        path = sqlite_file(harness.database_url, file)
        harness.sandbox.store.latency = 0.6
        await harness.click(request_id)

        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await asyncio.sleep(seconds)
            assert not harness.posted(request_id)
            other.execute("ROLLBACK")
        code = await harness.closed(request_id, 30)

        assert code == "done", logs_of(harness.bots)
        assert len(harness.effects()) == 1
        assert harness.posted(request_id) == ["result:done"]


async def test_a_click_on_a_locked_database_is_answered_and_does_nothing(
    make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    async with open_harness(make_database("sqlite"), fork_server) as harness:
        await harness.started()
        request_id = await harness.ask(COMMANDS[Verb.HALT])

        path = sqlite_file(harness.database_url, "rollout")
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await harness.click(request_id)
            await until(lambda: database_is_away(harness))
            other.execute("ROLLBACK")

        assert harness.sandbox.store.writes() == []
        assert await harness.click(request_id)
        assert await harness.closed(request_id, 30) == "done"


async def test_a_second_process_on_a_sqlite_file_says_so_and_ends(
    make_database: MakeDatabase, fork_server: ForkServer, tmp_path: Path
) -> None:
    async with open_harness(make_database("sqlite"), fork_server) as harness:
        await harness.started()
        env = {
            **os.environ,
            **harness.sandbox.settings,
            "DATABASE_URL": harness.database_url,
            "PORT": "0",
        }

        second = await run(env=env, folder=tmp_path)

    assert second.status == 1
    lines = second.err.strip().splitlines()
    assert "Another process already runs the bot" in lines[-1]
    assert "Traceback" not in second.err
