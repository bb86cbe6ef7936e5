"""Sessions of the replicas: how soon either side notices that one is cut."""

import asyncio

import pytest
from sqlalchemy import make_url

from bot.config import migration_settings
from bot.engine import EngineTiming
from bot.engine.engine import engine_url
from bot.engine.heartbeat import Heartbeat, session
from bot.engine.replica_monitor import ReplicaMonitor


def server_options(database_url: str) -> str:
    url = engine_url(make_url(migration_settings({"DATABASE_URL": database_url})[0]))
    return session(url, "test")["options"]


def test_the_server_probes_as_often_as_the_client() -> None:
    assert server_options("postgresql://h/d") == (
        "-c tcp_keepalives_idle=5"
        " -c tcp_keepalives_interval=2"
        " -c tcp_keepalives_count=3"
    )


def test_the_owners_keepalive_settings_are_the_servers_too() -> None:
    options = server_options("postgresql://h/d?keepalives_idle=60")

    assert options.startswith("-c tcp_keepalives_idle=60 ")


def test_the_engines_url_keeps_the_keepalive_settings() -> None:
    url = make_url(migration_settings({"DATABASE_URL": "postgresql://h/d"})[0])

    assert engine_url(url).query == url.query
    assert engine_url(url).query["tcp_user_timeout"] == "10000"


def test_a_url_without_keepalive_settings_leaves_the_server_as_it_is() -> None:
    assert session(make_url("postgresql://h/d"), "test")["options"] == ""


@pytest.mark.parametrize("watched", [False, True])
async def test_a_server_that_stays_away_is_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture, *, watched: bool
) -> None:
    tries = 0
    enough = asyncio.Event()

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tries
        tries += 1
        if tries > 5:
            enough.set()
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    url = make_url(f"postgresql://127.0.0.1:{server.sockets[0].getsockname()[1]}/d")
    timing = EngineTiming(heartbeat_interval=0.01)
    heartbeat = Heartbeat(url, "one", timing)
    monitor = ReplicaMonitor(url, "one", timing)
    if watched:
        monitor.start()
    else:
        heartbeat._thread.start()

    async with asyncio.timeout(20):
        await enough.wait()
    await monitor.stop()
    await heartbeat.stop()
    server.close()

    lost = [text for text in caplog.messages if "lost its session" in text]
    assert len(lost) == 1
