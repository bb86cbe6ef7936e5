"""What every alias repository promises, and the events that it writes."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.events import AliasChange, EventKind
from bot.domain.requests import MOST_ALIASES, Alias, Place
from tests.db.sample_requests import APP, FLIGHT, LATER, NOON, AllRepositories

PLACE = Place("T1", "C1")
MAIL = Alias("mail", APP, "Mail", None, "U1")
BETA = Alias("beta", FLIGHT, "Mail", "Beta ring", "U2")


async def changes(
    repositories: AllRepositories, place: Place = PLACE
) -> Sequence[object]:
    return (await repositories.events.list_history(place, None, 10)).entries


async def test_the_last_place_of_a_channel_is_taken_once(
    database: Database, migrated_url: str
) -> None:
    other = Database(migrated_url)
    replicas = [SqlRepositories(database), SqlRepositories(other)]
    wanted = [replace(MAIL, name=f"a{number}") for number in range(MOST_ALIASES + 30)]

    answers = await asyncio.gather(
        *(
            replicas[number % 2].aliases.add_alias(PLACE, alias, NOON)
            for number, alias in enumerate(wanted)
        )
    )

    assert len([one for one in answers if one is not None]) == MOST_ALIASES
    assert len(await replicas[0].aliases.list_aliases(PLACE)) == MOST_ALIASES
    await other.close()


async def test_aliases_are_listed_by_name(repositories: AllRepositories) -> None:
    aliases = repositories.aliases
    assert await aliases.list_aliases(PLACE) == []

    assert await aliases.add_alias(PLACE, MAIL, NOON) == MAIL
    assert await aliases.add_alias(PLACE, BETA, NOON) == BETA

    assert await aliases.list_aliases(PLACE) == [BETA, MAIL]


async def test_a_taken_name_keeps_its_first_owner(
    repositories: AllRepositories,
) -> None:
    aliases = repositories.aliases
    await aliases.add_alias(PLACE, MAIL, NOON)

    answer = await aliases.add_alias(PLACE, replace(BETA, name="mail"), LATER)

    assert answer == MAIL
    assert await aliases.list_aliases(PLACE) == [MAIL]
    assert await changes(repositories) == (
        AliasChange(EventKind.ALIAS_ADDED, MAIL, NOON, "U1"),
    )


async def test_of_many_who_take_a_name_at_once_all_are_told_the_same_owner(
    repositories: AllRepositories,
) -> None:
    wanted = [replace(MAIL, added_by=f"U{number}") for number in range(10)]

    answers = await asyncio.gather(
        *(repositories.aliases.add_alias(PLACE, one, NOON) for one in wanted)
    )

    assert len({answer.added_by for answer in answers if answer}) == 1
    assert await repositories.aliases.list_aliases(PLACE) == [answers[0]]
    assert len(await changes(repositories)) == 1


async def test_a_name_belongs_to_one_channel_of_one_workspace(
    repositories: AllRepositories,
) -> None:
    aliases = repositories.aliases
    await aliases.add_alias(PLACE, MAIL, NOON)

    assert await aliases.list_aliases(Place("T1", "C2")) == []
    assert await aliases.list_aliases(Place("T2", "C1")) == []
    assert await aliases.remove_alias(Place("T2", "C1"), "mail", "U1", NOON) is None
    # A thread is in its channel.
    assert await aliases.list_aliases(Place("T1", "C1", "1700.1")) == [MAIL]


async def test_the_channels_of_a_workspace_that_have_a_name_are_found(
    repositories: AllRepositories,
) -> None:
    aliases = repositories.aliases
    for place in (Place("T1", "C2"), PLACE, Place("T2", "C3")):
        await aliases.add_alias(place, MAIL, NOON)
    await aliases.add_alias(Place("T1", "C4"), BETA, NOON)

    assert sorted(await aliases.channels_with("T1", "mail")) == ["C1", "C2"]
    assert await aliases.channels_with("T2", "mail") == ["C3"]
    assert await aliases.channels_with("T2", "beta") == []


async def test_a_removed_alias_is_given_back_once(
    repositories: AllRepositories,
) -> None:
    aliases = repositories.aliases
    await aliases.add_alias(PLACE, MAIL, NOON)

    assert await aliases.remove_alias(PLACE, "mail", "U2", LATER) == MAIL
    assert await aliases.remove_alias(PLACE, "mail", "U2", LATER) is None
    assert await aliases.list_aliases(PLACE) == []
    assert await changes(repositories) == (
        AliasChange(EventKind.ALIAS_REMOVED, MAIL, LATER, "U2"),
        AliasChange(EventKind.ALIAS_ADDED, MAIL, NOON, "U1"),
    )


async def test_of_many_who_remove_a_name_at_once_one_did(
    repositories: AllRepositories,
) -> None:
    await repositories.aliases.add_alias(PLACE, MAIL, NOON)

    answers = await asyncio.gather(
        *(
            repositories.aliases.remove_alias(PLACE, "mail", f"U{number}", LATER)
            for number in range(10)
        )
    )

    assert answers.count(MAIL) == 1
    assert answers.count(None) == 9
    assert len(await changes(repositories)) == 2


async def test_a_name_that_points_elsewhere_now_is_re_pointed(
    repositories: AllRepositories,
) -> None:
    aliases = repositories.aliases
    flight = replace(BETA, name="mail")
    await aliases.add_alias(PLACE, MAIL, NOON)
    await aliases.remove_alias(PLACE, "mail", "U1", NOON)

    await aliases.add_alias(PLACE, flight, LATER)

    newest = (await changes(repositories))[0]
    assert newest == AliasChange(
        EventKind.ALIAS_REPOINTED, flight, LATER, "U2", before=str(APP)
    )


async def test_where_a_name_pointed_last_is_where_it_pointed_before(
    repositories: AllRepositories,
) -> None:
    aliases = repositories.aliases
    flight = replace(BETA, name="mail")
    for moment, alias in enumerate((MAIL, flight, MAIL)):
        now = NOON + timedelta(seconds=moment)
        await aliases.add_alias(PLACE, alias, now)
        await aliases.remove_alias(PLACE, "mail", "U3", now)

    await aliases.add_alias(PLACE, flight, LATER)

    newest = (await changes(repositories))[0]
    assert isinstance(newest, AliasChange)
    assert newest.before == str(APP)


async def test_a_name_that_comes_back_to_its_target_is_added_again(
    repositories: AllRepositories,
) -> None:
    aliases = repositories.aliases
    await aliases.add_alias(PLACE, MAIL, NOON)
    await aliases.remove_alias(PLACE, "mail", "U1", NOON)

    await aliases.add_alias(PLACE, MAIL, LATER)

    newest = (await changes(repositories))[0]
    assert newest == AliasChange(EventKind.ALIAS_ADDED, MAIL, LATER, "U1")


async def test_a_removal_elsewhere_re_points_nothing_here(
    repositories: AllRepositories,
) -> None:
    aliases = repositories.aliases
    for place in (Place("T1", "C2"), Place("T2", "C1")):
        await aliases.add_alias(place, MAIL, NOON)
        await aliases.remove_alias(place, "mail", "U1", NOON)
    await aliases.add_alias(PLACE, replace(MAIL, name="post"), NOON)
    await aliases.remove_alias(PLACE, "post", "U1", NOON)
    flight = replace(BETA, name="mail")

    await aliases.add_alias(PLACE, flight, LATER)

    newest = (await changes(repositories))[0]
    assert newest == AliasChange(EventKind.ALIAS_ADDED, flight, LATER, "U2")
