"""What the alias records promise, on both databases."""

import asyncio
from dataclasses import replace

from bot.db.repositories import Repositories
from bot.domain.requests import Alias, Place
from bot.domain.submissions import Target

PLACE = Place("T1", "C1")
MAIL = Alias("mail", Target("9NBLGGH4R315"), "Mail", None, "U1")
BETA = Alias("beta", Target("9NBLGGH4R315", "f-1"), "Mail", "Beta ring", "U2")


async def test_aliases_are_listed_by_name(repositories: Repositories) -> None:
    assert await repositories.list_aliases(PLACE) == []

    assert await repositories.add_alias(PLACE, MAIL) == MAIL
    assert await repositories.add_alias(PLACE, BETA) == BETA

    assert await repositories.list_aliases(PLACE) == [BETA, MAIL]


async def test_a_taken_name_keeps_its_first_owner(repositories: Repositories) -> None:
    await repositories.add_alias(PLACE, MAIL)

    answer = await repositories.add_alias(PLACE, replace(BETA, name="mail"))

    assert answer == MAIL
    assert await repositories.list_aliases(PLACE) == [MAIL]


async def test_of_many_who_take_a_name_at_once_all_are_told_the_same_owner(
    repositories: Repositories,
) -> None:
    wanted = [replace(MAIL, added_by=f"U{number}") for number in range(10)]

    answers = await asyncio.gather(
        *(repositories.add_alias(PLACE, one) for one in wanted)
    )

    assert len({answer.added_by for answer in answers}) == 1
    assert await repositories.list_aliases(PLACE) == [answers[0]]


async def test_a_name_belongs_to_one_channel_of_one_workspace(
    repositories: Repositories,
) -> None:
    await repositories.add_alias(PLACE, MAIL)

    assert await repositories.list_aliases(Place("T1", "C2")) == []
    assert await repositories.list_aliases(Place("T2", "C1")) == []
    assert await repositories.remove_alias(Place("T2", "C1"), "mail") is None
    # A thread is in its channel.
    assert await repositories.list_aliases(Place("T1", "C1", "1700.1")) == [MAIL]


async def test_a_removed_alias_is_given_back_once(repositories: Repositories) -> None:
    await repositories.add_alias(PLACE, MAIL)

    assert await repositories.remove_alias(PLACE, "mail") == MAIL
    assert await repositories.remove_alias(PLACE, "mail") is None
    assert await repositories.list_aliases(PLACE) == []
