"""The data folder: one sandbox at a time; `--fresh` deletes only the state."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from bot.engine.process_lock import acquire
from bot.sandbox.folder import FolderError, lock_folder
from bot.sandbox.ports import PortError
from bot.sandbox.server import Sandbox, start


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest_asyncio.fixture
async def running(folder: Path) -> AsyncIterator[Sandbox]:
    sandbox = await start(folder, 0)
    sandbox.slack.workspace.changed()
    yield sandbox
    await sandbox.stop()


async def test_fresh_deletes_the_state_and_keeps_the_certificate(
    folder: Path, running: Sandbox
) -> None:
    await running.stop()
    certificate = running.ca_file.read_bytes()
    for name in ("rollout.db", "rollout.db-wal", "rollout.engine.db", "store.json"):
        (folder / name).write_text("{}")

    with ExitStack() as closing:
        lock_folder(folder, closing, fresh=True)

    assert names(folder) == ["sandbox-ca.pem", "sandbox-server.pem", "sandbox.lock"]
    assert running.ca_file.read_bytes() == certificate


async def test_fresh_deletes_nothing_else_in_a_folder_that_had_a_sandbox(
    folder: Path, running: Sandbox
) -> None:
    await running.stop()
    (folder / "notes").mkdir()
    (folder / "rollout.db.backup").write_text("mine")

    again = await start(folder, 0, fresh=True)
    await again.stop()

    assert (folder / "notes").is_dir()
    assert (folder / "rollout.db.backup").read_text() == "mine"


async def test_fresh_refuses_a_folder_that_never_had_a_sandbox(tmp_path: Path) -> None:
    (tmp_path / "rollout.db").write_text("the real one")

    with pytest.raises(FolderError, match="so nothing was deleted"):
        await start(tmp_path, 0, fresh=True)

    assert (tmp_path / "rollout.db").read_text() == "the real one"


async def test_fresh_makes_a_folder_that_is_not_there(folder: Path) -> None:
    sandbox = await start(folder, 0, fresh=True)
    await sandbox.stop()

    assert sandbox.ca_file.parent == folder


@pytest.mark.parametrize("fresh", [False, True])
async def test_a_second_sandbox_in_the_same_folder_is_refused_and_deletes_nothing(
    folder: Path, running: Sandbox, *, fresh: bool
) -> None:
    (folder / "store.json").write_text("{}")

    with pytest.raises(FolderError, match="choose another folder with --data"):
        await start(folder, 0, fresh=fresh)

    assert (folder / "store.json").read_text() == "{}"
    assert running.address


async def test_fresh_on_a_taken_port_deletes_nothing(
    running: Sandbox, tmp_path: Path
) -> None:
    other = await start(tmp_path / "other", 0)
    await other.stop()
    (tmp_path / "other" / "store.json").write_text("{}")
    port = int(running.address.rstrip("/").rpartition(":")[2])

    with pytest.raises(PortError):
        await start(tmp_path / "other", port, fresh=True)

    assert "store.json" in names(tmp_path / "other")


async def test_fresh_is_refused_while_a_bot_of_ones_own_uses_the_folder(
    folder: Path, running: Sandbox
) -> None:
    await running.stop()
    with (
        acquire(folder / "rollout.engine.db.lock"),
        pytest.raises(FolderError, match="or a bot"),
    ):
        await start(folder, 0, fresh=True)
