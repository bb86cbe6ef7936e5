"""Reasons: whether what somebody has typed as one shows anything."""

import unicodedata
from typing import Final

# Letters, numbers, punctuation and symbols; what is left are blanks, signs without
# width, and marks that stand on another character.
_SHOWN: Final = "LNPS"
# Fillers of Hangul, and the empty pattern of Braille: symbols by name alone.
_EMPTY: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def shown(text: str) -> str:
    """Return a text without the blanks around it; an empty one where it shows nothing.

    A reason is for those who read it later.
    """
    seen = (
        unicodedata.category(one)[0] in _SHOWN and one not in _EMPTY for one in text
    )
    return text.strip() if any(seen) else ""
