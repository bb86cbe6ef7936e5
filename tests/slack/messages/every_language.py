"""Every message about the languages themselves."""

from collections.abc import Iterator
from itertools import product

from bot.domain.channel_outcomes import ChannelLanguage
from bot.domain.languages import Language
from bot.slack.messages.blocks import Message
from bot.slack.messages.languages import language_offer
from bot.slack.messages.replies import answer_message
from bot.slack.messages.translator import Translator


def every_language(t: Translator) -> Iterator[Message]:
    """Yield the channel's language, shown and set, and the offer of each."""
    for now, before in product((None, *Language), repeat=2):
        yield answer_message(t, ChannelLanguage(now, before))
    yield from (language_offer(t, language) for language in Language)
