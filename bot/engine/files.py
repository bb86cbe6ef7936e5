"""Modes of the SQLite files, ours and the engine's: for the bot's own user alone."""

import logging
import os
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from bot.engine.engine import engine_url

_NOT_FOR_OTHERS: Final = 0o077
_OWN: Final = 0o600
# The file, what SQLite keeps beside it, and the lock of the engine's.
# https://www.sqlite.org/tempfiles.html
_SUFFIXES: Final = ("", "-wal", "-shm", "-journal", ".lock")

_log = logging.getLogger("bot.engine")


def restrict_files(database_url: str) -> None:
    """Let nobody else read the files of a database, those that exist and new ones.

    New files get their mode from the process, whichever library makes them.
    """
    os.umask(_NOT_FOR_OTHERS)
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return
    for name in (url.database, engine_url(url).database):
        for suffix in _SUFFIXES:
            _restrict(Path(f"{name}{suffix}"))


def _restrict(path: Path) -> None:
    try:
        path.chmod(_OWN)
    except FileNotFoundError:
        return
    except PermissionError:
        _log.warning("%s belongs to another user: its mode is not 0600", path)
