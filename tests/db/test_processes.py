"""Several processes on one database, and processes that are killed."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from bot.db.repositories import Repositories
from bot.domain.requests import RequestState
from tests.db.sample_requests import confirmed, request

ROOT = Path(__file__).resolve().parents[2]

PREAMBLE = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from bot.db.repositories import Repositories
from bot.db.session import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
records = Repositories(Database(sys.argv[1]))
"""

CONFIRM_AND_DIE = """
async def main():
    await records.confirm_request("r1", "U2", "1700.1", NOON)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""

ATTEMPTS = """
async def main():
    for earlier in range(50):
        print(await records.begin_attempt("r1", earlier))

asyncio.run(main())
"""


async def start(script: str, url: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", PREAMBLE + script, url, cwd=ROOT, stdout=PIPE
    )


async def test_a_confirmed_click_survives_a_kill(
    repositories: Repositories, migrated_url: str
) -> None:
    await repositories.add_request(request())

    process = await start(CONFIRM_AND_DIE, migrated_url)
    assert await process.wait() == -signal.SIGKILL

    stored = await repositories.get_request("r1")
    assert stored is not None
    assert (stored.state, stored.decided_by) == (RequestState.CONFIRMED, "U2")


async def test_of_processes_at_the_same_point_one_may_send(
    repositories: Repositories, migrated_url: str
) -> None:
    await confirmed(repositories)

    processes = [await start(ATTEMPTS, migrated_url) for _ in range(4)]
    outputs = [(await process.communicate())[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert b"".join(outputs).count(b"True") == 50
    stored = await repositories.get_request("r1")
    assert stored is not None
    assert stored.attempts == 50
