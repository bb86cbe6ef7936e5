"""Chaos: the Store and Slack fail at random, and every message is still true."""

import pytest

from tests.durability.chaos import SHORT, chaos
from tests.durability.fork_server import ForkServer
from tests.durability.harness import logs_of, open_harness
from tests.durability.postgres import MakeDatabase


@pytest.mark.parametrize(("kind", "bots"), [("sqlite", 1), ("postgresql", 2)])
async def test_what_the_messages_claim_in_the_end_is_what_the_store_shows(
    kind: str, bots: int, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    async with open_harness(make_database(kind), fork_server) as harness:
        for _ in range(bots):
            await harness.started(timing=SHORT.timing)
        report = await chaos(harness, 60)

        assert report.false_claims == [], logs_of(harness.bots)
        assert sum(report.results.values()) == 60
        assert report.faults > 60
        assert report.results["done"] > 40
        assert report.corrected > 0
