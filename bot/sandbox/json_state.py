"""State of a local service, kept as one JSON file that survives a kill."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

UNREADABLE = (
    "The sandbox cannot read what it saved in {path}. Nothing was changed. "
    "Delete that file to start afresh."
)


class StateUnreadableError(ValueError):
    """The file exists, but its content is not a state that can be restored."""


class JsonState:
    """A JSON object in a file, replaced as a whole at every change.

    With `path` None nothing is kept: `load` returns None and `save` does nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def load(self) -> dict[str, Any] | None:
        """Return what was saved last, or None if nothing was.

        Raises StateUnreadableError for a damaged file and OSError for one that
        may not be read.
        """
        if self.path is None:
            return None
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            raise self.unreadable() from error
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise self.unreadable() from error
        if not isinstance(data, dict):
            raise self.unreadable()
        return data

    def unreadable(self) -> StateUnreadableError:
        """Return the error to raise when the loaded state cannot be restored."""
        return StateUnreadableError(UNREADABLE.format(path=self.path))

    def save(self, data: Mapping[str, Any]) -> None:
        """Replace the file atomically: a kill leaves the old content or the new.

        There is no fsync: what the kernel has taken survives the death of the
        process, and a sandbox need not survive a power failure.
        """
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(self.path.name + ".tmp")
        temporary.write_text(json.dumps(data, separators=(",", ":")), encoding="utf-8")
        os.replace(temporary, self.path)  # noqa: PTH105  # The atomicity is the point.
