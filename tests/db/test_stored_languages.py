"""The language of a channel is stored once, with its event, and offered once."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.db.events import EVENTS
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.events import EventKind
from bot.domain.languages import Language, LanguageChange
from bot.domain.requests import Asker, Place
from tests.db.sample_requests import ANN, APP, CHANNEL, LATER, NOON, AllRepositories

ASKER = Asker(ANN, CHANNEL, NOON)
HERE = (CHANNEL.workspace, CHANNEL.channel)
ELSEWHERE = Place("T2", CHANNEL.channel)


async def test_a_channel_has_no_language_before_one_is_set(
    repositories: AllRepositories,
) -> None:
    assert await repositories.languages.list_languages() == {}


async def test_the_language_that_was_set_last_stands(
    repositories: AllRepositories,
) -> None:
    languages = repositories.languages

    assert await languages.set_language(Language.GERMAN, ASKER) is None
    assert await languages.set_language(Language.FRENCH, ASKER) is Language.GERMAN
    assert await languages.set_language(Language.FRENCH, ASKER) is Language.FRENCH

    assert await languages.list_languages() == {HERE: Language.FRENCH}


async def test_a_channel_of_another_workspace_has_its_own(
    repositories: AllRepositories,
) -> None:
    languages = repositories.languages
    await languages.set_language(Language.GERMAN, ASKER)
    await languages.set_language(Language.RUSSIAN, replace(ASKER, place=ELSEWHERE))

    assert await languages.list_languages() == {
        HERE: Language.GERMAN,
        ("T2", CHANNEL.channel): Language.RUSSIAN,
    }


async def test_a_language_is_offered_once_in_a_channel(
    repositories: AllRepositories,
) -> None:
    languages = repositories.languages

    assert await languages.offer_language(CHANNEL)
    assert not await languages.offer_language(CHANNEL)
    assert await languages.offer_language(ELSEWHERE)

    assert await languages.list_languages() == {
        HERE: None,
        ("T2", CHANNEL.channel): None,
    }
    assert await languages.set_language(Language.CHINESE, ASKER) is None
    assert not await languages.offer_language(CHANNEL)


async def test_who_has_set_it_stands_in_the_history_of_the_channel(
    repositories: AllRepositories,
) -> None:
    await repositories.languages.set_language(Language.GERMAN, ASKER)
    await repositories.languages.set_language(Language.FRENCH, replace(ASKER, at=LATER))

    page = await repositories.events.list_history(CHANNEL, None, 10)

    assert page.unread == 0
    assert page.entries == (
        LanguageChange(Language.FRENCH, Language.GERMAN, LATER, ANN.user_id),
        LanguageChange(Language.GERMAN, None, NOON, ANN.user_id),
    )
    of_app = await repositories.events.list_history(CHANNEL, APP, 10)
    assert of_app.entries == ()


@pytest.fixture
def stored(database: Database) -> SqlRepositories:
    """Return the repositories of each kind of database in turn."""
    return SqlRepositories(database)


async def test_each_change_is_one_event(
    stored: SqlRepositories, database: Database
) -> None:
    await stored.languages.offer_language(CHANNEL)
    for language in (Language.GERMAN, Language.GERMAN, Language.ENGLISH):
        await stored.languages.set_language(language, ASKER)

    rows = await database.run(EVENTS.select().order_by(EVENTS.c.id))
    assert [row.kind for row in rows] == [EventKind.LANGUAGE_SET] * 2
    assert [(row.channel, row.actor) for row in rows] == [("C1", ANN.user_id)] * 2
    details = [row.details for row in rows]
    assert '"before": null' in details[0]
    assert '"before": "de"' in details[1]
    assert '"language": "en"' in details[1]


async def test_of_two_who_set_it_at_once_each_event_says_what_was_before(
    stored: SqlRepositories, database: Database
) -> None:
    wanted = [Language.GERMAN, Language.FRENCH, Language.RUSSIAN, Language.CHINESE]
    before = await asyncio.gather(
        *(stored.languages.set_language(one, ASKER) for one in wanted)
    )

    [last] = set(wanted) - set(before)
    assert sorted(map(str, before)) == sorted(
        str(one) for one in (None, *wanted) if one is not last
    )
    assert await stored.languages.list_languages() == {HERE: last}
    rows = await database.run(EVENTS.select())
    assert len(rows) == len(wanted)


async def test_a_language_that_a_newer_bot_has_stored_is_english_here(
    stored: SqlRepositories, database: Database
) -> None:
    await database.run(text("INSERT INTO channel_languages VALUES ('T1', 'C1', 'tlh')"))

    assert await stored.languages.list_languages() == {HERE: Language.ENGLISH}
    before = await stored.languages.set_language(Language.ENGLISH, ASKER)
    assert before is Language.ENGLISH
    assert await database.run(EVENTS.select())
