"""The language of each channel, in memory."""

from collections.abc import Mapping

from bot.domain.languages import Language, language_set
from bot.domain.requests import Asker, Place
from tests.fakes.memory import Channel, Repository, channel_of


class FakeLanguages(Repository):
    """The language of each channel."""

    async def list_languages(self) -> Mapping[Channel, Language | None]:
        """Return the languages by workspace and channel; None was offered alone."""
        return dict(self.reach().languages)

    async def set_language(self, language: Language, asker: Asker) -> Language | None:
        """Store the channel's language and the event; return the one before."""
        memory, channel = self.reach(), channel_of(asker.place)
        before = memory.languages.get(channel)
        if before is not language:
            memory.languages[channel] = language
            memory.append(language_set(language, before, asker))
        return before

    async def offer_language(self, place: Place) -> bool:
        """Record that one was offered; False where one was offered or set before."""
        languages, channel = self.reach().languages, channel_of(place)
        if channel in languages:
            return False
        languages[channel] = None
        return True
