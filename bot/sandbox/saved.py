"""Keep what a local service remembers in one file that survives a kill."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

UNREADABLE = (
    "The sandbox cannot read what it saved in {path}. Nothing was changed. "
    "Delete that file to start afresh."
)


class SavedUnreadableError(ValueError):
    """The file is there but does not hold a JSON object."""


class Saved:
    """A JSON object in a file, replaced as a whole at every change.

    With `path` None nothing is kept: `load` gives None and `keep` does nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def load(self) -> dict[str, Any] | None:
        """Give what was kept last, or None if nothing was.

        Raises SavedUnreadableError for a damaged file and OSError for one that
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

    def unreadable(self) -> SavedUnreadableError:
        """Give the error to raise when what `load` gave makes no sense."""
        return SavedUnreadableError(UNREADABLE.format(path=self.path))

    def keep(self, data: Mapping[str, Any]) -> None:
        """Replace the file's content; a kill leaves the old or the new, never half.

        There is no fsync: what the kernel has taken survives the death of the
        process, and a sandbox need not outlive the machine's power.
        """
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        half = self.path.with_name(self.path.name + ".tmp")
        half.write_text(json.dumps(data, separators=(",", ":")), encoding="utf-8")
        os.replace(half, self.path)  # noqa: PTH105  # The atomicity is the point.
