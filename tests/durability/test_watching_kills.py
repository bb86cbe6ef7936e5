"""Kills of a bot that watches: one board, each change told once, none lost."""

from collections import Counter
from typing import Final

import pytest
from sqlalchemy import text

from bot.domain.events import EventKind
from bot.slack.ids import BOARD_TYPE, NOTICE_TYPE
from tests.durability.fork_server import ForkServer
from tests.durability.harness import logs_of, open_harness
from tests.durability.kill_points import (
    BOARD_KILL_POINTS,
    CHANGE_KILL_POINTS,
    CLOSE_KILL_POINTS,
    EDIT_KILL_POINTS,
    LOOK_KILL_POINTS,
    NOTICE_KILL_POINTS,
    REMINDER_KILL_POINTS,
)
from tests.durability.postgres import MakeDatabase
from tests.durability.story import Story

EVENTS: Final = text("SELECT kind FROM events WHERE unique_key IS NOT NULL")
TOLD: Final = (
    EventKind.DRAFT_BLOCKED,
    EventKind.PERCENTAGE_CHANGED,
    EventKind.ROLLOUT_HALTED,
)


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
