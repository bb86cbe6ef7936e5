"""Diagnostics: what is in use, and what has not ended."""

from dataclasses import replace

from bot.db.diagnostics import (
    STUCK_AFTER,
    DatabaseDiagnostics,
    read_diagnostics,
    unsettled,
)
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.requests import Alias, Place
from tests.db.sample_requests import (
    APP,
    CHANNEL,
    DONE,
    LATER,
    NOON,
    UNKNOWN,
    cancel,
    operation,
    press,
    request,
)


async def test_an_empty_database_has_nothing_in_use(database: Database) -> None:
    found = await read_diagnostics(database, NOON)

    assert found == DatabaseDiagnostics([], waiting=0, running=0, stuck=[])


async def test_pending_cards_and_open_operations_are_counted(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    mail = Alias("mail", APP, "Mail", None, "U1")
    for place in (Place("T1", "C2"), CHANNEL):
        await repositories.aliases.add_alias(place, mail, NOON)
        await repositories.aliases.add_alias(place, replace(mail, name="m"), NOON)
    for number in range(6):
        await repositories.requests.add_request(request(number))
    await cancel(repositories, 2)
    await press(repositories, 3)
    await press(repositories, 4, now=NOON + STUCK_AFTER)
    await press(repositories, 5)
    await repositories.operations.close_operation("r5", NOON)

    found = await read_diagnostics(database, NOON + STUCK_AFTER)
    assert found == DatabaseDiagnostics(["C1", "C2"], waiting=2, running=2, stuck=[])
    later = await read_diagnostics(database, LATER)
    assert later.stuck == ["r3", "r4"]


async def test_an_operation_is_unsettled_until_its_end_is_known(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    for number in range(1, 4):
        await repositories.requests.add_request(request(number))
        await press(repositories, number)
    for number, result in ((1, DONE), (2, UNKNOWN)):
        name = f"r{number}"
        await repositories.operations.finish_operation(operation(name), result, NOON)
        await repositories.operations.close_operation(name, NOON)

    assert sorted(await unsettled(database, ["r1", "r2", "r3", "r9"])) == ["r2", "r3"]
    assert await unsettled(database, []) == []
