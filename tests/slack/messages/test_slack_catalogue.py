"""The catalogue holds every message, and a language is one more file."""

import ast
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.domain.languages import Language
from bot.domain.verbs import Verb
from bot.slack.messages.catalogue import _entries
from bot.slack.messages.translator import (
    CONVENTIONS,
    LOCALES,
    Translator,
    catalogue_path,
    load_translator,
)
from bot.slack.messages.verbs import VERB_TEXTS
from tests.translators import (
    ENGLISH,
    TEMPLATE,
    forms,
    has_its_script,
    write_catalogue,
)

MESSAGES = LOCALES.parent / "slack" / "messages"
REGENERATE = (
    "pybabel extract --omit-header --sort-by-file --add-location=file "
    "-o bot/locales/messages.pot bot/slack/messages"
)
CALLS = {"gettext": 1, "ngettext": 2, "N_": 1}

Forms = tuple[str, ...]
FOLDERS = {one.folder for one in CONVENTIONS.values()}


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as source:
        folder = path.parents[1].name if path.suffix == ".po" else None
        return read_po(source, folder if folder in FOLDERS else None)


def entries(path: Path) -> set[Forms]:
    return {forms(message.id) for message in catalogue(path) if message.id}


@cache
def extracted() -> set[Forms]:
    """Return what Babel finds in the code, as the command for the catalogue does."""
    return {forms(found[2]) for found in extract_from_dir(MESSAGES)}


