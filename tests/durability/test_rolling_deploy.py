"""Rolling deploy and rollback: operations in flight end under whatever version runs."""

import pytest

from tests.durability.fork_server import ForkServer
from tests.durability.harness import logs_of, open_harness
from tests.durability.postgres import MakeDatabase
from tests.durability.rolling_deploy import deploy_and_roll_back

OPERATIONS = 12


@pytest.mark.parametrize(("kind", "replicas"), [("sqlite", 1), ("postgresql", 2)])
async def test_operations_in_flight_survive_a_deploy_and_a_rollback(
    kind: str, replicas: int, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    async with open_harness(make_database(kind), fork_server) as harness:
        report = await deploy_and_roll_back(harness, OPERATIONS, replicas)

        assert report.in_flight == [OPERATIONS // 2, OPERATIONS, OPERATIONS], report
        assert report.results == {"done": OPERATIONS}, logs_of(harness.bots)
        assert report.effects == report.posted_once == OPERATIONS, report
        assert report.broken_off >= OPERATIONS, report
