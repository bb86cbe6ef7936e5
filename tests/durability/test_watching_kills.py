"""Kills of a bot that watches: one board, each change told once, none lost."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text

from bot.domain.events import EventKind
from bot.domain.requests import Alias, Place
from bot.domain.submissions import Target
from bot.sandbox.slack.messages import Message
from bot.sandbox.store import partner_center
from bot.slack.ids import BOARD_TYPE, NOTICE_TYPE
from tests.durability.bot_process import FAST
from tests.durability.fork_server import BotProcess, ForkServer
from tests.durability.harness import (
    ANN,
    CHANNEL,
    DurabilityHarness,
    logs_of,
    open_harness,
    until_async,
)
from tests.durability.kill_points import (
    BOARD_KILL_POINTS,
    CHANGE_KILL_POINTS,
    CLOSE_KILL_POINTS,
    EDIT_KILL_POINTS,
    LOOK_KILL_POINTS,
    NOTICE_KILL_POINTS,
    REMINDER_KILL_POINTS,
    KillPoint,
    points_on,
)
from tests.durability.postgres import MakeDatabase
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
EVENTS: Final = text("SELECT kind FROM events WHERE unique_key IS NOT NULL")
OPEN: Final = text(
    "SELECT (SELECT count(*) FROM boards WHERE closed_at IS NULL)"
    " + (SELECT count(*) FROM notices WHERE closed_at IS NULL) AS waiting"
)
TOLD: Final = (
    EventKind.DRAFT_BLOCKED,
    EventKind.PERCENTAGE_CHANGED,
    EventKind.ROLLOUT_HALTED,
)


@dataclass
class Story:
    """An app of which each chapter changes something; its bots are killed."""

    harness: DurabilityHarness
    kind: str
    app_id: str
    first_version: int = 0

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
            await self._until_gone(bot)
            assert "Traceback" not in bot.log_text(), bot.log_text()

    def start(self, **order: Any) -> BotProcess:  # noqa: ANN401 - JSON values
        """Start a bot for whom the leases of the one before are over."""
        clock = self.harness.sandbox.clock
        clock.advance(PAUSE)
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

    async def _until_gone(self, bot: BotProcess) -> None:
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


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_wherever_it_is_killed_there_is_one_board_and_each_change_is_told_once(
    kind: str, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    async with open_harness(make_database(kind), fork_server) as harness:
        story = Story(harness, kind, harness.add_apps(1)[0])
        try:
            await tell(story)
        except TimeoutError:
            pytest.fail(logs_of(harness.bots[-2:]))
        await check(story)


async def tell(story: Story) -> None:
    """Let bots die while they look, post, remind, tell, edit and close."""
    await story.follow()
    await story.die_at(LOOK_KILL_POINTS)
    story.first_version = await story.version()
    await story.die_at(BOARD_KILL_POINTS)
    await story.change("submission")
    await story.die_at(REMINDER_KILL_POINTS)
    await story.die_at(NOTICE_KILL_POINTS)
    await story.change("set", 25.0)
    await story.die_at(CHANGE_KILL_POINTS)
    await story.die_at(EDIT_KILL_POINTS)
    await story.change("halt")
    await story.die_at(CLOSE_KILL_POINTS)
    story.start()
    await story.until_told()


async def check(story: Story) -> None:
    """Check what the channel has read, and what is stored."""
    database = story.harness.database
    [board] = story.marked(BOARD_TYPE)
    told = Counter(
        str((one.metadata or {})["event_payload"]["event"]).split("/")[0]
        for one in story.marked(NOTICE_TYPE)
    )
    events = Counter(row.kind for row in await database.run(EVENTS))

    assert "alted" in str(board.blocks)
    assert told == dict.fromkeys(TOLD, 1), told
    assert events == dict.fromkeys(TOLD, 1), events
    # The percentage and the halt; a draft is no change.
    assert await story.version() == story.first_version + 2