def calls() -> Iterator[tuple[str, list[ast.expr]]]:
    """Return the place of each call that names a message, and the message itself."""
    for path in sorted(MESSAGES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if called in CALLS and path.name != "translator.py":
                    yield f"{path.name}:{node.lineno}", node.args[: CALLS[called]]


def test_the_catalogue_holds_the_messages_of_the_code_and_no_others() -> None:
    missing, unused = extracted() - entries(TEMPLATE), entries(TEMPLATE) - extracted()

    assert (missing, unused) == (set(), set()), f"run: {REGENERATE}"


def test_no_message_hides_where_the_extraction_cannot_see_it() -> None:
    # Inside an f-string, for one. What is no literal comes from a table of `N_`.
    literal = {
        tuple(each.value for each in arguments if isinstance(each, ast.Constant))
        for _, arguments in calls()
    }

    assert literal - {()} == extracted()


def test_a_message_is_never_put_together_before_it_is_translated() -> None:
    allowed = (ast.Constant, ast.Attribute, ast.Name)

    assert [
        where
        for where, arguments in calls()
        if not all(isinstance(each, allowed) for each in arguments)
    ] == []


def test_every_verb_has_its_texts() -> None:
    assert set(VERB_TEXTS) == set(Verb)


_NAMES: Final = re.compile(r"\{[a-z_]+\}")
_CODE: Final = re.compile(r"`[^`]*`")
_ANGLES: Final = re.compile(r"<[^>]*>")


def markup(message: str) -> dict[str, object]:
    """Return what every translation of a message has as it has it."""
    rest = _CODE.sub("", _NAMES.sub("", message))
    return {
        "names": set(_NAMES.findall(message)),
        "commands": sorted(_CODE.findall(message)),
        "marks": [rest.count(mark) for mark in "*_~`"],
        "angles": sorted(_ANGLES.findall(rest)),
        "signs": sorted(one for one in rest if unicodedata.category(one) == "So"),
        "lines": message.count("\n"),
        "edges": (message[:1].isspace(), message[-1:].isspace()),
    }


def difference(source: Forms, translated: Forms) -> list[str]:
    """Return what a translation has lost or added; a form is as one of the source."""
    wanted = [markup(form) for form in source]
    return [
        f"{form}: {sorted(name for name in found if found[name] != wanted[-1][name])}"
        for form in translated
        if (found := markup(form)) not in wanted
    ]


def faults(path: Path) -> list[str]:
    """Return what is wrong with a catalogue: messages that it lacks or adds, and such.

    A message is not translated, or not looked at since it has changed, or has other
    names, commands, marks or signs, or not as many forms as its language.
    """
    wrong = [str(each) for each in entries(path) ^ entries(TEMPLATE)]
    found = catalogue(path)
    rule = Catalog(locale=path.parents[1].name)
    if (found.num_plurals, found.plural_expr) != (rule.num_plurals, rule.plural_expr):
        wrong.append(f"Plural-Forms: {found.plural_forms}")
    for message in found:
        source, translated = forms(message.id), forms(message.string or "")
        if source == ("",):
            continue
        expected = rule.num_plurals if len(source) > 1 else 1
        if message.fuzzy or not all(translated) or len(translated) != expected:
            wrong.append(source[0])
        wrong += difference(source, tuple(filter(None, translated)))
    wrong += [f"not in use: {each}" for each in found.obsolete]
    every = Counter(one["msgid"] for one in _entries(path.read_text(encoding="utf-8")))
    return wrong + [f"twice: {each}" for each, times in every.items() if times > 1]


@pytest.mark.parametrize("language", [one for one in Language if one != "en"])
def test_every_language_has_all_messages_as_the_source_has_them(
    language: Language,
) -> None:
    assert faults(catalogue_path(language)) == []


@pytest.mark.parametrize("language", [one for one in Language if one != "en"])
def test_no_translation_is_in_another_language(language: Language) -> None:
    others = [one for one in Language if one not in ("en", language)]
    found = {one: catalogue(catalogue_path(one)) for one in (language, *others)}
    foreign = [
        form
        for message in found[language]
        for form in forms(message.string or "")
        if message.id and not has_its_script(language, form)
    ]
    same = [
        message.string
        for message in found[language]
        if message.id and message.string != message.id
        for one in others
        if (other := found[one].get(message.id)) and other.string == message.string
    ]

    assert (foreign, same) == ([], [])


def test_a_translation_with_a_wrong_name_or_none_at_all_is_found(
    tmp_path: Path,
) -> None:
    path = tmp_path / "de" / "LC_MESSAGES" / "messages.po"
    write_catalogue(tmp_path, Language.GERMAN, lambda message: message)
    made = catalogue(path)
    made["Why: {reason}"].string = "Warum: {grund}"
    made["Cancel"].string = ""
    with path.open("wb") as written:
        write_po(written, made)

    assert sorted(faults(path)) == ["Cancel", "Warum: {grund}: ['names']"]


@pytest.mark.parametrize(
    ("source", "translated", "lost"),
    [
        ("*{app}* is halted.", "{app} ist angehalten.", "marks"),
        ("Type `halt APP`.", "Tippen Sie `anhalten APP`.", "commands"),
        ("⚠️ Not known", "Nicht bekannt", "signs"),
        ("One\nTwo", "Eins Zwei", "lines"),
        ("{who} asks.", "{who} fragt. ", "edges"),
        ("See <{link}|here>.", "Siehe {link}.", "angles"),
    ],
)
def test_markup_that_a_translation_loses_is_found(
    source: str, translated: str, lost: str
) -> None:
    assert difference((source,), (source,)) == []
    assert difference((source,), (translated,)) == [f"{translated}: ['{lost}']"]


def test_a_catalogue_with_too_few_forms_or_another_rule_is_found(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ru" / "LC_MESSAGES" / "messages.po"
    write_catalogue(tmp_path, Language.RUSSIAN, lambda message: message)
    assert faults(path) == []
    text = path.read_text(encoding="utf-8")

    path.write_text(text.replace("nplurals=3", "nplurals=2"), encoding="utf-8")
    assert any(fault.startswith("Plural-Forms") for fault in faults(path))
    path.write_text(
        re.sub(r'(?m)^msgstr\[2\] .*\n(?:".*"\n)*', "", text), encoding="utf-8"
    )
    assert "… and {count} more app." in faults(path)


def test_a_message_that_is_there_twice_is_found(tmp_path: Path) -> None:
    path = tmp_path / "de" / "LC_MESSAGES" / "messages.po"
    write_catalogue(tmp_path, Language.GERMAN, lambda message: message)
    with path.open("a", encoding="utf-8") as written:
        written.write('\nmsgid "Cancel"\nmsgstr "Abbrechen"\n')

    assert faults(path) == ["twice: Cancel"]


def test_what_nobody_has_looked_at_or_needs_is_found(tmp_path: Path) -> None:
    path = tmp_path / "de" / "LC_MESSAGES" / "messages.po"
    write_catalogue(tmp_path, Language.GERMAN, lambda message: message)
    text = path.read_text(encoding="utf-8")

    fuzzy = text.replace('msgid "Cancel"', '#, fuzzy\nmsgid "Cancel"')
    path.write_text(f'{fuzzy}\n#~ msgid "Old"\n#~ msgstr "Alt"\n', encoding="utf-8")

    assert faults(path) == ["Cancel", "not in use: Old"]


def russian(folder: Path) -> Translator:
    """Write a catalogue of two messages, and load it as the bot does."""
    made = Catalog(locale="ru")
    made.add("Nothing was changed.", "Ничего не изменено.")
    made.add(
        ("… and {count} more app.", "… and {count} more apps."),
        (
            "… и ещё {count} приложение.",
            "… и ещё {count} приложения.",
            "… и ещё {count} приложений.",
        ),
    )
    path = folder / "ru" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as written:
        write_po(written, made)
    return load_translator(Language.RUSSIAN, folder)


def test_one_file_is_a_language(tmp_path: Path) -> None:
    t = russian(tmp_path)

    assert t.gettext("Nothing was changed.") == "Ничего не изменено."
    assert t.gettext("Cancel") == "Cancel"
    assert t.percent(12.5) == "12,5\u00a0%"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "… и ещё 1 приложение."),
        (3, "… и ещё 3 приложения."),
        (1200, "… и ещё 1\u00a0200 приложений."),
    ],
)
def test_a_language_has_its_own_plurals_and_numbers(
    tmp_path: Path, count: int, text: str
) -> None:
    more = ("… and {count} more app.", "… and {count} more apps.")

    assert russian(tmp_path).ngettext(*more, count) == text


def test_a_language_without_a_catalogue_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_translator(Language.FRENCH, tmp_path)


def test_english_counts_too() -> None:
    more = ("… and {count} more app.", "… and {count} more apps.")

    assert ENGLISH.ngettext(*more, 1) == "… and 1 more app."
    assert ENGLISH.ngettext(*more, 2) == "… and 2 more apps."
