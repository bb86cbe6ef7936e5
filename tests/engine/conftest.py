"""Fixture of the engine harness, on each kind of database in turn."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.sandbox.store import LocalStore
from bot.store import StoreClient
from tests.engine.harness import (
    HURRIED,
    EngineHarness,
    OneToken,
    RecordingNotifier,
)


@pytest.fixture
async def harness(migrated_url: str) -> AsyncIterator[EngineHarness]:
    """Put the parts together, on each kind of database in turn."""
    store = LocalStore()
    app = web.Application()
    app.add_routes(store.routes())
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
        yield EngineHarness(migrated_url, store, client, repositories, notifier)
    store.close()
    await runner.cleanup()
    await database.close()
