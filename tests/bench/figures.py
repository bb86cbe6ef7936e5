"""Measured figures with their goals, as a table and as JSON."""

import json
import math
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

_COLUMNS: Final = ("measured", "value", "goal", "", "how")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `limit` is the goal, `more` where more is better."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    more: bool = False
    how: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.more else self.value <= self.limit


@dataclass(slots=True)
class Report:
    """All figures of one run, and what they were measured on."""

    conditions: dict[str, str] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)

    def add(self, figures: Iterable[Figure]) -> None:
        """Take figures in, after those that are there."""
        self.figures.extend(figures)

    def table(self) -> str:
        """Draw the table."""
        rows = [_COLUMNS, *(_row(figure) for figure in self.figures)]
        widths = [max(len(row[at]) for row in rows) for at in range(len(_COLUMNS))]
        lines = [_line(row, widths) for row in rows]
        lines.insert(1, "  ".join("-" * width for width in widths))
        about = [f"{name}: {value}" for name, value in self.conditions.items()]
        return "\n".join([*about, "", *lines])

    def save(self, path: Path) -> None:
        """Write the figures as JSON."""
        figures: list[dict[str, Any]] = [
            {**asdict(figure), "met": figure.met} for figure in self.figures
        ]
        whole = {"conditions": self.conditions, "figures": figures}
        path.write_text(json.dumps(whole, indent=1) + "\n")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` (0 to 1) of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def median(values: Iterable[float]) -> float:
    """Return the middle value."""
    return statistics.median(values)


def milliseconds(seconds: Iterable[float]) -> list[float]:
    """Turn seconds into milliseconds."""
    return [1000 * value for value in seconds]


def machine() -> str:
    """Name what the figures were measured on."""
    return f"Python {platform.python_version()}, {platform.system()}"


def _row(figure: Figure) -> tuple[str, ...]:
    sign = "≥" if figure.more else "≤"
    goal = "" if figure.limit is None else f"{sign} {figure.limit:g} {figure.unit}"
    met = {None: "", True: "met", False: "MISSED"}[figure.met]
    value = f"{figure.value:,.{_digits(figure.value)}f} {figure.unit}"
    return figure.name, value.strip(), goal.strip(), met, figure.how


def _digits(value: float) -> int:
    if value == int(value):
        return 0
    return 2 if abs(value) < 10 else 1


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    parts = [
        text.rjust(width) if at in (1, 2) else text.ljust(width)
        for at, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(parts).rstrip()
