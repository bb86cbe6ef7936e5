"""Channel languages: what each channel is written to in, kept in memory.

All of them are read again every half minute, so that no message waits for the database
to know its language, and every replica knows of a change within a minute.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bot.domain.channel_outcomes import ChannelLanguage
from bot.domain.language_commands import AskLanguage
from bot.domain.languages import Language
from bot.domain.outcomes import NotAllowed
from bot.domain.permission import Action, Subject, authorize
from bot.domain.requests import Asker, Place
from bot.domain.storage import StorageUnavailable
from bot.service.authorization import check_permission
from bot.service.repositories import EventRepository, LanguageRepository

REFRESH_EVERY: Final = timedelta(seconds=30)

_log: Final = logging.getLogger("bot.service")


class ChannelLanguages:
    """The language of each channel: it is shown, set, and offered once."""

    def __init__(
        self,
        repository: LanguageRepository,
        events: EventRepository,
        clock: Callable[[], datetime],
    ) -> None:
        self._repository = repository
        self._events = events
        self._clock = clock
        self._kept: dict[tuple[str, str], Language | None] = {}
        self._read_at: datetime | None = None
        self._changes = 0

    def language_of(self, place: Place) -> Language | None:
        """Return the language that was set; None where none was, as far as is known."""
        return self._kept.get((place.workspace, place.channel))

    async def refresh(self) -> None:
        """Read all of them again, where that was not done just now.

        Raises StorageUnavailable.
        """
        now, before = self._clock(), self._changes
        last = self._read_at
        if last is not None and timedelta(0) <= now - last < REFRESH_EVERY:
            return
        found = await self._repository.list_languages()
        if before == self._changes:
            # What was set here meanwhile may not be among them.
            self._kept, self._read_at = dict(found), now

    async def refresh_if_possible(self) -> None:
        """Read them before the first message; where that fails, it is in English."""
        try:
            await self.refresh()
        except StorageUnavailable as reason:
            _log.warning("the languages of channels are not read yet: %s", reason)

    async def answer(
        self, command: AskLanguage, asker: Asker
    ) -> ChannelLanguage | NotAllowed:
        """Show the channel's language, or set it. Raises StorageUnavailable."""
        place, language = asker.place, command.language
        action = Action.LOOK if language is None else Action.SET_LANGUAGE
        denied = await check_permission(self._events, action, asker, Subject(place))
        if denied is not None:
            return denied
        if language is None:
            return ChannelLanguage(self.language_of(place))
        before = await self._repository.set_language(language, asker)
        self._keep(place, language)
        return ChannelLanguage(language, before or Language.ENGLISH)

    async def offer(self, language: Language, asker: Asker) -> bool:
        """Return whether to offer this language now: once in a channel, to a member.

        Raises StorageUnavailable.
        """
        place = asker.place
        known = (place.workspace, place.channel) in self._kept
        if known or language is Language.ENGLISH:
            return False
        if authorize(asker.person, Action.SET_LANGUAGE, Subject(place)) is not None:
            return False
        if await self._repository.offer_language(place):
            self._keep(place, None)
            return True
        return False

    def _keep(self, place: Place, language: Language | None) -> None:
        self._changes += 1
        self._kept[place.workspace, place.channel] = language
