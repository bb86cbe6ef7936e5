"""Story of one followed app: bots are killed one after the other, and time passes."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import text

from bot.domain.requests import Alias, Place
from bot.domain.submissions import Target
from bot.sandbox.slack.messages import Message
from bot.sandbox.store import partner_center
from tests.durability.bot_process import FAST
from tests.durability.fork_server import BotProcess
from tests.durability.harness import ANN, CHANNEL, DurabilityHarness, until_async
from tests.durability.kill_points import KillPoint, points_on
from tests.slack_users import TEAM

WATCHING: Final = replace(FAST, sweep_interval=0.05, job_interval=0.05)
# Between two bots, so that what the one has claimed is free for the other.
PAUSE: Final = timedelta(seconds=120)
# What is due is due at once: looks, edits no sooner than Slack takes them, retries.
HURRY: Final = (
    text("UPDATE boards SET due_at = :past WHERE closed_at IS NULL"),
    text("UPDATE notices SET due_at = :past WHERE closed_at IS NULL"),
)
LOOK: Final = text("UPDATE observations SET due_at = :past, leased_until = NULL")
VERSION: Final = text("SELECT version FROM observations")
OPEN: Final = text(
    "SELECT (SELECT count(*) FROM boards WHERE closed_at IS NULL)"
    " + (SELECT count(*) FROM notices WHERE closed_at IS NULL) AS waiting"
)


@dataclass
class Story:
    """An app of which each chapter changes something; its bots are killed.

    Between two bots so much time passes as `pause` says.
    """

    harness: DurabilityHarness
    kind: str
    app_id: str
    first_version: int = 0
    pause: timedelta = PAUSE

    async def follow(self) -> None:
        """Name the app in the channel."""
        alias = Alias("load", Target("main", self.app_id), "App 0", None, ANN)
        aliases = self.harness.repositories.aliases
        await aliases.add_alias(Place(TEAM, CHANNEL), alias, datetime.now(UTC))

    async def version(self) -> int:
        """Return how often a look has stored something else."""
        [(version,)] = await self.harness.database.run(VERSION)
        return int(version)

    async def change(self, verb: str, percentage: float = 100.0) -> None:
        """Change something in Partner Center; it is looked at now."""
        store = self.harness.sandbox.store
        slot, switches = store.slot(self.app_id, None), store.switches
        partner_center.change(store.catalogue, slot, verb, percentage, switches)
        await self._run(LOOK)

    async def die_at(self, points: dict[str, KillPoint]) -> None:
        """Let a bot die at each of the points, one after the other."""
        for point in points_on(self.kind, points):
            bot = self.start(point=point)
            await self.until_gone(bot)
            assert "Traceback" not in bot.log_text(), bot.log_text()

    def start(self, **order: Any) -> BotProcess:  # noqa: ANN401 - JSON values
        """Start a bot, with all that is due."""
        clock = self.harness.sandbox.clock
        clock.advance(self.pause)
        ahead = clock.ahead.total_seconds()
        return self.harness.start(timing=WATCHING, ahead=ahead, **order)

    async def until_told(self) -> None:
        """Wait until nothing is open or waits."""

        async def told() -> bool:
            for statement in HURRY:
                await self._run(statement)
            [(waiting,)] = await self.harness.database.run(OPEN)
            return bool(waiting == 0)

        await until_async(told)

    async def until_gone(self, bot: BotProcess) -> None:
        """Wait until the bot has died; what can wait is due at once."""
        async with asyncio.timeout(30):
            while bot.alive:
                for statement in HURRY:
                    await self._run(statement)
                await asyncio.sleep(0.05)

    async def _run(self, statement: Any) -> None:  # noqa: ANN401 - a text
        past = datetime(2020, 1, 1, tzinfo=UTC)
        typed = statement.bindparams(past=past)
        await self.harness.database.run(typed)

    def marked(self, kind: str) -> list[Message]:
        """Return the bot's messages of a kind."""
        everything = self.harness.sandbox.slack.workspace.messages.everything()
        return [
            one for one in everything if (one.metadata or {}).get("event_type") == kind
        ]
