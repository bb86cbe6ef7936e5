"""The folder that keeps what happened: of one sandbox at a time, and emptied safely."""

import fcntl
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

from bot.sandbox.certificate import CA_FILE

USED: Final = (
    "Another sandbox, or a bot, uses the folder {folder}. Stop that one, or choose"
    " another folder with --data."
)
STRANGE: Final = (
    "The folder {folder} holds other things and no sandbox, so nothing was deleted."
    " Choose another folder with --data, or leave out --fresh."
)
_LOCK: Final = "sandbox.lock"
# The bot's engine locks this one, whether the sandbox or a person started the bot.
_ENGINE: Final = "rollout.engine.db"
# All that a run remembers; the certificate stays, since clients may trust it.
_REMEMBERED: Final = ("rollout.db", _ENGINE, "slack.json", "store.json")
_BESIDE: Final = ("", "-wal", "-shm", "-journal", ".lock", ".tmp")


class FolderError(Exception):
    """The folder cannot be used; the message says what to do."""


def claim(folder: Path, closing: ExitStack, *, fresh: bool = False) -> None:
    """Make `folder` this sandbox's own until `closing` ends.

    With `fresh` what an earlier run left there is deleted, and nothing else. Raises
    FolderError where another sandbox works in it, and, with `fresh`, where a bot does
    or where there are files but there never was a sandbox.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if fresh and any(folder.iterdir()) and not (folder / CA_FILE).exists():
        raise FolderError(STRANGE.format(folder=folder))
    # Two sandboxes would write over each other's state. A kill frees the lock.
    closing.enter_context(_hold(folder / _LOCK))
    if fresh:
        with _hold(folder / f"{_ENGINE}.lock"):
            for name in _REMEMBERED:
                for end in _BESIDE:
                    (folder / f"{name}{end}").unlink(missing_ok=True)


def _hold(path: Path) -> IO[str]:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise FolderError(USED.format(folder=path.parent)) from None
    return file
