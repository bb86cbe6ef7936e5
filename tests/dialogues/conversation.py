"""The whole bot beside the sandbox: what people say, press and see in a channel."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, text

from bot.app import Bot, Options, build_app
from bot.config import Settings
from bot.db.models import Base
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.requests import Place, Request
from bot.engine import EngineTiming
from bot.sandbox.server import Sandbox, start
from bot.sandbox.store.journal import Entry
from bot.sandbox.store.model import Rollout
from bot.store import StoreTimeouts
from tests.engine.harness import HURRIED

ANN, BEN, GIL = "U0ANN", "U0BEN", "U0GIL"
IN_MAIL, IN_GAMES, IN_GENERAL = "C0MAIL", "C0GAMES", "C0GENERAL"
TEAM: Final = "T0CONTOSO"

SOCKET, HTTP = "socket", "http"

# The pauses of the world are minutes; follow-ups wait longer than any test.
FAST: Final = EngineTiming(
    retry_pauses=(0.005, 0.01, 0.01, 0.02),
    longest_retry_after=0.02,
    follow_up_pauses=(3600.0,),
    slack_pauses=(0.02, 0.05),
    storage_pause=0.02,
    sweep_interval=0.05,
    stranded_after=5.0,
)

_DONE_WITHIN: Final = 60.0
_POLL: Final = 0.01


class Clock:
    """The bot's clock, which a test can set forward."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, minutes: float) -> None:
        self.ahead += timedelta(minutes=minutes)


