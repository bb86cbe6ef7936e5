"""Several processes on one database, and processes that are killed."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import replace
from pathlib import Path

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.requests import RequestState
from tests.db.sample_requests import CHANNEL, authorised, request

ROOT = Path(__file__).resolve().parents[2]

PREAMBLE = """
import asyncio, os, signal, sys
from dataclasses import replace
from datetime import UTC, datetime
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.requests import Person
from tests.fakes import count_all

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
repositories = SqlRepositories(Database(sys.argv[1]))


async def press(name, user):
    return await repositories.requests.approve_request(
        name, Person(user, "T1"), "1700.1", NOON, judge=count_all
    )
"""

APPROVE_AND_DIE = """
async def main():
    await press("r1", "U2")
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""

ATTEMPTS = """
async def main():
    operation = await repositories.operations.get_operation("r1")
    for earlier in range(50):
        stands = replace(operation, attempts=earlier)
        print(await repositories.operations.begin_attempt(stands, NOON))

asyncio.run(main())
"""

PRESSES = """
async def main():
    for number in range(20):
        found = await press(f"r{number}", f"U{os.getpid()}")
        print(None if found is None else found.state)

asyncio.run(main())
"""


async def start(script: str, url: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", PREAMBLE + script, url, cwd=ROOT, stdout=PIPE
    )


async def test_an_approval_survives_a_kill_with_its_operation_and_its_event(
    database: Database, migrated_url: str
) -> None:
    repositories = SqlRepositories(database)
    await repositories.requests.add_request(request())

    process = await start(APPROVE_AND_DIE, migrated_url)
    assert await process.wait() == -signal.SIGKILL

    stored = await repositories.requests.get_request("r1")
    assert stored is not None
    assert (stored.state, stored.decided_by) == (RequestState.AUTHORISED, "U2")
    assert stored.operation == stored.authorised()
    page = await repositories.events.list_history(CHANNEL, None, 1)
    assert page.entries == (replace(stored, card=None),)


async def test_of_processes_at_the_same_point_one_may_send(
    database: Database, migrated_url: str
) -> None:
    repositories = SqlRepositories(database)
    await authorised(repositories)

    processes = [await start(ATTEMPTS, migrated_url) for _ in range(4)]
    outputs = [(await process.communicate())[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert b"".join(outputs).count(b"True") == 50
    stored = await repositories.operations.get_operation("r1")
    assert stored is not None
    assert stored.attempts == 50


async def test_of_presses_in_several_processes_two_authorise_once(
    database: Database, migrated_url: str
) -> None:
    repositories = SqlRepositories(database)
    for number in range(20):
        asked = replace(request(number), approvals_required=2)
        await repositories.requests.add_request(asked)

    processes = [await start(PRESSES, migrated_url) for _ in range(4)]
    outputs = [(await process.communicate())[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    said = b"".join(outputs).split()
    assert (said.count(b"pending"), said.count(b"authorised")) == (20, 20)
    assert said.count(b"None") == 40
