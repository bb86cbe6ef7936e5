"""Rendering of failures: the text of a code, with its arguments made harmless.

Arguments may come from another system, such as the Store's own message, so they are
escaped here, where the text is put together.
"""

from collections.abc import Callable
from string import Formatter
from typing import Final

from bot.domain.failures import FailureDetail
from bot.slack.messages.escape import escape, plain
from bot.slack.messages.failure_texts import DETAILED_TEXTS, TEXTS
from bot.slack.messages.translator import Translator

# The Store client cuts the Store's messages to this length as well.
_ARGUMENT_LENGTH: Final = 200


def failure_text(t: Translator, detail: FailureDetail) -> str:
    """Return what went wrong and who can fix it, in whole sentences, as mrkdwn."""
    return _render(t, detail, escape)


def plain_failure_text(t: Translator, detail: FailureDetail) -> str:
    """Return what went wrong and who can fix it, as plain text for a terminal."""
    return _render(t, detail, plain)


def _render(
    t: Translator, detail: FailureDetail, clean: Callable[[str, int], str]
) -> str:
    arguments = {
        name: clean(value, _ARGUMENT_LENGTH) for name, value in detail.arguments.items()
    }
    for text in DETAILED_TEXTS.get(detail.code, ()):
        if all(arguments.get(name) for name in _placeholders(text)):
            return t.gettext(text, **arguments)
    plain_text = TEXTS[detail.code]
    return t.gettext(plain_text)


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
