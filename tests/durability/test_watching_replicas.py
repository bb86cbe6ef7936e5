"""Watching for hours: within the Store's limit, each change told once, by replicas too.

The hours are the sandbox's: Store, Slack and bots read the same clock.
"""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

import pytest
from sqlalchemy import text

from bot.slack.ids import BOARD_TYPE, NOTICE_TYPE
from tests.durability.harness import add_apps
from tests.durability.postgres import MakeDatabase
from tests.durability.watching_replicas import Replicas, replicas
from tests.slack_users import IN_GAMES, IN_MAIL

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
SECOND: Final = timedelta(seconds=1)
STEP: Final = MINUTE
# What watching may take of the limit.
SHARE: Final = 6
TARGETS: Final = 100
MANY: Final = 1000
CHANGES: Final = (("set", 25.0), ("halt", 0.0), ("finalize", 0.0))
EVENTS: Final = text("SELECT app_id FROM events WHERE unique_key IS NOT NULL")
LIMITED: Final = "429_with_retry_after"
READS: Final = ("read", "apps", "app")


@pytest.mark.parametrize(("kind", "number"), [("sqlite", 1), ("postgresql", 2)])
async def test_in_an_hour_each_target_has_one_board_and_each_change_is_told_once(
    kind: str, number: int, make_database: MakeDatabase
) -> None:
    async with replicas([make_database(kind)] * number) as together:
        apps = add_apps(together.sandbox, TARGETS)
        await together.follow(apps, [IN_MAIL, IN_GAMES])
        await together.look_over(apps, 10 * SECOND)
        while len(about(together, BOARD_TYPE)) < TARGETS:
            await together.pass_time(2 * SECOND, 2 * SECOND)
        changed = await change_some(together, apps)
        await together.pass_time(50 * MINUTE, STEP)

        assert together.most_in_a_minute() <= SHARE
        assert together.refused() == 0
        boards = [one["submission"] for one in about(together, BOARD_TYPE)]
        assert Counter(boards) == dict.fromkeys(map(together.published, apps), 1)
        assert await told_apps(together) == dict.fromkeys(changed, 1)
        told = Counter(one["event"] for one in about(together, NOTICE_TYPE))
        assert set(told.values()) == {1}
        assert len(told) == len(changed)


async def test_a_thousand_targets_are_watched_within_the_limit_and_through_a_storm(
    migrated_sqlite_url: str,
) -> None:
    async with replicas([migrated_sqlite_url]) as together:
        [replica] = together.running
        store, budget = together.sandbox.store, replica.budget
        # The channels are another test.
        replica.jobs = replica.jobs[:1]
        apps = add_apps(together.sandbox, MANY)
        await together.follow(apps, [f"C0MANY{number}" for number in range(20)])
        await together.look_over(apps, 10 * SECOND)
        early = await change_some(together, apps[: MANY // 5])
        await together.pass_time(HOUR, STEP)
        assert together.most_in_a_minute() <= SHARE
        assert together.refused() == 0

        late = await change_some(together, apps[2 * MANY // 5 : MANY // 2])
        for operation in READS:
            store.arm(operation, LIMITED, -1, 5)
        await together.pass_time(10 * MINUTE, STEP)
        store.clear_faults()
        stormy = together.refused()
        rates = [budget.watching_rate()]
        for _ in range(6):
            await together.pass_time(10 * MINUTE, STEP)
            rates.append(budget.watching_rate())
        await together.pass_time(HOUR, STEP)

        assert together.refused() == stormy
        assert together.most_in_a_minute() <= SHARE
        assert await told_apps(together) == dict.fromkeys([*early, *late], 1)
    # Each look in the storm has halved the rate, to one request a minute at the least.
    assert 1 < stormy <= 20
    assert rates[0] == pytest.approx(1.0, abs=0.2)
    gains = [after - before for before, after in pairwise(rates)]
    # The first ten minutes begin with the last 429, some way below one a minute.
    assert gains[1:5] == pytest.approx([1.0] * 4, abs=0.1)
    assert rates[-1] == SHARE


async def change_some(together: Replicas, apps: list[str]) -> list[str]:
    """Change some of the apps, a minute apart; return which."""
    changed = apps[:: len(apps) // 20]
    for index, app_id in enumerate(changed):
        together.change(app_id, *CHANGES[index % len(CHANGES)])
        await together.pass_time(STEP, STEP)
    return changed


async def told_apps(together: Replicas) -> Counter[str]:
    """Return of how many changes of each app the log tells."""
    rows = await together.running[0].database.run(EVENTS)
    return Counter(row.app_id for row in rows)


def about(together: Replicas, kind: str) -> list[dict[str, Any]]:
    """Return what the bot's messages of a kind are about."""
    everything = together.sandbox.slack.workspace.messages.everything()
    found = [one.metadata or {} for one in everything]
    return [one["event_payload"] for one in found if one.get("event_type") == kind]
