"""Percentages: parse what people type, format what people and the Store read."""

import math
import re
from typing import Final

# The Store's percentages are single-precision floats, so 33.33 comes back as
# 33.3300018; two typed decimals stay ten times wider than this tolerance.
TOLERANCE = 1e-3

# The most that a rollout can reach; it is not a finalize.
FULL = 100.0

# What may stand behind the number, in the languages of those who type it.
PERCENT_SIGNS: Final = (
    "%",
    "percent",
    "prozent",
    "pourcent",
    "процентов",
    "процента",
    "процент",
)
# What keyboards for Chinese type.
FULL_WIDTH: Final = str.maketrans("％．", "%.")
_TYPED = re.compile(
    rf"(?P<whole>\d{{1,9}})(?:[.,](?P<part>\d*))?\s*(?:{'|'.join(PERCENT_SIGNS)})?",
    re.IGNORECASE,
)
_DECIMALS = 2


class NotAPercentage(ValueError):
    """The text is no percentage that can be sent: not a number, or too fine."""


def parse_percentage(text: str) -> float:
    """Return the number in `40`, `40%`, `12.5 %` or `12,5 %`; it may be above 100.

    Raises NotAPercentage for anything else, and for more than two decimals.
    """
    match = _TYPED.fullmatch(text.translate(FULL_WIDTH).strip())
    if match is None:
        raise NotAPercentage(text)
    part = (match["part"] or "").rstrip("0")
    if len(part) > _DECIMALS:
        raise NotAPercentage(text)
    return float(f"{match['whole']}.{part or '0'}")


def format_percentage(percentage: float) -> str:
    """Write a percentage with a dot, without an exponent and without spare zeros."""
    text = f"{percentage:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return text if text != "-0" else "0"


def same_percentage(one: float, other: float) -> bool:
    """Return whether two percentages are the same to the Store's precision."""
    return math.isclose(one, other, rel_tol=0.0, abs_tol=TOLERANCE)
