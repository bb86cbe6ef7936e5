"""Data folder of the sandbox: locked by one sandbox at a time, and emptied safely."""

import fcntl
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

# The certificate to trust: a folder that has it holds a sandbox.
CA_FILE: Final = "sandbox-ca.pem"
IN_USE: Final = (
    "Another sandbox, or a bot, uses the folder {folder}. Stop that one, or choose"
    " another folder with --data."
)
NOT_A_SANDBOX: Final = (
    "The folder {folder} holds other things and no sandbox, so nothing was deleted."
    " Choose another folder with --data, or leave out --fresh."
)
_LOCK_FILE: Final = "sandbox.lock"
# The bot's engine locks this one, whether the sandbox or a person started the bot.
_ENGINE_FILE: Final = "rollout.engine.db"
# The state of a run; the certificate stays, because clients may trust it.
_STATE_FILES: Final = (
    "rollout.db",
    _ENGINE_FILE,
    "slack.json",
    "store.json",
    "clock.json",
)
_SUFFIXES: Final = ("", "-wal", "-shm", "-journal", ".lock", ".tmp")


class FolderError(Exception):
    """The folder cannot be used; the message says what to do."""


def lock_folder(folder: Path, closing: ExitStack, *, fresh: bool = False) -> None:
    """Lock `folder` for this sandbox until `closing` is closed.

    With `fresh` the state of an earlier run is deleted, and nothing else. Raises
    FolderError where another sandbox uses the folder, and, with `fresh`, where a bot
    uses it or where it holds files but never held a sandbox.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if fresh and any(folder.iterdir()) and not (folder / CA_FILE).exists():
        raise FolderError(NOT_A_SANDBOX.format(folder=folder))
    # Two sandboxes would overwrite each other's state. A kill releases the lock.
    closing.enter_context(_lock(folder / _LOCK_FILE))
    if fresh:
        with _lock(folder / f"{_ENGINE_FILE}.lock"):
            for name in _STATE_FILES:
                for suffix in _SUFFIXES:
                    (folder / f"{name}{suffix}").unlink(missing_ok=True)


def _lock(path: Path) -> IO[str]:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise FolderError(IN_USE.format(folder=path.parent)) from None
    return file
