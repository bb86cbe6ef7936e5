"""Process lock: only one process works with the engine's SQLite file."""

import fcntl
from pathlib import Path
from typing import IO


class AlreadyRunning(Exception):
    """Another process of the bot works with this database."""


def acquire(path: Path) -> IO[str]:
    """Lock `path` for this process; the lock ends with it, however it ends.

    Two processes under one executor id would run the same workflow twice. Raises
    AlreadyRunning where the lock is taken. Closing the file gives it back.
    """
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise AlreadyRunning(
            f"Another process already runs the bot on {path.name.removesuffix('.lock')}"
            ". Stop it first, or use PostgreSQL to run several."
        ) from None
    return file
