"""The catalogue holds every message, and a language is one more file."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.domain.languages import Language
from bot.domain.verbs import Verb
from bot.slack.messages.translator import LOCALES, Translator, load_translator
from bot.slack.messages.verbs import VERB_TEXTS
from tests.translators import ENGLISH, TEMPLATE

MESSAGES = LOCALES.parent / "slack" / "messages"
REGENERATE = (
    "pybabel extract --omit-header --sort-by-file --add-location=file "
    "-o bot/locales/messages.pot bot/slack/messages"
)
CALLS = {"gettext": 1, "ngettext": 2, "N_": 1}

Forms = tuple[str, ...]


def forms(message: str | tuple[str, ...] | list[str] | None) -> Forms:
    """Return a message as the tuple of its plural forms."""
    return (message,) if isinstance(message, str) else tuple(message or ())


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source)


def entries(path: Path) -> set[Forms]:
    return {forms(message.id) for message in catalogue(path) if message.id}


@cache
def extracted() -> set[Forms]:
    """Return what Babel finds in the code, as the command for the catalogue does."""
    return {forms(found[2]) for found in extract_from_dir(MESSAGES)}


def names(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name is not None}


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


def faults(path: Path) -> list[str]:
    """Return the messages that a catalogue lacks, adds, or gives other names."""
    wrong = [str(each) for each in entries(path) ^ entries(TEMPLATE)]
    for message in catalogue(path):
        source, translated = forms(message.id), forms(message.string or "")
        if source != ("",) and any(
            not form or names(form) != names(source[-1]) for form in translated
        ):
            wrong.append(source[0])
    return wrong


def test_every_language_has_all_messages_with_the_names_of_the_source() -> None:
    languages = LOCALES.glob("*/LC_MESSAGES/messages.po")

    assert {path: faults(path) for path in languages if faults(path)} == {}


def test_a_translation_with_a_wrong_name_or_none_at_all_is_found(
    tmp_path: Path,
) -> None:
    made, path = catalogue(TEMPLATE), tmp_path / "messages.po"
    for message in made:
        message.string = message.id
    made["Why: {reason}"].string = "Warum: {grund}"
    made["Cancel"].string = ""
    with path.open("wb") as written:
        write_po(written, made)

    assert sorted(faults(path)) == ["Cancel", "Why: {reason}"]


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
