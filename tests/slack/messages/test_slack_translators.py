"""Each language writes numbers as the CLDR says, and has its catalogue when needed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from bot.domain.languages import Language
from bot.slack.messages.catalogue import Catalogue, read_catalogue
from bot.slack.messages.translator import (
    CONVENTIONS,
    LOCALES,
    Translator,
    Translators,
    catalogue_path,
    load_translator,
)
from tests.translators import TEMPLATE, accented, forms, write_catalogue

HEADER = """msgid ""
msgstr ""
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"
"""
WRITTEN = [language for language in Language if catalogue_path(language).is_file()]


def locale_of(language: Language) -> Locale:
    return Locale.parse(CONVENTIONS[language].folder)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("percentage", [0, 1, 12.5, 33.33, 40, 99.99, 100])
def test_a_percentage_is_written_as_the_cldr_says(
    language: Language, percentage: float
) -> None:
    locale = locale_of(language)
    pattern = locale.percent_formats[None].pattern.replace("#,##0", "0.##")
    expected = format_percent(percentage / 100, pattern, locale=locale)
    if language is Language.ENGLISH:
        # As the Store's own pages have it.
        expected = expected.replace("%", " %")

    assert Translator(language).percent(percentage) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (Language.ENGLISH, "12.5 %"),
        (Language.FRENCH, "12,5\u00a0%"),
        (Language.GERMAN, "12,5\u00a0%"),
        (Language.RUSSIAN, "12,5\u00a0%"),
        (Language.CHINESE, "12.5%"),
    ],
)
def test_a_percentage_has_the_blank_of_its_language(
    language: Language, text: str
) -> None:
    assert Translator(language).percent(12.5) == text


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("count", [0, 1, 21, 1200, 1_234_567])
def test_a_count_is_written_as_the_cldr_says(language: Language, count: int) -> None:
    number = format_decimal(count, locale=locale_of(language))

    assert Translator(language).ngettext("{count}", "{count}", count) == number


@pytest.mark.parametrize(
    ("percentage", "text"), [(-1.0, "-1 %"), (1e300, "1e+300 %"), (250.0, "250 %")]
)
def test_odd_figures_of_the_store_stay_short(percentage: float, text: str) -> None:
    assert Translator(Language.ENGLISH).percent(percentage) == text


@pytest.mark.parametrize("language", [one for one in Language if one != "en"])
def test_a_day_is_written_as_the_cldr_says(language: Language) -> None:
    locale, at = locale_of(language), datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
    pattern = locale.datetime_skeletons["Md"]

    assert (
        Translator(language).moment(at) == f"{format_date(at, pattern, locale)} 14:05"
    )
    assert Translator(Language.ENGLISH).moment(at, "%H:%M:%S") == "Nov 22 14:05:00"


def test_chinese_lists_names_with_a_comma_of_its_own() -> None:
    names = ["mail", "maps", "photos"]

    assert Translator(Language.GERMAN).listed(names) == "mail, maps, photos"
    assert Translator(Language.CHINESE).listed(names) == "mail、maps、photos"


@pytest.mark.parametrize("language", Language)
def test_code_is_listed_with_blanks_so_that_slack_draws_it(language: Language) -> None:
    assert Translator(language).listed(["`mail`", "`maps`", "…"]) == "`mail`, `maps`, …"


def test_clauses_have_the_semicolon_of_their_language() -> None:
    written = {one: Translator(one).clauses(["a, b", "c"]) for one in Language}

    assert written[Language.ENGLISH] == "a, b; c"
    assert written[Language.FRENCH] == "a, b\u202f; c"
    assert written[Language.CHINESE] == "a, b；c"


def entries(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the messages of a catalogue as Babel reads them."""
    with path.open("rb") as source:
        for message in read_po(source):
            wanted, translated = forms(message.id), forms(message.string)
            if wanted[0] and all(translated) and not message.fuzzy:
                yield wanted[0], translated


@pytest.mark.parametrize("language", WRITTEN)
def test_a_catalogue_is_read_as_babel_reads_it(language: Language) -> None:
    path = catalogue_path(language)
    with path.open("rb") as source:
        rule = read_po(source, CONVENTIONS[language].folder)

    read = read_catalogue(path)

    assert read._forms == dict(entries(path))
    for count in (*range(130), 1_000, 1_001, 1_000_000):
        # Babel's own rule of the language, as the CLDR has it.
        form = read._form_for(count)
        assert form < rule.num_plurals
        if language is not Language.FRENCH or count < 1_000_000:
            assert form == plural_of(language, count), count


