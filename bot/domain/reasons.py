"""Reasons: whether what somebody has typed as one shows anything."""

import unicodedata
from typing import Final

# Letters, numbers, punctuation and symbols; what is left are blanks, signs without
# width, and marks that stand on another character.
_SHOWN: Final = "LNPS"
# Fillers of Hangul, and the empty pattern of Braille: symbols by name alone.
_EMPTY: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def shown(text: str) -> str:
    """Return a text from the first sign on that shows; an empty one where none does.

    A reason is for those who read it later.
    """
    signs = (at for at, sign in enumerate(text) if _shows(sign))
    first = next(signs, len(text))
    return text[first:].rstrip()


def _shows(sign: str) -> bool:
    return unicodedata.category(sign)[0] in _SHOWN and sign not in _EMPTY
