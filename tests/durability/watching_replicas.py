"""Replicas that watch: the parts of bots that look and tell, on the sandbox's clock.

dbos allows one bot in a process, and the clock of another process cannot be moved: here
are the background jobs alone, each replica with its own database connections.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import aiohttp
from sqlalchemy import text

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.requests import Alias, Place
from bot.domain.submissions import Target
from bot.engine.jobs import Job
from bot.sandbox import server
from bot.sandbox.server import Sandbox
from bot.sandbox.store import partner_center
from bot.service import Reminders, Watcher
from bot.slack.client.clients import make_client, open_session
from bot.slack.client.identity import Identity
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.outbox.boards import BoardOutbox
from bot.slack.outbox.notices import NoticeOutbox
from bot.store import Priority, RequestBudget, StoreClient, Tokens
from tests.slack_users import TEAM
from tests.translators import IN_ENGLISH

PER_MINUTE: Final = 20
_ACCOUNT: Final = "main"
# By how much each replica's clock is behind that of the one before.
_BEHIND: Final = timedelta(seconds=5)
_SEEN: Final = text(
    "UPDATE observations SET submission_id = :submission, app_name = 'App',"
    " rollout_enabled = :on, rollout_percentage = 10.0,"
    " rollout_status = 'PackageRolloutInProgress', demand = 0.2,"
    " looked_at = :at, since = :at, due_at = :due WHERE app_id = :app"
)


@dataclass
class Replica:
    """The background jobs of one bot."""

    database: Database
    budget: RequestBudget
    jobs: Sequence[Job]

    async def work(self) -> None:
        """Run each job once, beside the others, as a sweep does."""
        await asyncio.gather(*(job() for job in self.jobs))


class Replicas:
    """Some replicas, with the Store and the Slack that they share."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.running: list[Replica] = []

    @property
    def now(self) -> datetime:
        """The time of all of them."""
        return self.sandbox.clock()

    async def pass_time(self, by: timedelta, step: timedelta) -> None:
        """Let time pass, in steps after each of which everybody works."""
        until = self.now + by
        while self.now < until:
            self.sandbox.clock.advance(step)
            await asyncio.gather(*(one.work() for one in self.running))

    async def follow(self, app_ids: Sequence[str], channels: Sequence[str]) -> None:
        """Name each app in a channel, in turns; a channel has fifty names at most."""
        stored = SqlRepositories(self.running[0].database)
        for index, app_id in enumerate(app_ids):
            place = Place(TEAM, channels[index % len(channels)])
            alias = Alias(app_id.lower(), Target(_ACCOUNT, app_id), "App", None, "U1")
            await stored.aliases.add_alias(place, alias, self.now)
        await stored.watching.follow(self.now)

    async def look_over(self, app_ids: Sequence[str], pause: timedelta) -> None:
        """Let each app have been looked at, and be due one after the other."""
        database = self.running[0].database
        for index, app_id in enumerate(app_ids):
            seen = _SEEN.bindparams(
                submission=self.published(app_id),
                on=True,
                at=self.now,
                due=self.now + index * pause,
                app=app_id,
            )
            await database.run(seen)

    def published(self, app_id: str) -> str:
        """Return the id of the published submission."""
        published = self.sandbox.store.slot(app_id).published
        assert published is not None
        return published.id

    def change(self, app_id: str, verb: str, percentage: float = 100.0) -> None:
        """Change a rollout in Partner Center."""
        store = self.sandbox.store
        slot, switches = store.slot(app_id), store.switches
        partner_center.change(store.catalogue, slot, verb, percentage, switches)

    def most_in_a_minute(self) -> int:
        """Return how many requests the Store had in the fullest minute."""
        times = [
            datetime.fromisoformat(entry.at)
            for entry in self.sandbox.store.requests
            if entry.operation not in {"token", "discovery"}
        ]
        minute = timedelta(minutes=1)
        return max(sum(at <= one < at + minute for one in times) for at in times)

    def refused(self) -> int:
        """Return how many requests were answered 429."""
        return sum(
            entry.status == HTTPStatus.TOO_MANY_REQUESTS
            for entry in self.sandbox.store.requests
        )


@contextlib.asynccontextmanager
async def replicas(urls: Sequence[str]) -> AsyncIterator[Replicas]:
    """Run a replica on each database, which may be the same."""
    async with contextlib.AsyncExitStack() as stack:
        sandbox = await server.start(None, 0)
        stack.push_async_callback(sandbox.stop)
        sandbox.slack.workspace.rate.set(None, 1)
        sandbox.store.switch(rate_limit=str(PER_MINUTE))
        together = Replicas(sandbox)
        for url in urls:
            together.running.append(await _start(together, url, stack))
        yield together


async def _start(
    together: Replicas, url: str, stack: contextlib.AsyncExitStack
) -> Replica:
    sandbox, settings = together.sandbox, together.sandbox.settings
    behind = len(together.running) * _BEHIND

    def clock() -> datetime:
        return sandbox.clock() - behind

    database = Database(url)
    stack.push_async_callback(database.close)
    stored = SqlRepositories(database)
    budget = RequestBudget(_ACCOUNT, PER_MINUTE, stored.bookings, clock)
    tokens = Tokens(
        settings["AZURE_TENANT_ID"],
        settings["AZURE_CLIENT_ID"],
        settings["AZURE_CLIENT_SECRET"],
        settings["AZURE_AUTHORITY_HOST"],
        ca_file=str(sandbox.ca_file),
    )
    session = await stack.enter_async_context(aiohttp.ClientSession())
    watching = StoreClient(
        session,
        tokens,
        settings["STORE_API_URL"],
        budget=budget,
        priority=Priority.WATCHING,
    )
    slack_session = await stack.enter_async_context(open_session())
    client = make_client(
        settings["SLACK_BOT_TOKEN"], settings["SLACK_API_URL"], slack_session
    )
    identity = Identity(client)
    await identity.learn()
    clients = WorkspaceClients(identity, client)
    watcher = Watcher(
        {_ACCOUNT: watching}, stored.watching, clock, budget.watching_rate
    )
    jobs = (
        watcher.look_around,
        Reminders(stored.reminders, clock).remind,
        BoardOutbox(clients, stored.boards, IN_ENGLISH, clock).draw_due,
        NoticeOutbox(clients, stored.notices, IN_ENGLISH, clock).post_due,
    )
    return Replica(database, budget, jobs)
