"""Takeover: an operation does not wait long for a replica that is killed or frozen."""

import asyncio
import signal
import statistics

import pytest

from tests.durability.fork_server import ForkServer
from tests.durability.harness import open_harness
from tests.durability.postgres import MakeDatabase
from tests.durability.takeover import TIMING, take_over, work_under_load


@pytest.mark.parametrize(
    ("number", "seconds"), [(signal.SIGKILL, 30.0), (signal.SIGSTOP, 30.0)]
)
async def test_the_operation_of_a_dead_replica_is_finished_within_seconds(
    number: signal.Signals,
    seconds: float,
    make_database: MakeDatabase,
    fork_server: ForkServer,
) -> None:
    async with open_harness(make_database("postgresql"), fork_server) as harness:
        # A server that has just started leaves its replicas time to connect.
        await asyncio.sleep(TIMING.grace_period)
        report = await take_over(harness, number, 3)

    # The other tests share the machine: `python -m tests.durability.takeover` is exact.
    assert statistics.median(report.seconds) <= seconds, report


async def test_no_replica_is_taken_over_while_every_processor_is_busy(
    make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    async with open_harness(make_database("postgresql"), fork_server) as harness:
        report = await work_under_load(harness, 10)

    assert not report.false_takeovers
    assert report.effects == report.operations > 0
