"""The README's alert rules, and what they say of two scrapes.

This evaluates the three forms of expression that the README has, on a scrape before and
one after: `metric > number`, `max(metric) > number`, and
`increase(metric{label=~"…"}[window]) > number`, where the window is taken to hold
exactly the two scrapes. It is no PromQL: rates, durations and joins are not known.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

README: Final = Path(__file__).parents[2] / "README.md"
RULE: Final = re.compile(r"- alert: (\w+)\n +expr: (.+)\n")
EXPRESSION: Final = re.compile(
    r"(?:(?P<function>max|increase)\()?"
    r"(?P<name>[a-z_]+)"
    r'(?:\{(?P<label>\w+)=~"(?P<values>[\w|]+)"\})?'
    r"(?:\[\d+m\])?"
    r"\)? > (?P<limit>\d+)"
)

Series = tuple[str, frozenset[tuple[str, str]]]
Scrape = Mapping[Series, float]


def families(text: str) -> list[Metric]:
    """Read a scrape with the parser of Prometheus' own Python library."""
    found: Iterable[Metric] = text_string_to_metric_families(text)
    return list(found)


def read(text: str) -> Scrape:
    """Return the value of each series of a scrape."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families(text)
        for sample in family.samples
    }


def rules() -> dict[str, str]:
    """Return the expressions of the README's rules by the name of their alert."""
    return dict(RULE.findall(README.read_text(encoding="utf-8")))


def fires(expression: str, before: Scrape, after: Scrape) -> bool:
    """Return whether the alert fires at the second scrape."""
    found = EXPRESSION.fullmatch(expression)
    assert found is not None, f"this evaluator does not know {expression!r}"
    label, values = found["label"], found["values"]
    allowed = {(label, value) for value in (values or "").split("|")}
    chosen = {
        series: value
        for series, value in after.items()
        if series[0] == found["name"] and (label is None or series[1] & allowed)
    }
    if found["function"] == "increase":
        # A series that the first scrape lacks has no increase, in Prometheus too.
        chosen = {s: value - before[s] for s, value in chosen.items() if s in before}
    return any(value > float(found["limit"]) for value in chosen.values())
