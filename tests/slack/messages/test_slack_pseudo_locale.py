"""No text of any message escapes the catalogue."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.slack.messages.blocks import Message
from bot.slack.messages.languages import NAMES as LANGUAGES
from tests.slack.messages.every_home import every_home
from tests.slack.messages.every_message import Arguments, every_message
from tests.translators import (
    CLOSE,
    OPEN,
    accented,
    catalogue_entries,
    pseudo,
    untranslated,
)

# Words of the Store and of Slack, and the names of languages, are shown as they are.
NAMES = ("Contoso", "mail", "1e+300", *LANGUAGES.values())


def texts(message: Message) -> Iterator[str]:
    """Return every text that a person can see of a message."""
    yield message.text
    yield from _texts(message.rendered())


def _texts(part: Any) -> Iterator[str]:  # noqa: ANN401 - JSON, of any shape
    if isinstance(part, list):
        for each in part:
            yield from _texts(each)
    elif isinstance(part, dict):
        # Of a chart, its title and the names of its lines.
        for name in ("text", "title", "name"):
            if isinstance(part.get(name), str):
                yield part[name]
        for value in part.values():
            yield from _texts(value)


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    """Every message in the pseudo-locale."""
    return list(every_message(pseudo(), Arguments()))


@pytest.fixture(scope="module")
def shown(messages: list[Message]) -> set[str]:
    """Every text of the messages: many are shown by hundreds of them."""
    return {text for message in messages for text in texts(message)}


def test_every_text_of_every_message_comes_from_the_catalogue(shown: set[str]) -> None:
    found = {text: words for text in shown if (words := untranslated(text, NAMES))}

    assert found == {}


def test_every_message_is_whole(messages: list[Message], shown: set[str]) -> None:
    for message in messages:
        assert OPEN in message.text
    for text in shown:
        assert text.count(OPEN) == text.count(CLOSE)


def test_every_entry_of_the_catalogue_is_shown_by_some_message() -> None:
    shown: set[str] = set()

    def noted(message: str) -> str:
        shown.add(message)
        return message

    for _ in every_message(pseudo(noted), Arguments(many=30)):
        pass
    for _ in every_home(pseudo(noted), Arguments()):
        pass

    assert [each for each in catalogue_entries() if not shown & set(each)] == []


def test_a_text_that_is_not_translated_is_found() -> None:
    assert untranslated(f"{accented('Halted: {app}')} halted", ()) == ["app", "halted"]
    assert untranslated(accented("Use `/rollout help`, or wait."), ()) == []


def test_a_message_that_is_not_in_the_catalogue_is_an_error() -> None:
    with pytest.raises(LookupError, match="Boo"):
        pseudo().gettext("Boo")
