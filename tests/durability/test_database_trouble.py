"""A database that goes away, is locked or full loses nothing and halves nothing."""

import asyncio
import contextlib
import os
import sqlite3
import sys
from pathlib import Path

import pytest

from bot.db.session import BUSY_SECONDS
from bot.domain.rollout import Verb
from tests.durability.harness import private, said, scene, sqlite_file, until
from tests.durability.killed_processes import Nursery
from tests.durability.places import ASKED
from tests.durability.postgres import MakeDatabase, Postgres

OPERATIONS = 12


async def test_postgresql_may_crash_in_the_middle_and_nothing_is_lost(
    own_postgres: Postgres, nursery: Nursery
) -> None:
    async with scene(own_postgres.database(), nursery) as stage:
        await stage.started()
        await stage.started()
        ids = [await stage.ask(f"halt {app}") for app in stage.add_apps(OPERATIONS)]
        stage.sandbox.store.latency = 0.4
        clicks = [asyncio.create_task(stage.click(one)) for one in ids]
        await until(lambda: len(stage.sandbox.store.writes()) > OPERATIONS // 2)

        await asyncio.to_thread(own_postgres.stop, "immediate")
        await asyncio.sleep(1)
        await asyncio.to_thread(own_postgres.start)
        await asyncio.gather(*clicks)
        codes = [await stage.closed(one, 40) for one in ids]

        assert set(codes) == {"done"}, said(stage.bots)
        assert len(stage.effects()) == OPERATIONS, said(stage.bots)
        told = [stage.told(one) for one in ids]
        assert told == [["result:done"]] * OPERATIONS, told
        assert all(bot.alive for bot in stage.bots)


# The first is longer than one statement of ours waits.
@pytest.mark.parametrize(
    ("file", "seconds"), [("rollout", BUSY_SECONDS + 0.5), ("engine", 2.0)]
)
async def test_a_sqlite_file_that_somebody_locks_is_waited_for(
    file: str, seconds: float, make_database: MakeDatabase, nursery: Nursery
) -> None:
    async with scene(make_database("sqlite"), nursery) as stage:
        await stage.started()
        request_id = await stage.ask(ASKED[Verb.HALT])
        path = sqlite_file(stage.database_url, file)
        stage.sandbox.store.latency = 0.6
        await stage.click(request_id)

        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await asyncio.sleep(seconds)
            assert not stage.told(request_id)
            other.execute("ROLLBACK")
        code = await stage.closed(request_id, 30)

        assert code == "done", said(stage.bots)
        assert len(stage.effects()) == 1
        assert stage.told(request_id) == ["result:done"]


async def test_a_click_on_a_locked_memory_is_answered_and_does_nothing(
    make_database: MakeDatabase, nursery: Nursery
) -> None:
    async with scene(make_database("sqlite"), nursery) as stage:
        await stage.started()
        request_id = await stage.ask(ASKED[Verb.HALT])

        path = sqlite_file(stage.database_url, "rollout")
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await stage.click(request_id)
            await until(lambda: "memory" in private(stage))
            other.execute("ROLLBACK")

        assert stage.sandbox.store.writes() == []
        assert await stage.click(request_id)
        assert await stage.closed(request_id, 30) == "done"


async def test_a_second_process_on_a_sqlite_file_says_so_and_ends(
    make_database: MakeDatabase, nursery: Nursery, tmp_path: Path
) -> None:
    async with scene(make_database("sqlite"), nursery) as stage:
        await stage.started()
        env = {
            **os.environ,
            **stage.sandbox.settings,
            "DATABASE_URL": stage.database_url,
            "PORT": "0",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }

        second = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot"),
            env=env,
            cwd=tmp_path,
            stderr=asyncio.subprocess.PIPE,
        )
        _, words = await asyncio.wait_for(second.communicate(), 60)

    assert second.returncode == 1
    lines = words.decode().strip().splitlines()
    assert "Another process already runs the bot" in lines[-1]
    assert "Traceback" not in words.decode()
