"""Composition root: the only place that names the concrete classes of the bot."""

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Final

from aiohttp import web

from bot.config import Settings
from bot.db.backlog import read_backlog
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.operations import Operation
from bot.engine import Dependencies, Engine
from bot.health import Health
from bot.metrics import Metrics
from bot.options import CLOSING_SECONDS, DRAIN_SECONDS, Options
from bot.service import (
    OperationExecutor,
    Readings,
    Reminders,
    Repositories,
    RolloutService,
    Watcher,
)
from bot.service.deciders import Deciders
from bot.service.home import Home
from bot.service.languages import ChannelLanguages
from bot.service.plans import Ramps
from bot.slack.client.clients import make_app, make_client, open_session
from bot.slack.client.directory import SlackDirectory
from bot.slack.client.identity import Identity
from bot.slack.client.locales import Locales
from bot.slack.client.organisation import Organisation
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.inbound.receiver import Receiver
from bot.slack.inbound.socket_mode import SocketConnection
from bot.slack.listeners.register import register
from bot.slack.listeners.tasks import BackgroundTasks
from bot.slack.messages.failures import plain_failure_text
from bot.slack.messages.translator import load_translator
from bot.slack.outbox.approval_reminders import ApprovalReminders
from bot.slack.outbox.boards import BoardOutbox
from bot.slack.outbox.home import HomeTabs
from bot.slack.outbox.languages import Languages
from bot.slack.outbox.messenger import Messenger
from bot.slack.outbox.notices import NoticeOutbox
from bot.slack.outbox.proposals import ProposalOutbox
from bot.store import AccessCheck, RequestBudget, StoreClient, Tokens, clients_of
from bot.store import open_session as open_store_session
from bot.web import HttpServer, SharedCheck

# The account that the Entra application of the settings speaks for.
MAIN_ACCOUNT: Final = "main"

_log = logging.getLogger("bot")


