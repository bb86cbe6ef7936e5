"""The command `language`: it shows the channel's language, or sets it."""

from dataclasses import dataclass
from typing import Final

from bot.domain.languages import Language, read_language
from bot.domain.usage import Misuse, Usage

LANGUAGE: Final = "language"
LANGUAGE_WORDS: Final = frozenset({LANGUAGE, "languages", "lang"})

# What may stand before the language.
_FILLERS: Final = frozenset({"set", "to", "is", "in", "="})
_PUNCTUATION: Final = ".,:;!"


@dataclass(frozen=True, slots=True)
class AskLanguage:
    """`language [LANGUAGE]`; without one, the channel's is shown."""

    language: Language | None = None


def parse_language(words: tuple[str, ...]) -> AskLanguage | Usage:
    """Return the command, or Usage for a language that is none of ours."""
    named = [word for word in words if word.casefold() not in _FILLERS]
    if not named:
        return AskLanguage()
    language = read_language(named[0].strip(_PUNCTUATION))
    if language is None:
        return Usage(Misuse.UNKNOWN_LANGUAGE, named[0])
    return AskLanguage(language)
