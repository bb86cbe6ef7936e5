"""Nobody but the bot's own user reads its SQLite files."""

import stat
from pathlib import Path

import pytest

from tests.attacks.http_target import open_target
from tests.dialogues.bot_process import environment, run
from tests.dialogues.conversation import open_sandbox

pytestmark = pytest.mark.asyncio

# The engine's file and its lock have the same names, with ".engine" before the suffix.
NAMES = {
    "rollout.db",
    "rollout.db-shm",
    "rollout.db-wal",
    "rollout.engine.db",
    "rollout.engine.db-shm",
    "rollout.engine.db-wal",
    "rollout.engine.db.lock",
}


def modes(folder: Path) -> dict[str, int]:
    """Return the mode of each database file in a folder."""
    return {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.db*")
    }


async def test_every_sqlite_file_is_for_its_owner_alone_though_it_was_not_before(
    tmp_path: Path,
) -> None:
    """Weakness 26: the file of SQLite could be read by everybody."""
    async with open_target(tmp_path):
        assert modes(tmp_path) == dict.fromkeys(NAMES, 0o600)
        # A crash leaves all of them behind.
    for name in NAMES:
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o644)
    async with open_target(tmp_path):
        assert modes(tmp_path) == dict.fromkeys(NAMES, 0o600)


@pytest.mark.parametrize("command", ["migrate", "doctor"])
async def test_a_command_makes_its_sqlite_file_for_its_owner_alone(
    tmp_path: Path, command: str
) -> None:
    """Weakness 26: so did those that other commands make."""
    sandbox = await open_sandbox()
    try:
        env = environment(sandbox, tmp_path)
        await run(command, env=env, folder=tmp_path)
    finally:
        await sandbox.stop()

    assert set(modes(tmp_path).values()) == {0o600}