class Bot:
    """The running bot; build it with `build_app`."""

    def __init__(self, settings: Settings, options: Options) -> None:
        self._settings = settings
        self._options = options
        self._closing = AsyncExitStack()

    async def start(self) -> None:
        """Open everything; return once the bot listens, or connects to Slack.

        The database must be migrated. Raises what `Engine.start` raises, and
        AddressError where HTTP cannot listen.
        """
        async with AsyncExitStack() as stack:
            await self._open(stack)
            self._closing = stack.pop_all()

    async def stop(self, seconds: float = DRAIN_SECONDS) -> None:
        """Shut down gracefully: accept no more work, finish within `seconds`, close."""
        until = asyncio.get_running_loop().time() + max(seconds - CLOSING_SECONDS, 0.0)
        self._health.drain()
        if self._socket is None:
            await asyncio.sleep(min(self._options.notice_seconds, seconds))
        else:
            await self._socket.close()
        left = until - asyncio.get_running_loop().time()
        await self._tasks.drain(max(left, 0.0))
        left = until - asyncio.get_running_loop().time()
        await self._engine.stop(max(left, 0.0))
        await self._closing.aclose()
        _log.info("the bot has ended")

    @property
    def port(self) -> int:
        """The port that HTTP listens on."""
        return self._server.port

    @property
    def identity(self) -> Identity:
        """Who the bot is in Slack, once Slack has said so."""
        return self._identity

    @property
    def idle(self) -> bool:
        """Whether no command, press or mention is being worked on."""
        return len(self._tasks) == 0

    async def _open(self, stack: AsyncExitStack) -> None:
        settings = self._settings
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        repositories = SqlRepositories(database)
        clock, rate = self._options.clock, settings.store_requests_per_minute
        budget = RequestBudget(MAIN_ACCOUNT, rate, repositories.bookings, clock)
        metrics = Metrics(lambda: read_backlog(database, clock()), budget.remaining)
        sharing = asyncio.create_task(budget.share())
        stack.callback(sharing.cancel)
        operations, cards, status, watching = await self._open_stores(
            budget, metrics, stack
        )

        store_access = AccessCheck(
            status[MAIN_ACCOUNT],
            lambda detail: plain_failure_text(load_translator(), detail),
        )

        slack_session = await stack.enter_async_context(open_session())
        client = make_client(
            settings.slack_bot_token,
            settings.slack_api_url,
            slack_session,
            metrics.slack_called,
        )
        self._identity = Identity(client)
        clients = WorkspaceClients(self._identity, client)
        directory = SlackDirectory(clients, self._identity, clock)
        self._channel_languages = ChannelLanguages(
            repositories.languages, repositories.events, clock
        )
        languages = Languages(
            self._options.translators, Locales(directory), self._channel_languages
        )
        messenger = Messenger(clients, repositories.requests, languages, clock())
        self._tasks = BackgroundTasks()

        reuse_for = self._options.reuse_readings_for
        readings = Readings(cards, status, repositories.watching, clock, reuse_for)
        executor = OperationExecutor(
            operations, repositories.operations, clock, record=readings.record
        )
        watcher = Watcher(watching, repositories.watching, clock, budget.watching_rate)
        stored = Repositories(
            aliases=repositories.aliases,
            subscriptions=repositories.subscriptions,
            rules=repositories.rules,
            locks=repositories.locks,
            requests=repositories.requests,
            events=repositories.events,
            deliveries=repositories.deliveries,
            release_channels=repositories.release_channels,
            proposals=repositories.proposals,
            plans=repositories.plans,
        )
        deciders = Deciders(stored, directory, settings.release_channels, clock)
        read_home = Home(repositories.home, repositories.locks, deciders, clock)
        home = HomeTabs(clients, read_home, messenger, languages, clock)
        proposals = ProposalOutbox(clients, repositories.proposals, languages, clock)

        async def start(operation: Operation) -> None:
            await self._engine.start_operation(operation)

        ramps = Ramps(
            operations, stored.plans, stored.locks, start, clock, budget.spare
        )
        jobs = (
            watcher.look_around,
            ramps.go_on,
            Reminders(repositories.reminders, clock).remind,
            BoardOutbox(clients, repositories.boards, languages, clock).draw_due,
            NoticeOutbox(clients, repositories.notices, languages, clock).post_due,
            ApprovalReminders(
                clients, repositories.approval_reminders, languages, clock
            ).post_due,
            home.refresh,
            self._channel_languages.refresh,
            proposals.show_due,
        )
        self._engine = Engine(
            settings.database_url,
            Dependencies(
                requests=repositories.requests,
                operations=repositories.operations,
                executor=executor,
                notifier=messenger,
                retention=repositories.retention,
                keep_for=settings.keep_for,
                keep_events_for=settings.keep_events_for,
                clock=clock,
                timing=self._options.engine_timing,
                jobs=jobs,
                on_end=metrics.operation_ended,
            ),
            repositories.deliveries,
        )
        service = RolloutService(
            stores=cards,
            readings=readings,
            account=MAIN_ACCOUNT,
            repositories=stored,
            starter=self._engine,
            directory=directory,
            languages=self._channel_languages,
            confirm_for=settings.confirm_for,
            release_channels=settings.release_channels,
            notice_after=self._options.notice_after,
            clock=clock,
        )
        secret = None if settings.slack_app_token else settings.slack_signing_secret
        bolt = make_app(client, self._identity, secret)
        register(
            bolt,
            clients=clients,
            identity=self._identity,
            organisation=Organisation(self._identity, directory),
            directory=directory,
            service=service,
            messenger=messenger,
            home=home,
            proposals=proposals,
            tasks=self._tasks,
            languages=languages,
        )

        routes: list[web.RouteDef] = []
        self._socket: SocketConnection | None = None
        if settings.slack_app_token:
            self._socket = SocketConnection(
                bolt, client, self._identity, settings.slack_app_token
            )
        else:
            receiver = Receiver(bolt, self._identity, secret or "")
            routes += receiver.routes()
        self._health = Health(
            self._identity,
            self._socket,
            SharedCheck(database.check),
            store_access,
        )
        routes += [*self._health.routes(), *metrics.routes()]

        await self._start(routes, stack)
        checking = asyncio.create_task(store_access.run())
        stack.callback(checking.cancel)

    async def _start(self, routes: list[web.RouteDef], stack: AsyncExitStack) -> None:
        """Start what runs by itself, and listen."""
        await self._channel_languages.refresh_if_possible()
        # The engine resumes unfinished operations at once, so all their parts must be
        # ready before it starts.
        await self._engine.start()
        stack.push_async_callback(self._engine.stop, 0.0)
        self._server = HttpServer(routes)
        stack.push_async_callback(self._server.stop)
        await self._server.start(self._settings.host, self._settings.port)
        if self._socket is not None:
            await self._socket.start()
        else:
            learning = asyncio.create_task(self._identity.learn_with_retry())
            stack.callback(learning.cancel)

    async def _open_stores(
        self, budget: RequestBudget, metrics: Metrics, stack: AsyncExitStack
    ) -> list[dict[str, StoreClient]]:
        """Return the Store of each priority, on one session and one budget."""
        settings = self._settings
        session = await stack.enter_async_context(
            open_store_session(settings.store_api_url)
        )
        tokens = Tokens(
            settings.azure_tenant_id,
            settings.azure_client_id,
            settings.azure_client_secret,
            settings.azure_authority_host,
        )
        return clients_of(
            MAIN_ACCOUNT,
            session,
            tokens,
            settings.store_api_url,
            timeouts=self._options.store_timeouts,
            budget=budget,
            observer=metrics,
        )


def build_app(settings: Settings, options: Options | None = None) -> Bot:
    """Build the bot; nothing is opened before `Bot.start`."""
    return Bot(settings, options or Options())
