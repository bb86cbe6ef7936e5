"""Fixtures: a local Store behind a real server, and an HTTP client for it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox.broadcast import Broadcaster
from bot.sandbox.store import LocalStore

EXAMPLES = Path(__file__).parents[2] / "examples" / "store"


@pytest.fixture
def broadcaster() -> Broadcaster:
    return Broadcaster()


@pytest.fixture
def store(broadcaster: Broadcaster) -> LocalStore:
    return LocalStore(None, broadcaster)


@pytest.fixture
def example() -> Callable[[str], Any]:
    """Read one of the recorded answers by its name."""
    return lambda name: json.loads((EXAMPLES / f"{name}.json").read_text())


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[LocalStore], Awaitable[str]]]:
    """Serve a local Store on a free port and return its address."""
    runners: list[web.AppRunner] = []

    async def start(store: LocalStore) -> str:
        app = web.Application()
        app.add_routes(store.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def address(
    store: LocalStore, serve: Callable[[LocalStore], Awaitable[str]]
) -> str:
    return await serve(store)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    # A connection for each call: aiohttp repeats a GET by itself when a kept
    # connection breaks, and would hide the faults that are tested here.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest.fixture
def call(
    store: LocalStore, address: str, session: aiohttp.ClientSession
) -> Callable[..., Awaitable[tuple[int, Any, Mapping[str, str]]]]:
    """Call the submission API: `await call("GET", "applications")`.

    Returns status, body (parsed if it is JSON) and headers. A POST has a JSON
    content type and no body, and every call a valid token, unless `headers` or
    `body` replace them.
    """
    token = store.tokens.issue()

    async def send(
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> tuple[int, Any, Mapping[str, str]]:
        if headers is None:
            headers = {"Content-Type": "application/json"} if method == "POST" else {}
        sent = {"Authorization": f"Bearer {token}", **headers}
        url = f"{address}/store/v1.0/my/{path}"
        skipped = ["Content-Type"]
        async with session.request(
            method, url, headers=sent, data=body, skip_auto_headers=skipped
        ) as answer:
            return answer.status, _read(await answer.text()), dict(answer.headers)

    return send


@pytest.fixture
def control(
    address: str, session: aiohttp.ClientSession
) -> Callable[..., Awaitable[tuple[int, Any]]]:
    """Call the control API: `await control("POST", "faults", {...})`."""

    async def send(method: str, name: str, data: object = None) -> tuple[int, Any]:
        url = f"{address}/sandbox/store/{name}"
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        async with session.request(method, url, data=body) as answer:
            return answer.status, await answer.json()

    return send


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
