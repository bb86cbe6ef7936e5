"""A channel's language: who sets it, how it is kept, and to whom one is offered."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.channel_outcomes import ChannelLanguage
from bot.domain.events import EventKind
from bot.domain.language_commands import AskLanguage
from bot.domain.languages import Language
from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.requests import Asker, Person, Place
from bot.domain.storage import StorageUnavailable
from bot.service.languages import REFRESH_EVERY, ChannelLanguages
from tests.fakes import ANN, GUEST, NOON, PLACE
from tests.service.service_harness import ServiceHarness

ASKER = Asker(ANN, PLACE, NOON)
AWAY = StorageUnavailable("The database is away.")
SHOW = AskLanguage()


@pytest.fixture
def replica(harness: ServiceHarness) -> ChannelLanguages:
    """Return what another replica keeps of the same database."""
    return ChannelLanguages(harness.languages, harness.events, lambda: harness.now)


async def test_a_channel_is_written_to_in_english_until_somebody_sets_another(
    harness: ServiceHarness,
) -> None:
    assert await harness.say("language") == ChannelLanguage(None)
    assert await harness.say("language de") == ChannelLanguage(
        Language.GERMAN, Language.ENGLISH
    )
    assert await harness.say("language") == ChannelLanguage(Language.GERMAN)
    assert await harness.say("language deutsch") == ChannelLanguage(
        Language.GERMAN, Language.GERMAN
    )
    assert len(harness.events_of(EventKind.LANGUAGE_SET)) == 1


async def test_a_guest_may_look_and_not_set_it(harness: ServiceHarness) -> None:
    assert await harness.say("language", GUEST) == ChannelLanguage(None)

    denied = await harness.say("language de", GUEST)

    assert denied == NotAllowed(Denial.OTHER_WORKSPACE)
    assert await harness.say("language") == ChannelLanguage(None)
    [refused] = harness.events_of(EventKind.REFUSED)
    assert refused.details["action"] == "set_language"


async def test_another_replica_knows_it_within_a_minute(
    harness: ServiceHarness, replica: ChannelLanguages
) -> None:
    await replica.refresh()
    await harness.say("language ru")

    await replica.refresh()
    assert replica.language_of(PLACE) is None
    harness.now += REFRESH_EVERY
    await replica.refresh()

    assert replica.language_of(PLACE) is Language.RUSSIAN
    assert replica.language_of(replace(PLACE, thread="1.2")) is Language.RUSSIAN
    assert replica.language_of(Place("T9", PLACE.channel)) is None
    assert timedelta(minutes=1) > REFRESH_EVERY


async def test_a_clock_that_is_set_back_does_not_end_the_reading(
    harness: ServiceHarness, replica: ChannelLanguages
) -> None:
    await replica.refresh()
    await harness.say("language ru")

    harness.now -= timedelta(days=1)
    await replica.refresh()

    assert replica.language_of(PLACE) is Language.RUSSIAN


async def test_what_is_set_while_they_are_read_is_not_lost(
    harness: ServiceHarness, replica: ChannelLanguages, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = harness.languages.list_languages

    async def slowly() -> Mapping[tuple[str, str], Language | None]:
        found = await read()
        await replica.answer(AskLanguage(Language.FRENCH), ASKER)
        return found

    monkeypatch.setattr(harness.languages, "list_languages", slowly)
    await replica.refresh()

    assert replica.language_of(PLACE) is Language.FRENCH


async def test_while_the_database_is_away_what_was_known_stands(
    harness: ServiceHarness, replica: ChannelLanguages
) -> None:
    await replica.answer(AskLanguage(Language.FRENCH), ASKER)
    harness.repositories.memory.failure = AWAY

    with pytest.raises(StorageUnavailable):
        await replica.refresh()

    assert replica.language_of(PLACE) is Language.FRENCH
    # Nothing is read from the database to show it.
    assert await replica.answer(SHOW, ASKER) == ChannelLanguage(Language.FRENCH)


async def test_a_bot_starts_without_its_database(
    harness: ServiceHarness, replica: ChannelLanguages
) -> None:
    await harness.say("language fr")
    harness.repositories.memory.failure = AWAY

    await replica.refresh_if_possible()
    assert replica.language_of(PLACE) is None
    harness.repositories.memory.failure = None
    await replica.refresh_if_possible()

    assert replica.language_of(PLACE) is Language.FRENCH


async def test_a_language_is_offered_once_in_a_channel_whatever_replica_is_asked(
    harness: ServiceHarness, replica: ChannelLanguages
) -> None:
    offer = harness.service.offer_language

    assert await offer(Language.GERMAN, PLACE, ANN)
    assert not await offer(Language.GERMAN, PLACE, ANN)
    assert not await offer(Language.RUSSIAN, PLACE, ANN)
    assert not await replica.offer(Language.GERMAN, ASKER)
    assert await replica.offer(Language.GERMAN, replace(ASKER, place=Place("T1", "C2")))


async def test_no_language_is_offered_where_one_was_set(
    harness: ServiceHarness, replica: ChannelLanguages
) -> None:
    await harness.say("language en")

    assert not await harness.service.offer_language(Language.GERMAN, PLACE, ANN)
    assert not await replica.offer(Language.GERMAN, ASKER)


@pytest.mark.parametrize("person", [GUEST, Person("U9", "")])
async def test_nothing_is_offered_to_one_who_may_not_set_it(
    harness: ServiceHarness, person: Person
) -> None:
    offer = harness.service.offer_language

    assert not await offer(Language.GERMAN, PLACE, person)
    assert harness.events_of(EventKind.REFUSED) == []
    assert await offer(Language.GERMAN, PLACE, ANN)


async def test_english_is_never_offered(harness: ServiceHarness) -> None:
    assert not await harness.service.offer_language(Language.ENGLISH, PLACE, ANN)
    assert await harness.service.offer_language(Language.GERMAN, PLACE, ANN)
