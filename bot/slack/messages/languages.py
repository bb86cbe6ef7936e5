"""Languages: which one a channel has, which ones there are, and the offer of another.

A language is named in its own words, which are the same in all.
"""

from typing import Final

from bot.domain.channel_outcomes import ChannelLanguage
from bot.domain.languages import Language, LanguageChange
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.escape import code
from bot.slack.messages.phrases import command
from bot.slack.messages.translator import Translator

NAMES: Final = {
    Language.ENGLISH: "English",
    Language.FRENCH: "français",
    Language.GERMAN: "Deutsch",
    Language.RUSSIAN: "русский",
    Language.CHINESE: "中文",
}
_COMMAND: Final = "language"
_EXAMPLE: Final = Language.GERMAN
_WORD_LENGTH: Final = 60


def channel_language(t: Translator, answer: ChannelLanguage) -> Message:
    """Draw which language the channel has, or has got."""
    now = answer.language or Language.ENGLISH
    if answer.before is None:
        return note(
            t.gettext(
                "Messages in this channel are in *{language}*. To change that, type "
                "{command} with one of {languages}. What you alone see is in the "
                "language of your Slack, where I know it.",
                language=NAMES[now],
                command=command(_COMMAND),
                languages=_languages(t),
            )
        )
    if answer.before is now:
        return note(
            t.gettext(
                "Messages in this channel are in *{language}* already.",
                language=NAMES[now],
            )
        )
    return note(
        t.gettext(
            "From now on, messages in this channel are in *{language}*; before, they "
            "were in {before}. Commands stay English.",
            language=NAMES[now],
            before=NAMES[answer.before],
        )
    )


def language_change(t: Translator, change: LanguageChange) -> str:
    """Return that somebody has set the channel's language, for its history."""
    return t.gettext(
        "Language of this channel's messages: *{language}*. Before: {before}.",
        language=NAMES[change.language],
        before=NAMES[change.before or Language.ENGLISH],
    )


def language_offer(t: Translator, language: Language) -> Message:
    """Offer another language than English for the channel."""
    return note(
        t.gettext(
            "What everybody sees in this channel is in *{english}*. {command} makes "
            "that *{language}*. I offer this once.",
            english=NAMES[Language.ENGLISH],
            command=command(_COMMAND, language),
            language=NAMES[language],
        )
    )


def unknown_language(t: Translator, word: str) -> str:
    """Return that a language is none of ours, and which ones are."""
    return t.gettext(
        "I do not write in {word}. I know {languages}; for example {command}.",
        word=code(word, _WORD_LENGTH),
        languages=_languages(t),
        command=command(_COMMAND, _EXAMPLE),
    )


def _languages(t: Translator) -> str:
    return t.listed(f"{code(one.value)} {NAMES[one]}" for one in Language)
