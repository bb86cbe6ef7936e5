"""Every message about the languages themselves."""

from collections.abc import Iterator
from itertools import product

from bot.domain.channel_outcomes import ChannelLanguage
from bot.domain.languages import Language, LanguageChange
from bot.domain.outcomes import History
from bot.slack.messages.blocks import Message
from bot.slack.messages.history import history
from bot.slack.messages.languages import language_offer
from bot.slack.messages.replies import answer_message
from bot.slack.messages.translator import Translator
from tests.fakes import NOON


def every_language(t: Translator) -> Iterator[Message]:
    """Yield the channel's language, shown and set, and the offer of each."""
    for language in Language:
        for was in (None, Language.ENGLISH):
            yield history(t, History((LanguageChange(language, was, NOON, "U1"),)))
    for now, before in product((None, *Language), repeat=2):
        yield answer_message(t, ChannelLanguage(now, before))
    yield from (language_offer(t, language) for language in Language)
