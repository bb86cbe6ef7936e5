"""Every message in every language: Slack takes it, and no label of it is cut."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.domain.app_names import ResolvedTarget
from bot.domain.languages import Language
from bot.domain.submissions import Target
from bot.sandbox.slack.view_schema import validate_view
from bot.slack.messages import blocks as drawn_blocks
from bot.slack.messages import charts, forms, limits
from bot.slack.messages.home import as_view
from bot.slack.messages.translator import Translator, Translators
from tests.slack.messages.every_home import every_home
from tests.slack.messages.every_message import Arguments, every_message
from tests.slack.messages.test_slack_limits_longest import LONG, check

TRANSLATORS = Translators()
LANGUAGES = [one for one in Language if one in TRANSLATORS.languages]
TRANSLATED = [one for one in LANGUAGES if one is not Language.ENGLISH]
# Texts of sentences may be cut where people type long ones; what is shorter is a label.
LABEL = limits.MOST_HEADER


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the labels that were too long for their places, as they are drawn."""
    found: list[str] = []

    def noted(text: str, most: int) -> str:
        if most <= LABEL < limits.MOST_FIELD and len(text) > most:
            found.append(f"{most}: {text}")
        return limits.fit(text, most)

    for module in (drawn_blocks, charts):
        monkeypatch.setattr(module, "fit", noted)
    return found


def every_view(t: Translator, arguments: Arguments) -> Iterator[dict[str, Any]]:
    """Draw the views that are no part of a message."""
    target = Target(arguments.word, arguments.number)
    yield forms.set_form(t, "C0MAIL", ResolvedTarget(target, arguments.word))
    for blocks in every_home(t, arguments, many=5):
        yield as_view(blocks)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_is_cut_in_any_language(language: Language, cut: list[str]) -> None:
    t = TRANSLATORS.of(language)

    for message in every_message(t, Arguments()):
        assert message.text
    for view in every_view(t, Arguments()):
        assert list(validate_view(view, view["type"])) == []

    assert sorted(set(cut)) == []


# test_slack_limits_longest.py has the same in English.
@pytest.mark.parametrize("language", TRANSLATED)
def test_slack_takes_every_message_in_every_language(language: Language) -> None:
    checked: set[str] = set()

    for message in every_message(TRANSLATORS.of(language), LONG["plain"]):
        check(message, checked)

    assert checked
