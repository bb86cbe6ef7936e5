"""Fixtures that start and stop local Slacks."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import LocalSlack
from tests.sandbox.slack.local_slack_server import BOT_TOKEN, Serve, Served


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a local Slack with any settings."""
    opened: list[tuple[Served, TestServer]] = []

    async def start(**settings: Any) -> Served:  # noqa: ANN401 - LocalSlack's own.
        slack = LocalSlack(**settings)
        app = web.Application()
        app.add_routes(slack.routes())
        server = TestServer(app)
        await server.start_server()
        url = str(server.make_url("")).rstrip("/")
        slack.workspace.address = url
        served = Served(slack, url, aiohttp.ClientSession())
        opened.append((served, server))
        return served

    yield start
    for served, server in opened:
        for connection in served.sockets:
            await connection.close()
        await served.http.close()
        await served.slack.close()
        await server.close()


@pytest.fixture
async def served(serve: Serve) -> Served:
    """A local Slack as the sandbox starts it."""
    return await serve()


@pytest.fixture
async def client_of() -> AsyncIterator[Callable[[Served], AsyncWebClient]]:
    """Make Slack's own client for a local Slack."""
    sessions: list[aiohttp.ClientSession] = []

    def make(served: Served) -> AsyncWebClient:
        session = aiohttp.ClientSession()
        sessions.append(session)
        return AsyncWebClient(
            BOT_TOKEN, base_url=f"{served.url}/slack/api/", session=session
        )

    yield make
    for session in sessions:
        await session.close()


@pytest.fixture
def buttons() -> list[dict[str, Any]]:
    """The blocks of a small card with one button."""
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": "*Halt?*"}},
        {
            "type": "actions",
            "block_id": "choice",
            "elements": [
                {
                    "type": "button",
                    "action_id": "halt",
                    "text": {"type": "plain_text", "text": "Halt rollout"},
                    "value": "request-1",
                    "style": "danger",
                }
            ],
        },
    ]
