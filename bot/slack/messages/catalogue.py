"""Catalogue: the messages of one language, read from the file that translators write.

The file is gettext's `.po`, as Babel writes it. The bot reads it by itself: that takes
a few milliseconds, where Babel takes 40 and keeps a megabyte of calendars for each
language. A checkout runs without a build step, and no compiled file can be older than
its source.

https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
"""

import gettext
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

_ESCAPED: Final = re.compile(r"\\(.)")
_MEANING: Final = {"n": "\n", "t": "\t", "r": "\r"}
_PLURAL_RULE: Final = re.compile(r"^Plural-Forms:.*plural=([^;\n]+)", re.MULTILINE)
_LIKE_ENGLISH: Final = "n != 1"

# The texts of one entry by their names, such as `msgid` and `msgstr[0]`.
Entry = Mapping[str, str]


class Catalogue(gettext.NullTranslations):
    """The translated messages of one language; any other is the message itself."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        super().__init__()
        self._forms: dict[str, tuple[str, ...]] = {}
        self._form_for = gettext.c2py(_LIKE_ENGLISH)
        for entry in entries:
            source = entry["msgid"]
            forms = tuple(entry[name] for name in entry if name.startswith("msgstr"))
            if not source:
                rule = _PLURAL_RULE.search(forms[0])
                self._form_for = gettext.c2py(rule[1] if rule else _LIKE_ENGLISH)
            elif all(forms):
                self._forms[source] = forms

    def gettext(self, message: str) -> str:
        """Translate a message."""
        return self._forms.get(message, (message,))[0]

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Translate a message in the form that a number wants."""
        forms = self._forms.get(msgid1)
        if forms is None:
            return super().ngettext(msgid1, msgid2, n)
        return forms[self._form_for(n)]


def read_catalogue(path: Path) -> Catalogue:
    """Return the catalogue of a file. Raises FileNotFoundError."""
    return Catalogue(_entries(path.read_text(encoding="utf-8")))


def _entries(source: str) -> Iterator[Entry]:
    """Yield the entries; one is left out that nobody has looked at since it changed.

    Of the header that mark says nothing: every new catalogue has it.
    """
    for block in source.split("\n\n"):
        entry: dict[str, str] = {}
        name, fuzzy = "", False
        for line in block.split("\n"):
            if line.startswith("#"):
                fuzzy = fuzzy or (line.startswith("#,") and "fuzzy" in line)
            elif line.startswith('"'):
                entry[name] += _text(line)
            elif line:
                name, _, text = line.partition(" ")
                entry[name] = _text(text)
        if entry and not (fuzzy and entry["msgid"]):
            yield entry


def _text(quoted: str) -> str:
    text = quoted.strip()[1:-1]
    if "\\" not in text:
        return text
    return _ESCAPED.sub(lambda found: _MEANING.get(found[1], found[1]), text)
