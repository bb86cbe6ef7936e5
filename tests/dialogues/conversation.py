"""The whole bot beside the sandbox: what people say, press and see in a channel."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, text

from bot.app import Bot, build_app
from bot.config import Settings
from bot.db.models import Base
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.ramp_history import RampHistory
from bot.domain.requests import Place, Request
from bot.engine import EngineTiming
from bot.engine.jobs import TASK
from bot.options import Options
from bot.sandbox.server import Sandbox, start
from bot.sandbox.slack import LocalSlack
from bot.sandbox.store.journal import Entry
from bot.sandbox.store.model import Rollout
from bot.slack.messages.translator import Translators
from bot.store import StoreTimeouts
from tests.engine.harness import HURRIED
from tests.slack_users import IN_GENERAL, IN_MAIL, TEAM, Clock, SlackUsers
from tests.translators import IN_ENGLISH_ALONE

SOCKET, HTTP = "socket", "http"

# The pauses of the world are minutes; follow-ups wait longer than any test.
FAST: Final = EngineTiming(
    retry_pauses=(0.005, 0.01, 0.01, 0.02),
    longest_retry_after=0.02,
    follow_up_pauses=(3600.0,),
    slack_pauses=(0.02, 0.05),
    storage_pause=0.02,
    sweep_interval=0.05,
    job_interval=math.inf,
    stranded_after=5.0,
)

# How many requests a minute the Store takes before it answers 429. A module whose
# dialogues need more has a fixture `store_limit` that returns UNLIMITED.
STORE_LIMIT: Final = "20"
UNLIMITED: Final = "off"

# A busy machine is no fault of the bot.
DONE_WITHIN: Final = 60.0
_POLL: Final = 0.01
TRIGGERS: Final = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")


@dataclass
class Conversation(SlackUsers):
    """What people do and see in Slack, and what is true in the Store."""

    sandbox: Sandbox
    bot: Bot
    database: Database
    clock: Clock
    store_limit: str = UNLIMITED

    @property
    def repositories(self) -> SqlRepositories:
        """The bot's memory, to look into."""
        return SqlRepositories(self.database)

    @property
    def slack(self) -> LocalSlack:
        """The sandbox's Slack."""
        return self.sandbox.slack

    async def quiet(self) -> None:
        """Wait until every command is answered and every decision is shown."""
        async with asyncio.timeout(DONE_WITHIN):
            while not await self._is_quiet():
                await asyncio.sleep(_POLL)

    async def until(self, true: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait for something that must come true."""
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(_POLL)

    def rollout(self, app: str, flight: str | None = None) -> Rollout:
        """Return the rollout of the published submission, as the Store has it."""
        published = self.sandbox.store.slot(app, flight).published
        assert published is not None
        return published.rollout

    def writes(self) -> list[Entry]:
        """Return the Store's calls that meant to change something."""
        return self.sandbox.store.writes()

    async def requests(self, channel: str = IN_MAIL) -> list[Request]:
        """Return what was asked for in the channel, newest first."""
        page = await self.repositories.events.list_history(
            Place(TEAM, channel), None, 50
        )
        entries = [
            entry.request if isinstance(entry, RampHistory) else entry
            for entry in page.entries
        ]
        found = [entry for entry in entries if isinstance(entry, Request)]
        stored = [await self.repositories.requests.get_request(r.id) for r in found]
        kept = [request for request in stored if request is not None]
        return sorted(kept, key=lambda request: request.asked_at, reverse=True)

    async def ending(self, channel: str = IN_MAIL) -> Request:
        """Return the channel's last request."""
        return (await self.requests(channel))[0]

    async def start_over(self) -> None:
        """Leave a Slack without messages, the seeded Store and no memory."""
        self.sandbox.store.reset()
        self.sandbox.store.switch(rate_limit=self.store_limit)
        self.sandbox.store.pipeline.before = None
        slack = self.sandbox.slack
        slack.workspace.faults.clear()
        # A job that is posting what it has read goes on without its row.
        await self.forget()
        await _background_jobs()
        slack.workspace.reset()
        slack.invite(IN_MAIL)
        slack.invite(IN_GENERAL, bot=False)
        slack.directory_actions.start_over()
        await slack.settle()
        self.clock.ahead = timedelta(0)
        await self.forget()

    async def forget(self) -> None:
        """Delete all rows at once; the triggers of the log would refuse that.

        Between two statements a background job could follow, look and remind, and its
        event would be left behind: what has an event is not told again.
        """
        await self.database._connections.call(_delete_all)

    async def _is_quiet(self) -> bool:
        if not self.bot.idle:
            return False
        tomorrow = datetime.now(UTC) + timedelta(days=2)
        if await self.repositories.requests.unclosed_cards(tomorrow):
            return False
        return not await self.repositories.operations.open_operations(tomorrow)


async def _background_jobs() -> None:
    """Wait for the runs of background jobs that have begun."""
    running = [one for one in asyncio.all_tasks() if one.get_name() == TASK]
    if running:
        await asyncio.wait(running, timeout=DONE_WITHIN)


def _delete_all(connection: Connection) -> None:
    triggers = connection.execute(TRIGGERS).all()
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    for trigger in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {trigger.name}")
    for table in reversed(Base.metadata.sorted_tables):
        connection.execute(delete(table))
    for trigger in triggers:
        connection.exec_driver_sql(trigger.sql)
    connection.exec_driver_sql("COMMIT")


async def open_sandbox() -> Sandbox:
    """Start a sandbox whose Slack takes any number of messages, and hurries.

    It waits for an acknowledgement for longer than Slack does, since a busy machine
    is no fault of the bot; how fast the bot is, the benchmark measures.
    """
    sandbox = await start(None, 0)
    sandbox.slack.socket_mode.ack_seconds = DONE_WITHIN
    sandbox.slack.workspace.rate.set(None, 1)
    sandbox.slack.delivery.retry_seconds = (0.0, 0.05, 0.05)
    return sandbox


def settings(sandbox: Sandbox, way: str, url: str, **more: str) -> Settings:
    """Return the settings of a bot in the sandbox that Slack reaches in this way."""
    env = {
        **sandbox.settings,
        "DATABASE_URL": url,
        "HOST": "127.0.0.1",
        "PORT": "0",
        "STORE_REQUESTS_PER_MINUTE": "10000",
    }
    if way == HTTP:
        del env["SLACK_APP_TOKEN"]
    return Settings.from_env({**env, **more})


@asynccontextmanager
async def conversing(
    sandbox: Sandbox,
    way: str,
    url: str,
    *,
    engine_timing: EngineTiming = FAST,
    patience: StoreTimeouts = HURRIED,
    translators: Translators = IN_ENGLISH_ALONE,
    store_limit: str = UNLIMITED,
    reuse_readings_for: timedelta = timedelta(0),
    notice_after: float = DONE_WITHIN,
    clock: Clock | None = None,
    **more: str,
) -> AsyncIterator[Conversation]:
    """Start the bot in the sandbox, on a migrated database."""
    clock = clock or Clock()
    options = Options(
        engine_timing=engine_timing,
        clock=clock,
        notice_seconds=0,
        notice_after=notice_after,
        store_timeouts=patience,
        translators=translators,
        reuse_readings_for=reuse_readings_for,
    )
    bot = build_app(settings(sandbox, way, url, **more), options)
    await bot.start()
    if way == HTTP:
        await sandbox.slack.delivery.use_http(
            f"http://127.0.0.1:{bot.port}/slack/events"
        )
    else:
        await sandbox.slack.until(lambda: sandbox.slack.connected)
    await sandbox.slack.until(lambda: bot.identity.known)
    database = Database(url)
    try:
        yield Conversation(sandbox, bot, database, clock, store_limit)
    finally:
        await database.close()
        await bot.stop(5)
        await sandbox.slack.delivery.use_socket()
