"""When the Store and Slack misbehave at random, what is said is still the truth."""

import pytest

from tests.durability.chaos import SHORT, chaos
from tests.durability.harness import said, scene
from tests.durability.killed_processes import Nursery
from tests.durability.postgres import MakeDatabase


@pytest.mark.parametrize(("kind", "bots"), [("sqlite", 1), ("postgresql", 2)])
async def test_what_is_said_in_the_end_is_what_the_store_shows(
    kind: str, bots: int, make_database: MakeDatabase, nursery: Nursery
) -> None:
    async with scene(make_database(kind), nursery) as stage:
        for _ in range(bots):
            await stage.started(engine_timing=SHORT.timing)
        ending = await chaos(stage, 60)

        assert ending.lies == [], said(stage.bots)
        assert sum(ending.results.values()) == 60
        assert ending.faults > 60
        assert ending.results["done"] > 40
        assert ending.corrected > 0
