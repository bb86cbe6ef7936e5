"""Languages: those that the bot writes in, and the words by which one is chosen."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.events import Event, EventKind
from bot.domain.requests import Asker


class Language(StrEnum):
    """A language of the bot's messages; the value is stored, and typed in a command."""

    ENGLISH = "en"
    FRENCH = "fr"
    GERMAN = "de"
    RUSSIAN = "ru"
    CHINESE = "zh"


@dataclass(frozen=True, slots=True)
class LanguageChange:
    """Somebody has set the language of a channel; `before` is None where none was."""

    language: Language
    before: Language | None
    at: datetime
    actor: str | None

    @property
    def target(self) -> None:
        """What it is about: no app."""
        return None


# By its name in each of the five languages, in any case.
_WORDS: Final = {
    word: language
    for language, words in {
        Language.ENGLISH: "english englisch anglais английский 英语 英文 eng",
        Language.FRENCH: (
            "français francais french französisch franzoesisch французский 法语 法文"
        ),
        Language.GERMAN: "deutsch german allemand немецкий 德语 德文 deu ger",
        Language.RUSSIAN: "русский russian russisch russe 俄语 俄文 rus",
        Language.CHINESE: (
            "中文 简体中文 汉语 普通话 chinese chinesisch chinois китайский cn mandarin"
        ),
    }.items()
    for word in words.split()
}
# The catalogue is written in the simplified script, which these do not use.
_TRADITIONAL: Final = frozenset({"hant", "tw", "hk", "mo"})


def language_of_locale(locale: str) -> Language | None:
    """Return the language of a locale such as `de-DE`; None for one of no other's."""
    code, *parts = locale.casefold().replace("_", "-").split("-")
    if code not in set(Language):
        return None
    language = Language(code)
    if language is Language.CHINESE and _TRADITIONAL & set(parts):
        return None
    return language


def read_language(word: str) -> Language | None:
    """Return the language that somebody has named, by a code or in words."""
    return _WORDS.get(word.casefold()) or language_of_locale(word)


def language_set(language: Language, before: Language | None, asker: Asker) -> Event:
    """Return the event of a channel whose messages get another language."""
    return Event(
        EventKind.LANGUAGE_SET,
        asker.at,
        asker.place,
        actor=asker.person.user_id,
        details={
            "language": language.value,
            "before": None if before is None else before.value,
        },
    )


def read_language_change(event: Event) -> LanguageChange:
    """Return the change of an event. Raises KeyError or ValueError."""
    before = event.details["before"]
    return LanguageChange(
        Language(event.details["language"]),
        None if before is None else Language(before),
        event.at,
        event.actor,
    )
