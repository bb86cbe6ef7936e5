"""The dictionaries of the sandbox page: each holds its messages, and nothing else."""

import ast
import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from bot.sandbox.static_files import FOLDER
from tests.sandbox.page.page_messages import (
    LANGUAGES,
    messages,
    sentences_of_slack,
)
from tests.translators import has_its_script

MARKS: Final[dict[str, Callable[[str], Any]]] = {
    "names": lambda text: sorted(re.findall(r"\{[a-z_]+\}", text)),
    "signs": lambda text: [c for c in text if unicodedata.category(c) == "So"],
    "edges": lambda text: text != text.strip(),
}

COMMAND: Final = re.compile("/rollout(?: language)?")


def dictionary(language: str) -> dict[str, str]:
    """Return the dictionary of a language; raises ValueError for an entry twice."""
    source = (FOLDER / f"{language}.json").read_text(encoding="utf-8")
    entries: list[tuple[str, str]] = json.loads(source, object_pairs_hook=list)
    found = dict(entries)
    if len(found) != len(entries):
        raise ValueError(language)
    return found


def faults(message: str, translated: str) -> list[str]:
    """Return what a translation has lost or added."""
    lost = [name for name, of in MARKS.items() if of(message) != of(translated)]
    # "A status" may be clearer as the command that asks for it.
    if not set(COMMAND.findall(message)) <= set(COMMAND.findall(translated)):
        lost.append("commands")
    return lost if translated else ["empty"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dictionary_holds_the_messages_of_the_page_and_no_others(
    language: str,
) -> None:
    found = set(dictionary(language))

    assert (messages() - found, found - messages()) == (set(), set())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_names_commands_and_signs(language: str) -> None:
    entries = dictionary(language).items()

    assert {one: wrong for one, text in entries if (wrong := faults(one, text))} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_in_another_language(language: str) -> None:
    found = [text for message, text in dictionary(language).items() if text != message]

    assert [text for text in found if not has_its_script(language, text)] == []


@pytest.mark.parametrize(
    ("translated", "wrong"),
    [
        ("", ["empty"]),
        ("⌛ {n} tippen: /rollout status", ["names"]),
        ("⌛ {name} tippen: rollout status", ["commands"]),
        ("{name} tippen: /rollout status", ["signs"]),
        ("⌛ {name} tippen: /rollout status ", ["edges"]),
        ("⌛ {name} tippen: /rollout status", []),
    ],
)
def test_each_fault_of_a_translation_is_found(
    translated: str, wrong: list[str]
) -> None:
    assert faults("⌛ Type {name}: /rollout status", translated) == wrong


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.js")), ids=lambda p: p.stem)
def test_no_message_is_put_together_before_it_is_translated(path: Path) -> None:
    source = path.read_text(encoding="utf-8")

    assert re.findall(r"(?:gettext|N_)\(\s*(?:`|'|\"[^\"]*\" \+).*", source) == []


def test_every_sentence_of_the_local_slack_is_a_message_that_is_found() -> None:
    # The class of the error passes its message on.
    others = {
        (module, ast.unparse(message))
        for module, message in sentences_of_slack()
        if not (isinstance(message, ast.Name) and message.id.isupper())
    }

    assert others == {("errors", "message")}
