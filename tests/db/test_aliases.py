"""What the alias records promise, on both databases."""

import asyncio
from dataclasses import replace

from bot.db.repositories import Records
from bot.domain.requests import Alias, Place
from bot.domain.submissions import Target

PLACE = Place("T1", "C1")
MAIL = Alias("mail", Target("9NBLGGH4R315"), "Mail", None, "U1")
BETA = Alias("beta", Target("9NBLGGH4R315", "f-1"), "Mail", "Beta ring", "U2")


async def test_aliases_are_listed_by_name(records: Records) -> None:
    assert await records.list_aliases(PLACE) == []

    assert await records.add_alias(PLACE, MAIL) == MAIL
    assert await records.add_alias(PLACE, BETA) == BETA

    assert await records.list_aliases(PLACE) == [BETA, MAIL]


async def test_a_taken_name_keeps_its_first_owner(records: Records) -> None:
    await records.add_alias(PLACE, MAIL)

    answer = await records.add_alias(PLACE, replace(BETA, name="mail"))

    assert answer == MAIL
    assert await records.list_aliases(PLACE) == [MAIL]


async def test_of_many_who_take_a_name_at_once_all_are_told_the_same_owner(
    records: Records,
) -> None:
    wanted = [replace(MAIL, added_by=f"U{number}") for number in range(10)]

    answers = await asyncio.gather(*(records.add_alias(PLACE, one) for one in wanted))

    assert len({answer.added_by for answer in answers}) == 1
    assert await records.list_aliases(PLACE) == [answers[0]]


async def test_a_name_belongs_to_one_channel_of_one_workspace(
    records: Records,
) -> None:
    await records.add_alias(PLACE, MAIL)

    assert await records.list_aliases(Place("T1", "C2")) == []
    assert await records.list_aliases(Place("T2", "C1")) == []
    assert await records.remove_alias(Place("T2", "C1"), "mail") is None
    # A thread is in its channel.
    assert await records.list_aliases(Place("T1", "C1", "1700.1")) == [MAIL]


async def test_a_removed_alias_is_given_back_once(records: Records) -> None:
    await records.add_alias(PLACE, MAIL)

    assert await records.remove_alias(PLACE, "mail") == MAIL
    assert await records.remove_alias(PLACE, "mail") is None
    assert await records.list_aliases(PLACE) == []
