"""The short form of the attack by slow senders."""

from pathlib import Path

import pytest

from tests.attacks.slow_senders import UNFINISHED, attack

SECONDS = 8.0


@pytest.mark.asyncio
async def test_slow_senders_keep_nobody_else_out(tmp_path: Path) -> None:
    """Weakness 3: health checks and clicks timed out, and the log was flooded."""
    report = await attack(tmp_path, SECONDS)

    assert report.failures == []
    assert report.opened >= UNFINISHED
    assert report.closed > 0
    # How often, and how fast, depends on what else the machine has to do.
    assert report.health
    assert report.ready
    assert report.clicks
    assert max(report.files) < 512
    assert max(report.memory) - report.memory[0] < 80
    assert report.log_lines < 100
