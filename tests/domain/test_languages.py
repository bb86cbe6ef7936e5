"""The languages, by what people type and by what Slack calls them."""

import pytest

from bot.domain.commands import parse
from bot.domain.language_commands import AskLanguage
from bot.domain.languages import Language, language_of_locale, read_language
from bot.domain.usage import Misuse, Usage

ENGLISH, FRENCH, GERMAN, RUSSIAN, CHINESE = Language


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("en-US", ENGLISH),
        ("en-GB", ENGLISH),
        ("de-DE", GERMAN),
        ("fr_CA", FRENCH),
        ("RU", RUSSIAN),
        ("zh-CN", CHINESE),
        ("zh", CHINESE),
        ("zh-Hans", CHINESE),
        ("zh-TW", None),
        ("zh-Hant-HK", None),
        ("es-ES", None),
        ("ja-JP", None),
        ("", None),
        ("-", None),
    ],
)
def test_a_locale_has_one_of_the_languages_or_none(
    locale: str, language: Language | None
) -> None:
    assert language_of_locale(locale) is language


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("en English ENGLISCH anglais английский 英语", ENGLISH),
        ("fr FR French français francais französisch французский 法语", FRENCH),
        ("de De German deutsch Deutsch allemand немецкий 德语 de-DE de-at", GERMAN),
        ("ru Russian russisch russe русский Русский 俄语", RUSSIAN),
        ("zh Chinese chinesisch chinois китайский 中文 简体中文 zh-cn cn", CHINESE),
    ],
)
def test_a_language_is_named_by_a_code_or_in_words(
    words: str, language: Language
) -> None:
    for word in words.split():
        assert read_language(word) is language, word
        assert parse(f"language {word}") == AskLanguage(language)


@pytest.mark.parametrize(
    "text", ["language", "Language", "LANG", "languages", "language set", "please lang"]
)
def test_without_a_language_it_is_asked_for(text: str) -> None:
    assert parse(text) == AskLanguage()


@pytest.mark.parametrize(
    "text",
    ["language to German", "language is de.", 'lang "Deutsch"', "language set to de"],
)
def test_small_words_and_quotes_before_a_language_are_forgiven(text: str) -> None:
    assert parse(text) == AskLanguage(GERMAN)


@pytest.mark.parametrize("word", ["klingon", "es", "zh-TW", "d", "mail"])
def test_a_language_that_is_none_of_ours_is_named(word: str) -> None:
    assert parse(f"language {word}") == Usage(Misuse.UNKNOWN_LANGUAGE, word)


def test_a_slip_of_the_command_is_pointed_at() -> None:
    slip = parse("langauge de")

    assert isinstance(slip, Usage)
    assert slip.hint == "language de"
