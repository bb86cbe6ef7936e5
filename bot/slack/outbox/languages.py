"""Languages: in which one a message is written, its reader's or its channel's.

What one person alone sees is in the language of their Slack. What a channel sees is in
the language that somebody has chosen for it, in English elsewhere. Neither is waited
for: what is not known by now is looked up for the next message.
"""

from bot.domain.languages import Language, language_of_locale
from bot.domain.requests import Place
from bot.service.languages import ChannelLanguages
from bot.slack.client.locales import Locales
from bot.slack.messages.translator import Translator, Translators


class Languages:
    """The Translator of each reader and of each channel."""

    def __init__(
        self, translators: Translators, locales: Locales, channels: ChannelLanguages
    ) -> None:
        self._translators = translators
        self._locales = locales
        self._channels = channels
        self._only_english = translators.languages == {Language.ENGLISH}

    @property
    def default(self) -> Translator:
        """The Translator for somebody of whom nothing is known."""
        return self._translators.of(None)

    def of_channel(self, place: Place) -> Translator:
        """Return the Translator of what everybody in a channel sees."""
        return self._translators.of(self._channels.language_of(place))

    def of_reader(self, place: Place, user_id: str) -> Translator:
        """Return the Translator of what one person alone sees in a channel.

        Where the person's locale is not known by now, it is the channel's.
        """
        if self._only_english:
            return self.default
        locale = self._locales.locale(place.workspace, user_id)
        if locale is None:
            return self.of_channel(place)
        return self._translators.of(language_of_locale(locale))

    def expect(self, place: Place, user_id: str) -> None:
        """Begin to look up the locale of somebody who is answered in a moment."""
        if not self._only_english:
            self._locales.locale(place.workspace, user_id)

    async def of_reader_soon(self, place: Place, user_id: str) -> Translator:
        """Return the same, after the lookup of an unknown locale: a second at most.

        It is for what is in nobody's way.
        """
        if not self._only_english:
            await self._locales.look_up(place.workspace, user_id)
        return self.of_reader(place, user_id)

    def forget(self, workspace: str, user_id: str) -> None:
        """Ask again for the locale of a person who has changed."""
        self._locales.forget(workspace, user_id)
