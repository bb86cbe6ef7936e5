"""Steps of a typed ramp: percentages that stand beside each other, however joined."""

import re
from itertools import pairwise
from typing import Final

from bot.domain.app_names import Words
from bot.domain.percentages import (
    FULL_WIDTH,
    PERCENT_SIGNS,
    NotAPercentage,
    parse_percentage,
)
from bot.domain.plan_terms import PlanRefusal, RefusedPlan

_JOINERS: Final = frozenset({"and", "to", "then", "->", "→", ",", ";", "/", "-", "–"})
_SEPARATORS: Final = re.compile(r"[;/→>|、，；]+")
_STEP: Final = re.compile(r"\d+(?:[.,]\d*)?%?")
_LIKE_A_STEP: Final = re.compile(
    rf"[-+]?[\d.,%]*\d[\d.,%]*(?:{'|'.join(PERCENT_SIGNS)})?", re.IGNORECASE
)
_PUNCTUATION: Final = ".,:;!"


def read_steps(words: Words) -> tuple[tuple[float, ...], Words] | RefusedPlan:
    """Return the percentages at the beginning, and the words behind them."""
    steps: list[float] = []
    rest = words
    while rest:
        if rest[0].lower() in _JOINERS and is_step((*rest, "")[1]):
            rest = rest[1:]
        signed = (
            len(rest) > 1
            and rest[1].translate(FULL_WIDTH).lower().strip(_PUNCTUATION)
            in PERCENT_SIGNS
        )
        behind = rest[2 if signed else 1 :]
        if not is_step(rest[0]):
            break
        alone = not steps and not (behind and is_step(behind[0]))
        for part in _split(rest[0], alone=alone):
            try:
                steps.append(parse_percentage(part))
            except NotAPercentage:
                return RefusedPlan(PlanRefusal.BAD_STEP, part)
        rest = behind
    return tuple(steps), rest


def is_step(word: str) -> bool:
    """Return whether a word can only be one step, or several."""
    parts = _parts(word)
    return bool(parts) and all(map(_LIKE_A_STEP.fullmatch, parts))


def _split(word: str, *, alone: bool) -> list[str]:
    """Return the percentages of one word.

    `10,25` is two steps where no other stands beside it, and `12,5` is one.
    """
    return [step for part in _parts(word) for step in _at_commas(part, alone=alone)]


def _parts(word: str) -> list[str]:
    parts = (
        part.strip(_PUNCTUATION)
        for part in _SEPARATORS.split(word.translate(FULL_WIDTH))
    )
    return list(filter(None, parts))


def _at_commas(word: str, *, alone: bool) -> list[str]:
    pieces = word.split(",")
    if not all(_STEP.fullmatch(piece) for piece in pieces):
        return [word]
    values = [float(piece.rstrip("%").replace(",", ".")) for piece in pieces]
    rising = values[0] > 0 and all(one < other for one, other in pairwise(values))
    several = len(pieces) > 2 or (alone and rising)  # noqa: PLR2004 - a number has one comma
    return pieces if several or "%" in "".join(pieces[:-1]) else [word]
