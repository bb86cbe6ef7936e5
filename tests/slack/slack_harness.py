"""Harness of the Slack side: the real service on fakes, beside a local Slack."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.home import FinishedIn, FollowedTarget
from bot.domain.operations import Operation
from bot.domain.plans import Plan
from bot.domain.proposals import Proposal
from bot.domain.requests import Place, Request
from bot.domain.results import Result
from bot.domain.storage import StorageUnavailable
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.rate_limit import RateLimit
from bot.service import OperationExecutor, RolloutService
from bot.slack.client.clients import make_app, make_client, open_session
from bot.slack.client.directory import SlackDirectory
from bot.slack.client.identity import Identity
from bot.slack.client.organisation import Organisation
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.inbound.receiver import PATH, Receiver
from bot.slack.inbound.socket_mode import SocketConnection
from bot.slack.listeners.register import register
from bot.slack.listeners.tasks import BackgroundTasks
from bot.slack.outbox.home import HomeTabs
from bot.slack.outbox.languages import Languages
from bot.slack.outbox.messenger import Messenger
from bot.slack.outbox.proposals import ProposalOutbox
from tests.fakes import MAIL, MAIN, FakeService, Memory
from tests.fakes.home import home_of
from tests.fakes.memory import Repository
from tests.fakes.plans import FakePlans
from tests.fakes.repositories import FakeRepositories
from tests.slack_users import IN_GAMES, IN_GENERAL, IN_MAIL, TEAM, Clock, SlackUsers
from tests.translators import IN_ENGLISH

BOT_TOKEN = "xoxb-sandbox-not-a-secret"
APP_TOKEN = "xapp-sandbox-not-a-secret"
SIGNING_SECRET = "sandbox-signing-not-a-secret"
CHANNELS = (IN_MAIL, IN_GAMES, IN_GENERAL)


@dataclass
class Bot(SlackUsers):
    """The Slack side as the composition root wires it, with a Store in memory.

    The engine is the one part that does not run: `finish` does its work at once.
    """

    local: LocalSlack
    parts: FakeService
    service: RolloutService
    messenger: Messenger
    client: AsyncWebClient
    clients: WorkspaceClients
    identity: Identity
    directory: SlackDirectory
    app: AsyncApp
    session: aiohttp.ClientSession
    clock: Clock
    tasks: BackgroundTasks = field(default_factory=BackgroundTasks)
    url: str = ""
    proposals: ProposalOutbox = field(init=False)

    @property
    def slack(self) -> LocalSlack:
        """The local Slack."""
        return self.local

    @property
    def memory(self) -> Memory:
        """What the repositories store; its `failure` is raised by each of them."""
        return self.parts.repositories.memory

    @property
    def requests(self) -> list[Request]:
        """The requests as they are stored, in the order in which they came."""
        return list(self.parts.requests.kept.values())

    @property
    def started(self) -> list[Operation]:
        """The operations whose durable work was started."""
        return self.parts.starter.started

    async def quiet(self) -> None:
        """Wait until no work is under way."""
        await self.local.until(lambda: len(self.tasks) == 0)

    async def finish(self, result: Result | None = None) -> None:
        """Execute the operation that was started last, and show how it ended.

        `result` stands in for what the Store would bring about.
        """
        operations, operation = self.parts.operations, self.started[-1]
        if result is None:
            stores = {MAIN: self.parts.store}
            executor = OperationExecutor(stores, operations, self.clock)
            outcome = await executor.execute(operation)
            assert isinstance(outcome, Result)
            result = outcome
        await operations.finish_operation(operation, result, self.clock())
        await self.messenger.update_card(operation.id)
        await self.messenger.post_result(operation.id, again=False)


class NothingFollowed:
    """What App Home reads where no channel follows anything."""

    async def list_waiting(self, *_: object) -> list[Request]:
        return []

    async def list_proposals(self, *_: object) -> list[Proposal]:
        return []

    async def list_followed(self, *_: object) -> list[FollowedTarget]:
        return []

    async def list_ramps(self, *_: object) -> list[Plan]:
        return []

    async def list_finished(self, *_: object) -> list[FinishedIn]:
        return []

    async def follows_any(self, *_: object) -> bool:
        return False


def fail(
    monkeypatch: pytest.MonkeyPatch, repository: Repository | FakePlans, *methods: str
) -> None:
    """Let some methods of a repository find no database."""

    async def away(*_: object, **__: object) -> None:
        raise StorageUnavailable("disk full")

    for method in methods:
        monkeypatch.setattr(repository, method, away)


def untouched(bot: Bot) -> bool:
    """Return whether nothing was read, stored, started or posted for anybody."""
    posting = [call for call in bot.slack.calls() if call.method != "auth.test"]
    reached = (bot.parts.store.calls, bot.parts.events.log, bot.started, posting)
    return not any(reached)


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
async def identity(client: AsyncWebClient) -> Identity:
    """Return who the bot is, as the local Slack has said."""
    known = Identity(client)
    await known.learn()
    return known


@pytest.fixture
def clients(identity: Identity, client: AsyncWebClient) -> WorkspaceClients:
    return WorkspaceClients(identity, client)


LanguagesOf = Callable[[FakeService, SlackDirectory, Clock], Languages]


@pytest.fixture
def languages_of() -> LanguagesOf:
    """Return how the bot's languages are made: English alone, for everybody."""
    return lambda *_: IN_ENGLISH


