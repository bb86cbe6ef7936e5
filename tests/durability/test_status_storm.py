"""A short storm of statuses, on one bot and on two replicas; see tests/attacks."""

import pytest

from tests.attacks.status_storm import run_storm
from tests.durability.fork_server import ForkServer
from tests.durability.postgres import MakeDatabase

SECONDS = 12.0
HALTS = 3


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_halts_pass_a_storm_of_statuses_and_every_status_is_answered(
    kind: str, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    report = await run_storm(make_database(kind), fork_server, SECONDS, HALTS)

    assert report.answered == report.typed > SECONDS * 9, report
    assert report.without_age == 0, report
    assert len(report.cards) == len(report.posts) == HALTS, report
    assert max(report.cards) < 20, report
    assert max(report.posts) < 20, report
    assert report.most_429_a_minute <= 5, report
    assert report.first_status <= 20, report
