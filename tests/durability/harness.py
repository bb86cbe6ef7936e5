"""Durability harness: a Store, a Slack and a database that outlive the bots."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot.db.events import OF_REQUESTS
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.requests import Request, RequestState
from bot.domain.results import result_code
from bot.sandbox import server
from bot.sandbox.server import Sandbox
from bot.sandbox.slack.errors import DeliveryError, UserActionError
from bot.sandbox.slack.messages import Message
from bot.sandbox.store.journal import Entry
from bot.sandbox.store.model import (
    PUBLISHED,
    App,
    Rollout,
    RolloutStatus,
    Submission,
    SubmissionSlot,
)
from bot.slack.ids import CARD_PART, CONFIRM, DECISION_BLOCK
from tests.durability.fork_server import BotProcess, ForkServer

ANN: Final = "U0ANN"
CHANNEL: Final = "C0MAIL"
MAIL: Final = "9NMAIL000001"
# Bots that are started all the time would use up what steps of ramps may take.
MANY_REQUESTS: Final = {"STORE_REQUESTS_PER_MINUTE": "10000"}
_POLL: Final = 0.02
_ASK_AT_ONCE: Final = 8
_PRESS_SECONDS: Final = 60.0
_NEWEST: Final = 50


@dataclass
class DurabilityHarness:
    """What the bots of a test work with; `bots` are the processes that were started.

    `settings` are those of the bots beside the sandbox's.
    """

    sandbox: Sandbox
    database_url: str
    fork_server: ForkServer
    database: Database
    repositories: SqlRepositories
    bots: list[BotProcess] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    settings: dict[str, str] = field(default_factory=dict)

    def start(self, *, http: bool = False, **order: Any) -> BotProcess:  # noqa: ANN401 - JSON values
        """Start a bot; it is up a moment later."""
        settings = {
            **self.sandbox.settings,
            "REQUESTS_CA_BUNDLE": str(self.sandbox.ca_file),
            "DATABASE_URL": self.database_url,
            "HOST": "127.0.0.1",
            "PORT": "0",
            **self.settings,
        }
        if http:
            settings["SLACK_APP_TOKEN"] = ""
        bot = self.fork_server.start(settings, **order)
        self.bots.append(bot)
        return bot

    async def started(self, **order: Any) -> BotProcess:  # noqa: ANN401 - JSON values
        """Start a bot and wait until it takes payloads."""
        sockets = self.sandbox.slack.socket_mode
        # Slack notices a moment later that a killed bot has hung up.
        await until(lambda: sockets.connections <= sum(b.alive for b in self.bots))
        before = sockets.connections
        bot = self.start(**order)
        await bot.up()
        if not order.get("http"):
            await until(lambda: sockets.connections > before)
        return bot

    async def mortal(self, point: str | None) -> BotProcess:
        """Return a bot that dies at this point: the last one, where it still runs."""
        bot = self.bots[-1] if self.bots else None
        if bot is None or not bot.alive:
            return await self.started(point=point)
        if point is not None:
            await bot.arm(point)
        return bot

    async def ask(self, text: str) -> str:
        """Type a command that makes a card; return the request's id."""
        app_id = text.split()[1]
        # On a busy machine the ack may come too late: the bot has the command, and
        # posts the card all the same.
        with contextlib.suppress(DeliveryError):
            await self.sandbox.slack.command(ANN, CHANNEL, f"/rollout {text}")
        found: list[str] = []

        def posted() -> bool:
            messages = self.sandbox.slack.workspace.messages
            for message in messages.top_level(CHANNEL, _NEWEST):
                request_id = _about(message, CARD_PART)
                new = request_id is not None and request_id not in self.asked
                # Of commands typed at the same time, each finds its own card.
                if request_id and new and app_id in str(message.blocks):
                    self.asked.add(request_id)
                    found.append(request_id)
                    return True
            return False

        await until(posted)
        return found[0]

    async def ask_all(self, texts: Iterable[str]) -> list[str]:
        """Type such commands, some at the same time; return the requests' ids."""
        turns = asyncio.Semaphore(_ASK_AT_ONCE)

        async def ask(text: str) -> str:
            async with turns:
                return await self.ask(text)

        return await asyncio.gather(*map(ask, texts))

    async def click(self, request_id: str, button: str = CONFIRM) -> bool:
        """Press a card's button; return False where no bot took the click."""
        card = self.cards()[request_id]
        try:
            await self.sandbox.slack.press(
                ANN, CHANNEL, card.ts, DECISION_BLOCK, button, late=True
            )
        except (DeliveryError, UserActionError):
            return False
        return True

    async def press(self, request_id: str, button: str = CONFIRM) -> None:
        """Press a card's button until the request is decided, as a person does.

        On a busy machine Slack may give a click up before the bot has read it.
        """
        async with asyncio.timeout(_PRESS_SECONDS):
            await self.click(request_id, button)
            while await self.is_pending(request_id):
                await asyncio.sleep(_POLL)
                await self.click(request_id, button)

    def cards(self) -> dict[str, Message]:
        """Return the cards in the channel, by the id of their request."""
        messages = self.sandbox.slack.workspace.messages.top_level(CHANNEL)
        return {
            request_id: message
            for message in messages
            if (request_id := _about(message, CARD_PART))
        }

    def posted(self, request_id: str) -> list[str]:
        """Return the results in the card's thread, as often as each stands there."""
        messages = self.sandbox.slack.workspace.messages
        card = self.cards()[request_id]
        return [
            str(reply.metadata["event_payload"]["part"])
            for reply in messages.thread(card)[1:]
            if reply.metadata is not None
        ]

    def effects(self, submission_id: str | None = None) -> list[Entry]:
        """Return the calls that changed something, of one submission or of all."""
        return [
            entry
            for entry in self.sandbox.store.effects()
            if submission_id is None or f"/{submission_id}/" in entry.path
        ]

    async def request(self, request_id: str) -> Request:
        """Return the request as the database has it."""
        request = await self.repositories.requests.get_request(request_id)
        assert request is not None
        return request

    async def events(self, request_id: str) -> list[str]:
        """Return the kinds of the request's events, in their order."""
        found = await self.database.run(OF_REQUESTS, {"ids": [request_id]})
        return [row.kind for row in found]

    async def open_requests(self) -> set[str]:
        """Return the ids of decided requests whose end is not shown yet."""
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        operations = await self.repositories.operations.open_operations(tomorrow)
        cards = await self.repositories.requests.unclosed_cards(tomorrow)
        return {*operations, *cards}

    async def all_over(self) -> bool:
        """Return whether every decided request has its end, and shows it."""
        return not await self.open_requests()

    async def is_pending(self, request_id: str) -> bool:
        """Return whether nobody's press has decided the request."""
        return (await self.request(request_id)).state is RequestState.PENDING

    async def closed(self, request_id: str, seconds: float = 60.0) -> str:
        """Wait until a request is over and shown; return the code of its result."""

        async def over() -> bool:
            if (await self.request(request_id)).result is None:
                return False
            return request_id not in await self.open_requests()

        await until_async(over, seconds)
        result = (await self.request(request_id)).result
        assert result is not None
        return result_code(result)

    def add_apps(self, number: int, percentage: float = 10.0) -> list[str]:
        """Put more apps into the Store, each with a rollout; return their Store IDs."""
        return add_apps(self.sandbox, number, percentage)