@dataclass
class Conversation:
    """What people do and see in Slack, and what is true in the Store."""

    sandbox: Sandbox
    bot: Bot
    database: Database
    clock: Clock

    @property
    def repositories(self) -> SqlRepositories:
        """The bot's memory, to look into."""
        return SqlRepositories(self.database)

    async def say(
        self, who: str, text: str, channel: str = IN_MAIL, thread: str | None = None
    ) -> str:
        """Type a command, or write a message; gives the message's timestamp.

        Returns once the bot has nothing left to do.
        """
        ts = ""
        if text.startswith("/"):
            await self.sandbox.slack.command(who, channel, text)
        else:
            ts = await self.sandbox.slack.say(who, channel, text, thread)
            await self.sandbox.slack.settle()
        await self.quiet()
        return ts

    async def press(
        self, who: str, label: str, channel: str = IN_MAIL, *, late: bool = False
    ) -> None:
        """Press the newest button with this label, and see it through."""
        await self.sandbox.slack.press_label(who, channel, label, late=late)
        await self.quiet()

    async def press_on(
        self, who: str, card: dict[str, Any], label: str, channel: str = IN_MAIL
    ) -> None:
        """Press a button of a card as it stood when `card` was read."""
        block, action = place_of(card, label)
        await self.sandbox.slack.press(
            who, channel, card["ts"], block, action, late=True
        )

    async def quiet(self) -> None:
        """Wait until every command is answered and every decision is shown."""
        async with asyncio.timeout(_DONE_WITHIN):
            while not await self._is_quiet():
                await asyncio.sleep(_POLL)

    async def until(self, true: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait for something that must come true."""
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(_POLL)

    def seen(self, who: str = BEN, channel: str = IN_MAIL) -> list[dict[str, Any]]:
        """Return the messages of the channel as this person sees them."""
        return self.sandbox.slack.seen(who, channel)

    def cards(self, channel: str = IN_MAIL) -> list[dict[str, Any]]:
        """Return the bot's own messages that all see, oldest first."""
        shown = self.seen(BEN, channel)
        return [m for m in shown if m["bot"] and not m["ephemeral"]]

    def card(self, channel: str = IN_MAIL) -> dict[str, Any]:
        """Return the newest card."""
        return self.cards(channel)[-1]

    def thread(self, channel: str = IN_MAIL) -> list[str]:
        """Return what stands in the newest card's thread, one text for each message."""
        return [words(reply) for reply in self.card(channel)["replies"]]

    def told(self, who: str, channel: str = IN_MAIL) -> list[str]:
        """Return what this person alone was told, in the channel and in its threads."""
        top = self.seen(who, channel)
        every = [each for one in top for each in (one, *one["replies"])]
        return [words(m) for m in every if m["ephemeral"]]

    def rollout(self, app: str, flight: str | None = None) -> Rollout:
        """Return the rollout of the published submission, as the Store has it."""
        published = self.sandbox.store.slot(app, flight).published
        assert published is not None
        return published.rollout

    def writes(self) -> list[Entry]:
        """Return the Store's calls that meant to change something."""
        return self.sandbox.store.writes()

    async def requests(self, channel: str = IN_MAIL) -> list[Request]:
        """Return what is remembered of the channel, newest first."""
        page = await self.repositories.events.list_history(
            Place(TEAM, channel), None, 50
        )
        found = [entry for entry in page.entries if isinstance(entry, Request)]
        stored = [await self.repositories.requests.get_request(r.id) for r in found]
        return [request for request in stored if request is not None]

    async def ending(self, channel: str = IN_MAIL) -> Request:
        """Return the channel's last request."""
        return (await self.requests(channel))[0]

    async def start_over(self) -> None:
        """Leave a Slack without messages, the seeded Store and no memory."""
        self.sandbox.store.reset()
        self.sandbox.store.pipeline.before = None
        slack = self.sandbox.slack
        slack.workspace.reset()
        slack.workspace.faults.clear()
        slack.invite(IN_MAIL)
        slack.invite(IN_GENERAL, bot=False)
        self.clock.ahead = timedelta(0)
        await self.forget()

    async def forget(self) -> None:
        """Delete all rows; the triggers of the log would refuse that."""
        triggers = await self.database.run(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        )
        for trigger in triggers:
            await self.database.run(text(f"DROP TRIGGER {trigger.name}"))
        for table in reversed(Base.metadata.sorted_tables):
            await self.database.run(delete(table))
        for trigger in triggers:
            await self.database.run(text(trigger.sql))

    async def _is_quiet(self) -> bool:
        if len(self.bot._tasks):
            return False
        tomorrow = datetime.now(UTC) + timedelta(days=2)
        if await self.repositories.requests.unclosed_cards(tomorrow):
            return False
        return not await self.repositories.operations.open_operations(tomorrow)


def words(message: dict[str, Any]) -> str:
    """Return all the words of a message: its fallback text, then its blocks."""
    return "\n".join([message["text"], *_texts(message["blocks"])])


def labels(message: dict[str, Any]) -> list[str]:
    """Return the labels of a message's buttons."""
    return [each["text"]["text"] for each in buttons(message)]


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the buttons of a message."""
    rows = [each for each in message["blocks"] if each["type"] == "actions"]
    return [element for row in rows for element in row["elements"]]


def place_of(message: dict[str, Any], label: str) -> tuple[str, str]:
    """Return the block and the action of the button with this label."""
    for block in message["blocks"]:
        for element in block.get("elements", ()):
            text = element.get("text")
            if isinstance(text, dict) and text["text"] == label:
                return block["block_id"], element["action_id"]
    raise LookupError(label)


async def open_sandbox() -> Sandbox:
    """Start a sandbox whose Slack takes any number of messages, and hurries.

    It waits for an acknowledgement for longer than Slack does, since a busy machine
    is no fault of the bot; how fast the bot is, the benchmark measures.
    """
    sandbox = await start(None, 0)
    sandbox.slack.socket_mode.ack_seconds = _DONE_WITHIN
    sandbox.slack.workspace.rate.set(None, 1)
    sandbox.slack.delivery.retry_seconds = (0.0, 0.05, 0.05)
    return sandbox


def settings(sandbox: Sandbox, way: str, url: str, **more: str) -> Settings:
    """Return the settings of a bot in the sandbox that Slack reaches in this way."""
    env = {**sandbox.settings, "DATABASE_URL": url, "HOST": "127.0.0.1", "PORT": "0"}
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
) -> AsyncIterator[Conversation]:
    """Start the bot in the sandbox, on a migrated database."""
    clock = Clock()
    options = Options(
        engine_timing=engine_timing,
        clock=clock,
        notice_seconds=0,
        store_timeouts=patience,
    )
    bot = build_app(settings(sandbox, way, url), options)
    await bot.start()
    if way == HTTP:
        await sandbox.slack.delivery.use_http(
            f"http://127.0.0.1:{bot.port}/slack/events"
        )
    else:
        await sandbox.slack.until(lambda: sandbox.slack.connected)
    await sandbox.slack.until(lambda: bot._identity.known)
    database = Database(url)
    try:
        yield Conversation(sandbox, bot, database, clock)
    finally:
        await database.close()
        await bot.stop(5)
        await sandbox.slack.delivery.use_socket()


def _texts(part: object) -> list[str]:
    if isinstance(part, list):
        return [text for each in part for text in _texts(each)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if isinstance(part.get("text"), str) else []
    return own + [text for value in part.values() for text in _texts(value)]
