"""Release channels: who has an app, who was first, and who gives it up."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.db.approval_writes import approval_write
from bot.db.repositories import SqlRepositories
from bot.db.requests import _decision
from bot.db.session import Database
from bot.domain.approval import Judgement
from bot.domain.requests import Alias, Place
from bot.domain.submissions import Target
from tests.db.sample_requests import ANN, APP, CHANNEL, NOON, request

MAIL = Target("main", "9NMAIL000001")
HERE = Place("T1", "C1")
BETA = Target(MAIL.account, MAIL.app_id, "beta")


@pytest.fixture
def stored(database: Database) -> SqlRepositories:
    return SqlRepositories(database)


async def channels(stored: SqlRepositories, target: Target = MAIL) -> list[str]:
    found = await stored.release_channels.channels_of("T1", target)
    return [one.channel for one in found]


async def test_an_app_goes_to_the_channel_that_names_it_first_with_its_flights(
    stored: SqlRepositories,
) -> None:
    first = stored.release_channels.name_first

    assert await first(HERE, BETA, "UANN", NOON)
    assert not await first(Place("T1", "C2"), MAIL, "UBEN", NOON)
    assert not await first(HERE, MAIL, "UANN", NOON)

    assert await channels(stored) == await channels(stored, BETA) == ["C1"]
    assert await stored.release_channels.channels_of("T2", MAIL) == []


async def test_of_many_channels_that_name_it_at_once_one_has_it(
    stored: SqlRepositories, database: Database
) -> None:
    first = stored.release_channels.name_first

    got = await asyncio.gather(
        *(first(Place("T1", f"C{n}"), MAIL, "UANN", NOON) for n in range(20))
    )

    assert sum(got) == 1
    assert await channels(stored) == [f"C{got.index(True)}"]
    rows = await database.run(text("SELECT kind FROM events"))
    assert [row.kind for row in rows] == ["channel_added"]


async def test_the_database_itself_knows_one_first_channel_of_an_app(
    stored: SqlRepositories, database: Database
) -> None:
    assert await stored.release_channels.name_first(HERE, MAIL, "UANN", NOON)
    [row] = await database.run(text("SELECT number FROM release_channels"))
    assert row.number == 1

    again = text(
        "INSERT INTO release_channels SELECT workspace, account, app_id, 'C2', number,"
        " added_by, added_at FROM release_channels"
    )
    with pytest.raises(IntegrityError):
        await database.run(again)


async def test_the_app_is_called_as_its_aliases_call_it(
    stored: SqlRepositories,
) -> None:
    await stored.release_channels.name_first(HERE, MAIL, "UANN", NOON)
    await stored.aliases.add_alias(HERE, Alias("m", BETA, "Contoso Mail"), NOON)

    [found] = await stored.release_channels.channels_of("T1", MAIL)
    assert found.app_name == "Contoso Mail"
    assert (found.added_by, found.added_at) == ("UANN", NOON)


async def test_a_channel_gives_an_app_up_with_its_last_alias_of_it(
    stored: SqlRepositories, database: Database
) -> None:
    await stored.release_channels.name_first(HERE, MAIL, "UANN", NOON)
    await stored.aliases.add_alias(HERE, Alias("m", MAIL, "Mail"), NOON)
    await stored.aliases.add_alias(HERE, Alias("b", BETA, "Mail"), NOON)
    give_up = stored.release_channels.give_up_unnamed

    await stored.aliases.remove_alias(HERE, "m", "UANN", NOON)
    assert not await give_up(HERE, MAIL, "UANN", NOON)
    await stored.aliases.remove_alias(HERE, "b", "UANN", NOON)
    assert await give_up(HERE, BETA, "UANN", NOON)
    assert not await give_up(HERE, MAIL, "UANN", NOON)

    assert await channels(stored) == []
    rows = await database.run(text("SELECT kind FROM events ORDER BY id"))
    assert [row.kind for row in rows][-1] == "channel_removed"
    assert await stored.release_channels.name_first(
        Place("T1", "C2"), MAIL, "UBEN", NOON
    )


async def test_whoever_has_named_something_in_a_channel_has_acted_there(
    stored: SqlRepositories,
) -> None:
    acted = stored.release_channels.has_acted
    assert not await acted("T1", "C1", "UANN")

    await stored.aliases.add_alias(HERE, Alias("m", MAIL, "Mail", None, "UANN"), NOON)

    assert await acted("T1", "C1", "UANN")
    assert not await acted("T1", "C2", "UANN")
    assert not await acted("T1", "C1", "UBEN")


async def test_a_request_is_approved_while_its_channel_has_the_app_or_none_has(
    stored: SqlRepositories,
) -> None:
    there = Place("T1", "C2")
    await stored.requests.add_request(request(1))
    assert await has_app(stored)

    assert await stored.release_channels.name_first(there, APP, "UBEN", NOON)
    assert not await has_app(stored)
    assert not await approved(stored)

    assert await stored.release_channels.give_up_unnamed(there, APP, "UBEN", NOON)
    assert await has_app(stored)
    assert await stored.release_channels.name_first(CHANNEL, APP, "UANN", NOON)
    assert await approved(stored)


async def has_app(stored: SqlRepositories) -> bool:
    found = await stored.requests.get_request("r1")
    assert found is not None
    return found.channel_has_app


async def approved(stored: SqlRepositories) -> bool:
    """Return whether the claim itself takes a press, whatever was read before."""
    pressed = request(1).approved(ANN.user_id, NOON, 0)
    values = _decision(request(1), pressed, "1.2", NOON)
    write, rows, of_plan = approval_write(pressed, ANN, NOON, Judgement(1))
    return bool(await stored.requests._database.write(write, values | of_plan, *rows))
