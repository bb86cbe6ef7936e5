"""The repository of channel languages, which records every change as an event."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import bindparam, func, select

from bot.db.channel_models import ChannelLanguageRow
from bot.db.events import EVENTS, event_values
from bot.db.models import table
from bot.db.session import INSERT, Repository
from bot.db.writes import Write, row_parameters, with_row
from bot.domain.languages import Language, language_set
from bot.domain.requests import Asker, Place

LANGUAGES: Final = table(ChannelLanguageRow)
_C: Final = LANGUAGES.c
_KEY: Final = ("workspace", "channel")
_NONE: Final = ""

LIST: Final = select(LANGUAGES)
GET: Final = select(_C.language).where(
    _C.workspace == bindparam("workspace"), _C.channel == bindparam("channel")
)
OFFER: Final = {
    dialect: with_row(insert(LANGUAGES), LANGUAGES)
    .on_conflict_do_nothing()
    .returning(_C.channel)
    for dialect, insert in INSERT.items()
}
# Only from the language that was read: the event says which one it was.
_SEEN: Final = bindparam("seen_language", type_=_C.language.type)


def _set(dialect: str) -> Write:
    insert = with_row(INSERT[dialect](LANGUAGES), LANGUAGES)
    change = insert.on_conflict_do_update(
        index_elements=_KEY,
        set_={"language": insert.excluded.language},
        where=func.coalesce(_C.language, _NONE) == _SEEN,
    )
    return Write(change.returning(_C.channel), EVENTS)


SET: Final = {dialect: _set(dialect) for dialect in INSERT}


class SqlLanguageRepository(Repository):
    """The languages of all channels. Every method raises StorageUnavailable."""

    async def list_languages(self) -> Mapping[tuple[str, str], Language | None]:
        """Return the languages by workspace and channel; None was offered alone."""
        rows = await self._database.run(LIST)
        return {(row.workspace, row.channel): _language(row.language) for row in rows}

    async def set_language(self, language: Language, asker: Asker) -> Language | None:
        """Store the channel's language and the event; return the one before."""
        place = asker.place
        key = {"workspace": place.workspace, "channel": place.channel}
        row = row_parameters(LANGUAGES, {**key, "language": language.value})
        while True:
            found = await self._database.run(GET, key)
            stored = found[0].language if found else None
            before = _language(stored)
            if stored == language.value:
                return before
            written = await self._database.write(
                SET[self._database.dialect],
                {**row, "seen_language": stored or _NONE},
                event_values(language_set(language, before, asker)),
            )
            if written:
                return before

    async def offer_language(self, place: Place) -> bool:
        """Record that one was offered; False where one was offered or set before."""
        row = {"workspace": place.workspace, "channel": place.channel}
        offer = OFFER[self._database.dialect]
        return bool(await self._database.run(offer, row_parameters(LANGUAGES, row)))


def _language(stored: str | None) -> Language | None:
    """Return a language; English for one that only a newer version of the bot has."""
    if stored is None:
        return None
    return Language(stored) if stored in set(Language) else Language.ENGLISH