@contextlib.asynccontextmanager
async def open_harness(
    database_url: str, fork_server: ForkServer
) -> AsyncIterator[DurabilityHarness]:
    """Run a Store and a Slack; the bots that were started are killed at the end."""
    sandbox = await server.start(None, 0)
    sandbox.slack.workspace.rate.set(None, 1)
    # No effect may be forgotten.
    sandbox.store.journal.entries = deque()
    database = Database(database_url)
    harness = DurabilityHarness(
        sandbox, database_url, fork_server, database, SqlRepositories(database)
    )
    try:
        yield harness
    finally:
        for bot in harness.bots:
            bot.kill()
            await bot.gone()
        await database.close()
        await sandbox.stop()
        # What was meant for the killed is given up now.
        await asyncio.sleep(0.05)


def add_apps(sandbox: Sandbox, number: int, percentage: float = 10.0) -> list[str]:
    """Put apps into a Store, each with an open rollout; return their Store IDs."""
    catalogue = sandbox.store.catalogue
    ids = []
    for index in range(number):
        app_id = f"9NLOAD{len(catalogue.apps):06d}"
        ids.append(app_id)
        status = RolloutStatus.IN_PROGRESS
        older = Submission(catalogue.new_id(), 1, PUBLISHED, ["1.0.0.0"])
        rollout = Rollout(True, percentage, status, older.id)
        now = Submission(catalogue.new_id(), 2, PUBLISHED, ["1.1.0.0"], rollout)
        slot = SubmissionSlot(now, None, [older])
        catalogue.apps.append(App(app_id, f"App {index}", slot))
    return ids


async def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something that must come true."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(_POLL)


async def until_async(
    true: Callable[[], Awaitable[bool]], seconds: float = 60.0
) -> None:
    """Wait for something that must come true, and has to be asked for."""
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(_POLL)


def ephemeral_text(harness: DurabilityHarness) -> str:
    """Return what only the one who presses sees."""
    seen = harness.sandbox.slack.seen(ANN, CHANNEL)
    return "\n".join(message["text"] for message in seen if message["ephemeral"])


def database_is_away(harness: DurabilityHarness) -> bool:
    """Return whether somebody was told that the database does not answer."""
    told = ephemeral_text(harness)
    return any(word in told for word in ("memory", "database"))


def sqlite_file(database_url: str, name: str) -> Path:
    """Return the file of the "rollout" tables or of the "engine"."""
    path = Path("/", database_url.rpartition("///")[2].lstrip("/"))
    if name == "engine":
        return path.with_name(f"{path.stem}.engine{path.suffix}")
    return path


def logs_of(bots: list[BotProcess]) -> str:
    """Return the logs of the bots, for a test that failed."""
    return "\n".join(f"--- {bot.pid}\n{_tail(bot.log)}" for bot in bots)


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-40:])


def _about(message: Message, part: str) -> str | None:
    """Return the request that a message is that part of, if it is one."""
    if message.metadata is None:
        return None
    payload = message.metadata["event_payload"]
    return str(payload["request_id"]) if payload.get("part") == part else None