@pytest.fixture
async def bot(
    *,
    languages_of: LanguagesOf,
    slack: LocalSlack,
    client: AsyncWebClient,
    clients: WorkspaceClients,
    identity: Identity,
    session: aiohttp.ClientSession,
) -> AsyncIterator[Bot]:
    parts, clock = _parts(), Clock()
    directory = SlackDirectory(clients, identity, clock)
    service = parts.with_clock(clock)
    languages = languages_of(parts, directory, clock)
    running = Bot(
        local=slack,
        parts=parts,
        service=service,
        messenger=Messenger(clients, parts.requests, languages, clock()),
        client=client,
        clients=clients,
        identity=identity,
        directory=directory,
        app=make_app(client, identity, SIGNING_SECRET),
        session=session,
        clock=clock,
    )
    running.proposals = ProposalOutbox(
        clients, parts.repositories.proposals, languages, clock
    )
    register(
        running.app,
        clients=clients,
        identity=identity,
        organisation=Organisation(identity, directory),
        directory=directory,
        service=running.service,
        messenger=running.messenger,
        home=HomeTabs(
            clients,
            home_of(FakeRepositories(), NothingFollowed(), clock),
            running.messenger,
            languages,
            clock,
        ),
        proposals=running.proposals,
        tasks=running.tasks,
        languages=languages,
    )
    http = web.Application()
    http.add_routes(Receiver(running.app, identity, SIGNING_SECRET).routes())
    async with TestServer(http) as server:
        running.url = str(server.make_url(PATH))
        await slack.delivery.use_http(running.url)
        yield running
        await running.tasks.drain(1)


@pytest.fixture
async def connection(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SocketConnection]:
    """Open a Socket Mode connection, over which the bot is reached from now on."""
    monkeypatch.setattr("bot.slack.inbound.socket_mode._PING_SECONDS", 0.5)
    await bot.slack.delivery.use_socket()
    opened = SocketConnection(bot.app, bot.client, bot.identity, APP_TOKEN, 0.05)
    await opened.start()
    yield opened
    await opened.close()


async def up(slack: LocalSlack, connection: SocketConnection) -> None:
    """Wait until payloads can arrive over the connection."""
    async with asyncio.timeout(60):
        while not (await connection.connected() and slack.connected):
            await asyncio.sleep(0.01)


def _parts() -> FakeService:
    """Return the fakes of a service that knows Contoso Mail as `mail` everywhere."""
    parts = FakeService()
    parts.store.publish(MAIL)
    app = parts.store.apps[MAIL.app_id]
    parts.store.apps[MAIL.app_id] = replace(app, name="Contoso Mail")
    for channel in CHANNELS:
        parts.aliases.put("mail", MAIL, Place(TEAM, channel))
    return parts
