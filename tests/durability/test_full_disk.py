"""Full disk: a clear error, no click is lost, and none is half-done."""

import asyncio
import contextlib
import errno
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from io import RawIOBase
from pathlib import Path
from typing import Final

import pytest

from tests.durability.fork_server import ForkServer
from tests.durability.harness import (
    DurabilityHarness,
    database_is_away,
    logs_of,
    open_harness,
    sqlite_file,
    until,
)

OPERATIONS: Final = 8
_SIZE: Final = "4m"
_PIECE: Final = 4096


class SmallDisk:
    """A disk of its own that can be filled up."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self, spare: int) -> None:
        """Leave only so many bytes."""
        with self._filler.open("wb", buffering=0) as filler:
            while _wrote(filler):
                pass
            filler.truncate(max(0, self._filler.stat().st_size - spare))

    def make_room(self) -> None:
        """Take the filling away."""
        self._filler.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Mount a small disk; skips where this account may not mount."""
    place = tmp_path / "disk"
    place.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        pytest.skip("there is no mount here")
    options = ["-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(place)]
    if subprocess.run([mount, *options], capture_output=True, check=False).returncode:
        pytest.skip("this account may not mount a disk")
    yield SmallDisk(place)
    subprocess.run([umount, "-l", str(place)], check=True)


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("spare", [0, 60_000, 200_000])
async def test_a_full_disk_loses_no_click_and_leaves_none_half_done(
    spare: int,
    restarted: bool,
    small_disk: SmallDisk,
    sqlite_template: Path,
    fork_server: ForkServer,
) -> None:
    database = Path(shutil.copy(sqlite_template, small_disk.path / "rollout.db"))
    async with open_harness(f"sqlite:///{database}", fork_server) as harness:
        bot = await harness.started()
        ids = [await harness.ask(f"halt {app}") for app in harness.add_apps(OPERATIONS)]
        await asyncio.to_thread(_empty_logs, harness.database_url)
        small_disk.fill(spare)

        for request_id in ids:
            await harness.click(request_id)
        await until(lambda: "full" in bot.log_text() or database_is_away(harness))
        await asyncio.sleep(0.5)
        if restarted:
            bot.kill()
            await bot.gone()
        small_disk.make_room()
        if restarted:
            await harness.started()
        await _finish(harness, ids)

        assert len(harness.effects()) == OPERATIONS, logs_of(harness.bots)
        posted = [harness.posted(one) for one in ids]
        assert posted == [["result:done"]] * OPERATIONS, posted
        assert restarted or bot.alive


async def _finish(harness: DurabilityHarness, ids: list[str]) -> None:
    """Wait for what was taken, and press again what was not."""
    for request_id in ids:
        if (await harness.request(request_id)).decided_at is None:
            assert await harness.click(request_id)
    for request_id in ids:
        assert await harness.closed(request_id) == "done", logs_of(harness.bots)


def _wrote(filler: RawIOBase) -> bool:
    """Write one more piece; False where there is no room for it."""
    try:
        filler.write(b"\0" * _PIECE)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False
    return True


def _empty_logs(database_url: str) -> None:
    """Make the write-ahead logs need room for the very next write."""
    for name in ("rollout", "engine"):
        path = sqlite_file(database_url, name)
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
