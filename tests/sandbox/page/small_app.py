"""A small Bolt app that answers in the sandbox, for tests of the page alone."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest_asyncio
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox


@dataclasses.dataclass
class SmallApp:
    """The clicks that the app received, as (user, action_id), with its client."""

    client: AsyncWebClient
    bolt: AsyncApp
    presses: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    came: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)

    async def press(self) -> tuple[str, str]:
        """Wait for the first click and return it; raises TimeoutError."""
        await asyncio.wait_for(self.came.wait(), 3)
        return self.presses[0]


@pytest_asyncio.fixture(loop_scope="session")
async def web(sandbox: Sandbox) -> AsyncIterator[AsyncWebClient]:
    """A Web API client of the bot, without an app that receives events."""
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            sandbox.settings["SLACK_BOT_TOKEN"],
            base_url=sandbox.settings["SLACK_API_URL"],
            session=session,
        )


@pytest_asyncio.fixture(loop_scope="session")
async def app(sandbox: Sandbox, web: AsyncWebClient) -> AsyncIterator[SmallApp]:
    """A Bolt app that answers `/rollout X` ephemerally and records clicks."""
    bolt = AsyncApp(client=web)
    small = SmallApp(web, bolt)

    async def command(
        ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any]
    ) -> None:
        await ack()
        await respond(f"You asked: {body['text']}")

    async def pressed(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        small.presses.append((body["user"]["id"], body["actions"][0]["action_id"]))
        small.came.set()

    bolt.command("/rollout")(command)
    bolt.action("yes")(pressed)
    handler = AsyncSocketModeHandler(bolt, sandbox.settings["SLACK_APP_TOKEN"])
    # Bolt's own handler carries no type information.
    await handler.connect_async()  # type: ignore[no-untyped-call]
    yield small
    await handler.close_async()  # type: ignore[no-untyped-call]
