"""Findings: the lines of the doctor's report."""

from dataclasses import dataclass
from typing import Final

TRY_AGAIN: Final = "Try again in a minute."


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was checked, what was found, how to fix it."""

    subject: str
    found: str
    fix: str | None = None
    bad: bool = False