def plural_of(language: Language, count: int) -> int:
    """Return the number of the form that the CLDR wants for a whole number."""
    names = {
        Language.RUSSIAN: ("one", "few", "many"),
        Language.CHINESE: ("other",),
    }.get(language, ("one", "other"))
    return names.index(locale_of(language).plural_form(count))


@pytest.fixture
def po(tmp_path: Path) -> Path:
    return tmp_path / "messages.po"


def read(po: Path, *blocks: str) -> Catalogue:
    po.write_text("\n".join((HEADER, *blocks)), encoding="utf-8")
    return read_catalogue(po)


def test_a_text_of_several_lines_and_its_escapes_are_read(po: Path) -> None:
    found = read(
        po,
        '#: somewhere.py\nmsgid ""\n"One \\"word\\" "\n"and\\n\\\\ another"\n'
        'msgstr "Ein \\"Wort\\" "\n"und\\n\\\\ noch\u2028eins"\n',
    )

    assert found.gettext('One "word" and\n\\ another') == (
        'Ein "Wort" und\n\\ noch\u2028eins'
    )


def test_what_is_fuzzy_obsolete_or_not_translated_is_the_message_itself(
    po: Path,
) -> None:
    found = read(
        po,
        '#, fuzzy\nmsgid "a"\nmsgstr "A"\n',
        '#~ msgid "b"\n#~ msgstr "B"\n',
        'msgid "c"\nmsgstr ""\n',
        'msgid "d"\nmsgid_plural "ds"\nmsgstr[0] "D"\nmsgstr[1] ""\n',
        '#, python-brace-format\nmsgid "e"\nmsgstr "E"\n',
    )

    assert [found.gettext(text) for text in "abcdef"] == ["a", "b", "c", "d", "E", "f"]
    assert [found.ngettext("d", "ds", count) for count in (0, 1, 2)] == [
        "ds",
        "d",
        "ds",
    ]


def test_the_header_names_the_plurals(po: Path) -> None:
    found = read(po, 'msgid "d"\nmsgid_plural "ds"\nmsgstr[0] "D"\nmsgstr[1] "Ds"\n')

    counted = [found.ngettext("d", "ds", count) for count in (0, 1, 2)]
    assert counted == ["D", "D", "Ds"]


def test_a_header_that_a_tool_has_marked_is_read_all_the_same(po: Path) -> None:
    plural = 'msgid "d"\nmsgid_plural "ds"\nmsgstr[0] "D"\nmsgstr[1] "Ds"\n'
    po.write_text(f"#, fuzzy\n{HEADER}\n{plural}", encoding="utf-8")

    assert read_catalogue(po).ngettext("d", "ds", 0) == "D"


def test_a_catalogue_is_read_when_its_language_is_first_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_catalogue(tmp_path, Language.GERMAN, accented)
    opened: list[Path] = []

    def noted(path: Path) -> Catalogue:
        opened.append(path)
        return read_catalogue(path)

    monkeypatch.setattr("bot.slack.messages.translator.read_catalogue", noted)
    translators = Translators(folder=tmp_path)

    assert translators.languages == {Language.ENGLISH, Language.GERMAN}
    assert translators.of(None) is translators.of(Language.ENGLISH)
    assert translators.of(Language.FRENCH).language is Language.ENGLISH
    assert opened == []
    german = translators.of(Language.GERMAN)
    assert german.gettext("Cancel") == accented("Cancel")
    assert translators.of(Language.GERMAN) is german
    assert opened == [catalogue_path(Language.GERMAN, tmp_path)]


def test_the_bot_has_the_languages_that_have_a_catalogue() -> None:
    assert set(WRITTEN) | {Language.ENGLISH} == Translators().languages
    folders = {path.parents[1].name for path in LOCALES.glob("*/LC_MESSAGES/*.po")}
    assert folders == {CONVENTIONS[language].folder for language in WRITTEN}
    assert TEMPLATE.is_file()
    assert load_translator().language is Language.ENGLISH
