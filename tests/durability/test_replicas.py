"""Replicas: two on PostgreSQL lose no click, whichever of them is killed."""

import asyncio
import signal
from http import HTTPStatus
from typing import Final

import aiohttp
import pytest
from sqlalchemy import create_engine, text

from bot.domain.verbs import Verb
from tests.durability.bot_process import FAST
from tests.durability.fork_server import ForkServer
from tests.durability.harness import open_harness, until
from tests.durability.load_test import run_load
from tests.durability.peer_kill_points import COMMANDS
from tests.durability.postgres import MakeDatabase

_END_OLDEST: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database()"
    " AND application_name = 'rollout-bot heartbeat'"
    " ORDER BY backend_start LIMIT 1"
)


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_all_clicks_end_in_their_one_effect_while_replicas_are_killed(
    mode: str, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    async with open_harness(make_database("postgresql"), fork_server) as harness:
        report = await run_load(harness, seconds=9, rate=8, mode=mode)

    assert report.kills >= 2, report
    assert report.effects == report.operations == report.done == 72, report
    assert (report.missing, report.doubled) == (0, 0), report
    assert set(report.workflows) == {"SUCCESS"}, report


@pytest.mark.parametrize("loses_session", [False, True])
async def test_a_replica_that_is_only_busy_keeps_its_work(
    loses_session: bool, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    async with open_harness(make_database("postgresql"), fork_server) as harness:
        busy = await harness.started(http=True)
        other = await harness.started(http=True)
        url = f"http://127.0.0.1:{busy.port}/slack/events"
        await harness.sandbox.slack.delivery.use_http(url)
        request_id = await harness.ask(COMMANDS[Verb.HALT])
        harness.sandbox.store.arm("halt", "slow", seconds=2 * FAST.heartbeat_timeout)
        await harness.press(request_id)
        await until(lambda: bool(harness.effects()))
        # Its own session was the first; the other's came later.
        if loses_session:
            await asyncio.to_thread(_end_oldest_heartbeat_session, harness.database_url)
        code = await harness.closed(request_id)

    assert code == "done"
    assert "took over" not in other.log_text(), other.log_text()
    assert ("lost its session" in busy.log_text()) is loses_session
    operations = [entry.operation for entry in harness.sandbox.store.requests]
    assert operations[-1] == "halt", "the answer itself was the proof"


async def test_a_replica_that_is_told_to_end_drains_while_the_other_works_on(
    make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    async with (
        open_harness(make_database("postgresql"), fork_server) as harness,
        aiohttp.ClientSession() as session,
    ):
        old = await harness.started(http=True, notice=0.6)
        await harness.started(http=True)
        base = f"http://127.0.0.1:{old.port}"
        await harness.sandbox.slack.delivery.use_http(f"{base}/slack/events")
        request_id = await harness.ask(COMMANDS[Verb.HALT])
        harness.sandbox.store.arm("halt", "slow", seconds=1.5)
        await harness.press(request_id)
        await until(lambda: bool(harness.effects()))

        old.send(signal.SIGTERM)
        seen = []
        while old.alive:
            seen.append(await _answers(session, base))
            await asyncio.sleep(0.02)
        code = await harness.closed(request_id)

    ready = [pair[0] for pair in seen]
    alive = [pair[1] for pair in seen]
    # The port may close between the two questions of a pair.
    first_refusal = next((i for i, pair in enumerate(seen) if None in pair), len(seen))
    assert HTTPStatus.SERVICE_UNAVAILABLE in ready[:first_refusal]
    assert HTTPStatus.OK not in ready[ready.index(HTTPStatus.SERVICE_UNAVAILABLE) :]
    assert set(alive[:first_refusal]) == {HTTPStatus.OK}
    assert code == "done"
    assert len(harness.effects()) == 1
    assert harness.posted(request_id) == ["result:done"]
    assert "Traceback" not in old.log_text(), old.log_text()


async def _answers(
    session: aiohttp.ClientSession, base: str
) -> tuple[int | None, int | None]:
    answers: list[int | None] = []
    for path in ("/readyz", "/healthz"):
        try:
            async with session.get(base + path) as answer:
                answers.append(answer.status)
        except aiohttp.ClientError:
            answers.append(None)
    return answers[0], answers[1]


def _end_oldest_heartbeat_session(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        ended = connection.execute(text(_END_OLDEST)).all()
    engine.dispose()
    assert len(ended) == 1
