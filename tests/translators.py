"""Translators for tests: English, and pseudo-locales that are made when a test runs.

A pseudo-locale shows which text is translated: each message of the catalogue is put
between ⟦ and ⟧, and its letters are changed, so that a plain letter in what the bot
renders is either an argument or a text that is not in the catalogue.
"""

import gettext
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po, write_po

from bot.domain.languages import Language
from bot.domain.requests import Place
from bot.slack.messages.translator import (
    LOCALES,
    Translator,
    Translators,
    catalogue_path,
    load_translator,
)
from bot.slack.outbox.languages import Languages

ENGLISH: Final = load_translator()
TEMPLATE: Final = LOCALES / "messages.pot"
OPEN, CLOSE = "⟦", "⟧"

_LETTERS: Final = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "ÀƁÇĐÈƑĜĤÌĴĶĹṀŃÒƤǪŔŚŢÙṼŴẊÝŹàƀçđèƒĝĥìĵķĺṁńòƥǫŕśţùṽŵẋýź",
)
_NAMES_AND_CODE: Final = re.compile(r"(\{[a-z_]+\}|`[^`]*`)")
# What is no text of the bot's: code and commands, dates, people, channels, addresses.
_CODE: Final = re.compile(r"`[^`]*`")
_DATE: Final = re.compile(r"<!date\^[^>]*>")
_MENTION: Final = re.compile(r"<(?:[@#]|!subteam\^)[A-Z0-9]+>")
_ADDRESS: Final = re.compile(r"<https?://[^|>]*\|")
_UNTRANSLATED: Final = re.compile(r"[A-Za-z]+")


def forms(message: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """Return a message as the tuple of its plural forms."""
    return (message,) if isinstance(message, str) else tuple(message or ())


@cache
def accented(message: str) -> str:
    """Return a message between marks, each letter changed but those of names."""
    parts = _NAMES_AND_CODE.split(message)
    texts = (
        part if n % 2 else part.translate(_LETTERS) for n, part in enumerate(parts)
    )
    return f"{OPEN}{''.join(texts)}{CLOSE}"


@cache
def longer(message: str) -> str:
    """Return a message 60 % longer, in letters that JSON writes with six characters."""
    return accented(message + "o" * (len(message) * 6 // 10))


class Pseudo(gettext.NullTranslations):
    """A catalogue that changes every message; one that it does not have is an error."""

    def __init__(self, change: Callable[[str], str]) -> None:
        super().__init__()
        self._change = change

    def gettext(self, message: str) -> str:
        if message not in _messages():
            raise LookupError(f"not in the catalogue: {message}")
        return self._change(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def pseudo(change: Callable[[str], str] = accented) -> Translator:
    """Return a Translator of a language that nobody speaks."""
    return Translator(Language.ENGLISH, Pseudo(change))


def write_catalogue(
    folder: Path, language: Language, change: Callable[[str], str]
) -> None:
    """Write a catalogue in which each message is changed, as a translator would."""
    path = catalogue_path(language, folder)
    with TEMPLATE.open("rb") as source:
        made = read_po(source, path.parents[1].name)
    for message in made:
        if isinstance(message.id, str):
            message.string = change(message.id) if message.id else ""
        else:
            message.string = (change(message.id[-1]),) * made.num_plurals
    path.parent.mkdir(parents=True)
    with path.open("wb") as written:
        write_po(written, made)


class OneLanguage(Languages):
    """The same language for every reader and every channel."""

    def __init__(self, translator: Translator = ENGLISH) -> None:
        self._translators = Translators(translator, folder=None)
        self._only_english = True

    def of_channel(self, place: Place) -> Translator:
        """Return the Translator, whatever the channel is."""
        del place
        return self.default


IN_ENGLISH: Final = OneLanguage()
IN_ENGLISH_ALONE: Final = Translators(folder=None)


@cache
def catalogue_entries() -> frozenset[tuple[str, ...]]:
    """Return every entry of the catalogue: a message, or its two forms in English."""
    with TEMPLATE.open("rb") as source:
        messages = [message.id for message in read_po(source) if message.id]
    return frozenset(
        (message,) if isinstance(message, str) else tuple(message)
        for message in messages
    )


@cache
def _messages() -> frozenset[str]:
    return frozenset(form for entry in catalogue_entries() for form in entry)


def untranslated(text: str, arguments: Iterable[str] = ()) -> list[str]:
    """Return the words of a pseudo-localised text that did not pass the catalogue."""
    for known in (_CODE, _DATE, _MENTION, _ADDRESS):
        text = known.sub("", text)
    for argument in sorted(arguments, key=len, reverse=True):
        text = text.replace(argument, "")
    return _UNTRANSLATED.findall(text)


# The letters of the languages that are not written in Latin ones.
SCRIPTS: Final = {
    "ru": re.compile("[а-яё]", re.IGNORECASE),
    "zh": re.compile("[\u4e00-\u9fff]"),
}
_NO_WORDS: Final = re.compile(r"`[^`]*`|\{[a-z_]+\}|<[^>]*>|/rollout\b(?: [a-z]+)?")


def has_its_script(language: str, text: str) -> bool:
    """Return whether a text with a word in Latin letters has one of its language's."""
    script = SCRIPTS.get(language)
    words = re.search("[a-z]{2}", _NO_WORDS.sub("", text), re.IGNORECASE)
    return script is None or words is None or script.search(text) is not None
