"""Translation: a `Translator` renders messages, numbers and plurals of one language.

Every function that renders text takes a Translator as its first parameter, so that no
text can be made without the language of its reader. Messages are English sentences in
the code; `bot/locales/messages.pot` lists them, and a language is one more file,
`bot/locales/<language>/LC_MESSAGES/messages.po`. English needs none: gettext returns
the message itself, and English has gettext's default plural rule.

A catalogue is compiled in memory when it is loaded. A checkout then runs without a
build step, and no compiled file can be older than its source. It costs some 15 ms at
the start for each language, and nothing afterwards.
"""

import gettext
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from bot.domain.percentages import FULL

LOCALES: Final = Path(__file__).parents[2] / "locales"
SOURCE_LANGUAGE: Final = "en"

# The blank is ours in every language. To write a percentage as each language does
# ("12.5%", "12,5 %"), leave the pattern out.
_PERCENT: Final = "0.## %"


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for this mark
    """Mark a message of a table for the catalogue; it is translated when rendered."""
    return message


class Translator:
    """The messages, plurals and numbers of one language."""

    def __init__(
        self, locale: Locale, catalogue: gettext.NullTranslations | None = None
    ) -> None:
        self.locale: Final = locale
        self._catalogue = catalogue or gettext.NullTranslations()

    def gettext(self, message: str, /, **values: str) -> str:
        """Translate a message, then put the values in place of its `{names}`.

        The values must be safe for the place that the text is shown in.
        """
        return self._catalogue.gettext(message).format(**values)

    def ngettext(self, singular: str, plural: str, count: int, /, **values: str) -> str:
        """Translate a message in the form that `count` wants; `{count}` shows it."""
        message = self._catalogue.ngettext(singular, plural, count)
        return message.format(count=format_decimal(count, locale=self.locale), **values)

    def percent(self, percentage: float) -> str:
        """Write a percentage: `12.5 %`; odd figures of the Store stay short."""
        if not 0 <= percentage <= FULL:
            return f"{percentage:.3g} %"
        share = Decimal(f"{percentage:.2f}") / int(FULL)
        return format_percent(share, _PERCENT, locale=self.locale)


def load_translator(
    language: str = SOURCE_LANGUAGE, folder: Path = LOCALES
) -> Translator:
    """Return the Translator of a language, from its catalogue in `folder`.

    Raises FileNotFoundError for a language that has none.
    """
    locale = Locale.parse(language)
    if language == SOURCE_LANGUAGE:
        return Translator(locale)
    compiled = BytesIO()
    with (folder / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale))
    compiled.seek(0)
    return Translator(locale, gettext.GNUTranslations(compiled))
