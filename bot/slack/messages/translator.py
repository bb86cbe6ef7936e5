"""Translation: a `Translator` renders messages, numbers and plurals of one language.

Every function that renders text takes a Translator as its first parameter, so that no
text can be made without the language of its reader. Messages are English sentences in
the code; `bot/locales/messages.pot` lists them, and a language is one more file,
`bot/locales/<language>/LC_MESSAGES/messages.po`. English needs none: gettext returns
the message itself, and English has gettext's default plural rule.
"""

import gettext
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.domain.languages import Language
from bot.domain.percentages import FULL, format_percentage
from bot.slack.messages.catalogue import read_catalogue

LOCALES: Final = Path(__file__).parents[2] / "locales"


@dataclass(frozen=True, slots=True)
class Conventions:
    """How a language writes numbers, lists and days; its catalogue is in `folder`.

    They are those of the Unicode CLDR, with which a test compares them.
    """

    folder: str
    decimal: str
    thousands: str
    percent: str = "{}\u00a0%"
    comma: str = ", "
    semicolon: str = "; "
    day: str = "%d.%m"


# English has a blank before the sign here, as the Store's own pages do.
CONVENTIONS: Final = {
    Language.ENGLISH: Conventions("en", ".", ",", "{} %", day="%b %d"),
    Language.FRENCH: Conventions(
        "fr", ",", "\u202f", semicolon="\u202f; ", day="%d/%m"
    ),
    Language.GERMAN: Conventions("de", ",", ".", day="%d.%m."),
    Language.RUSSIAN: Conventions("ru", ",", "\u00a0"),
    Language.CHINESE: Conventions("zh_Hans", ".", ",", "{}%", "、", "；", "%m/%d"),
}


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for this mark
    """Mark a message of a table for the catalogue; it is translated when rendered."""
    return message


class Translator:
    """The messages, plurals and numbers of one language."""

    def __init__(
        self, language: Language, catalogue: gettext.NullTranslations | None = None
    ) -> None:
        self.language: Final = language
        self._conventions = CONVENTIONS[language]
        self._catalogue = catalogue or gettext.NullTranslations()

    def gettext(self, message: str, /, **values: str) -> str:
        """Translate a message, then put the values in place of its `{names}`.

        The values must be safe for the place that the text is shown in.
        """
        return self._catalogue.gettext(message).format(**values)

    def ngettext(self, singular: str, plural: str, count: int, /, **values: str) -> str:
        """Translate a message in the form that `count` wants; `{count}` shows it."""
        message = self._catalogue.ngettext(singular, plural, count)
        number = f"{count:,}".replace(",", self._conventions.thousands)
        return message.format(count=number, **values)

    def percent(self, percentage: float) -> str:
        """Write a percentage: `12.5 %`; odd figures of the Store stay short."""
        if not 0 <= percentage <= FULL:
            return self._conventions.percent.format(f"{percentage:.3g}")
        number = format_percentage(percentage).replace(".", self._conventions.decimal)
        return self._conventions.percent.format(number)

    def moment(self, at: datetime, clock: str = "%H:%M") -> str:
        """Write a day and a time in UTC, where Slack does not show it in a zone."""
        return at.astimezone(UTC).strftime(f"{self._conventions.day} {clock}")

    def listed(self, names: Iterable[str]) -> str:
        """Write names one after the other: `mail, maps`.

        Slack draws a code span only where a blank or a mark that it knows is beside it,
        so that code is listed as in English.
        """
        each = [*names]
        has_code = any("`" in name for name in each)
        return (", " if has_code else self._conventions.comma).join(each)

    def clauses(self, parts: Iterable[str]) -> str:
        """Write parts that may have commas one after the other: `a, b; c, d`."""
        return self._conventions.semicolon.join(parts)


def load_translator(
    language: Language = Language.ENGLISH, folder: Path = LOCALES
) -> Translator:
    """Return the Translator of a language, from its catalogue in `folder`.

    Raises FileNotFoundError for a language that has none.
    """
    if language is Language.ENGLISH:
        return Translator(language)
    return Translator(language, read_catalogue(catalogue_path(language, folder)))


def catalogue_path(language: Language, folder: Path = LOCALES) -> Path:
    """Return the file that the catalogue of a language is in, if it has one."""
    return folder / CONVENTIONS[language].folder / "LC_MESSAGES" / "messages.po"


class Translators:
    """The Translator of each language, whose catalogue is read when it is first used.

    Until then a language costs nothing, and then some milliseconds, once. English
    stands in for what has no catalogue.
    """

    def __init__(
        self, english: Translator | None = None, folder: Path | None = LOCALES
    ) -> None:
        self._loaded = {Language.ENGLISH: english or load_translator()}
        self._folder = folder
        self.languages: Final = frozenset(
            language
            for language in Language
            if language is Language.ENGLISH
            or (folder is not None and catalogue_path(language, folder).is_file())
        )

    def of(self, language: Language | None) -> Translator:
        """Return the Translator of a language; of None, and of no other, English."""
        if language is None or language not in self.languages:
            language = Language.ENGLISH
        if language not in self._loaded:
            self._loaded[language] = load_translator(language, self._folder or LOCALES)
        return self._loaded[language]
