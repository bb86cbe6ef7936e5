"""The Slack room on a real listener, joined to the local Slack over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.rate_limit import RateLimit
from bot.slack.client.clients import make_app, make_client, open_session
from bot.slack.client.identity import Identity
from bot.slack.inbound.receiver import PATH, Receiver
from bot.slack.listeners.register import register
from bot.slack.listeners.tasks import BackgroundTasks
from bot.slack.outbox.messenger import Messenger
from tests.slack.service_double import ServiceDouble

BOT_TOKEN = "xoxb-sandbox-not-a-secret"
SIGNING_SECRET = "sandbox-signing-not-a-secret"
MAIL, GAMES, GENERAL = "C0MAIL", "C0GAMES", "C0GENERAL"


@dataclass
class Bot:
    """The room as the composition root puts it together, with a service in memory."""

    slack: LocalSlack
    service: ServiceDouble
    messenger: Messenger
    client: AsyncWebClient
    identity: Identity
    app: AsyncApp
    work: BackgroundTasks
    url: str
    session: aiohttp.ClientSession

    async def command(self, who: str, text: str, channel: str = MAIL) -> None:
        """Type a command and wait until it is answered."""
        await self.slack.command(who, channel, text)
        await self.idle()

    async def say(
        self, who: str, text: str, channel: str = MAIL, thread: str | None = None
    ) -> str:
        """Write a message and wait until it is answered."""
        ts = await self.slack.say(who, channel, text, thread)
        await self.slack.settle()
        await self.idle()
        return ts

    async def press(
        self, who: str, label: str, channel: str = MAIL, *, late: bool = False
    ) -> None:
        """Press the newest button with this label and wait for what follows."""
        await self.slack.press_label(who, channel, label, late=late)
        await self.idle()

    async def idle(self) -> None:
        """Wait until no work is under way."""
        await self.slack.until(lambda: len(self.work) == 0)

    def seen(self, who: str, channel: str = MAIL) -> list[dict[str, Any]]:
        """Return what a person sees in the channel."""
        return self.slack.seen(who, channel)

    def private(self, who: str, channel: str = MAIL) -> list[str]:
        """Return the texts that only this person sees."""
        return [m["text"] for m in self.seen(who, channel) if m["ephemeral"]]

    def card(self, channel: str = MAIL) -> dict[str, Any]:
        """Return the newest message of the bot that all see."""
        cards = [m for m in self.seen("U0BEN", channel) if m["bot"]]
        return [m for m in cards if not m["ephemeral"]][-1]


def texts(message: dict[str, Any]) -> str:
    """Return all the words of a message's blocks."""
    return "\n".join(_texts(message["blocks"]))


def buttons(message: dict[str, Any]) -> list[str]:
    """Return the labels of a message's buttons."""
    return [
        element["text"]["text"]
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def _texts(part: object) -> list[str]:
    if isinstance(part, list):
        return [text for each in part for text in _texts(each)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if isinstance(part.get("text"), str) else []
    return own + [text for value in part.values() for text in _texts(value)]


@pytest.fixture
def slack() -> LocalSlack:
    return LocalSlack(
        rate=RateLimit(None), ack_seconds=30.0, retry_seconds=(0.0, 0.05, 0.05)
    )


@pytest.fixture
async def slack_url(slack: LocalSlack) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes(slack.routes())
    async with TestServer(app) as server:
        yield str(server.make_url(""))
        await slack.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


@pytest.fixture
def client(slack_url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    return make_client(BOT_TOKEN, f"{slack_url}/slack/api", session)


@pytest.fixture
async def bot(
    slack: LocalSlack, client: AsyncWebClient, session: aiohttp.ClientSession
) -> AsyncIterator[Bot]:
    identity = Identity(client)
    await identity.learn()
    app = make_app(client, identity, SIGNING_SECRET)
    messenger, work = Messenger(client), BackgroundTasks()
    service = ServiceDouble(messenger)
    register(
        app,
        client=client,
        identity=identity,
        service=service,
        messenger=messenger,
        work=work,
    )
    http = web.Application()
    http.add_routes(Receiver(app, identity, SIGNING_SECRET).routes())
    async with TestServer(http) as server:
        url = str(server.make_url(PATH))
        await slack.delivery.use_http(url)
        yield Bot(slack, service, messenger, client, identity, app, work, url, session)
        await work.drain(1)
