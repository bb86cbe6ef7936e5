"""The log of events is append-only, but for what is past its stated time."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Executable, delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from bot.db import retention
from bot.db.events import EVENTS, E, event_values
from bot.db.migrate import locked_connection, migrate
from bot.db.repositories import SqlRepositories
from bot.db.retention import EVENT_RETENTION
from bot.db.rows import target_values
from bot.db.session import Database
from bot.db.telling import BOARDS, NOTICES, OBSERVATIONS
from bot.db.versions import configuration
from bot.domain.events import Event, EventKind
from bot.domain.rollout import IN_PROGRESS
from bot.domain.storage import StorageUnavailable
from tests.db.sample_requests import (
    ANN,
    APP,
    CHANNEL,
    DONE,
    request,
)
from tests.fakes import count_all

OLD = datetime(2026, 1, 10, 12, tzinfo=UTC)
BOUNDARY = OLD + timedelta(days=1)
YOUNG = BOUNDARY + timedelta(days=1)
SECOND = timedelta(seconds=1)
REFUSED = (DBAPIError, StorageUnavailable)
KEPT_FROM = EVENT_RETENTION.c.kept_from
CHANGE = Event(
    EventKind.PERCENTAGE_CHANGED, OLD, target=APP, unique_key="percentage_changed/1"
)


def event(at: datetime) -> Event:
    return Event(EventKind.REFUSED, at, CHANNEL, APP, "U1", code="other_workspace")


async def add(database: Database, *events: Event) -> None:
    for one in events:
        await database.run(insert(EVENTS).values(event_values(one)))


async def times(database: Database) -> list[datetime]:
    rows = await database.run(EVENTS.select().order_by(E.id))
    return [row.at for row in rows]


async def refused(database: Database, *statements: Executable) -> None:
    """Run statements that the triggers must refuse; nothing changes."""
    tables = EVENTS, EVENT_RETENTION
    before = [await database.run(one.select()) for one in tables]
    for statement in statements:
        with pytest.raises(REFUSED, match=r"append-only|only moves forward"):
            await database.run(statement)
    assert [await database.run(one.select()) for one in tables] == before


async def move(database: Database, to: datetime) -> None:
    await database.run(update(EVENT_RETENTION).values(kept_from=to))


async def test_only_what_is_older_than_the_stated_time_can_be_deleted(
    database: Database,
) -> None:
    await add(database, event(OLD), event(BOUNDARY), event(YOUNG))
    await refused(database, delete(EVENTS), delete(EVENTS).where(E.at == OLD))

    await move(database, BOUNDARY)

    await refused(
        database,
        delete(EVENTS),
        delete(EVENTS).where(E.at == BOUNDARY),
        update(EVENTS).values(actor="U9"),
        update(EVENTS).where(E.at == OLD).values(actor="U9"),
    )
    await database.run(delete(EVENTS).where(E.at < BOUNDARY))
    assert await times(database) == [BOUNDARY, YOUNG]


async def test_the_stated_time_only_moves_forward_and_not_into_the_last_month(
    database: Database,
) -> None:
    await move(database, BOUNDARY)

    await refused(
        database,
        update(EVENT_RETENTION).values(kept_from=BOUNDARY - SECOND),
        update(EVENT_RETENTION).values(
            kept_from=datetime.now(UTC) - timedelta(days=28)
        ),
        update(EVENT_RETENTION).values(kept_from=datetime(9999, 1, 1, tzinfo=UTC)),
        delete(EVENT_RETENTION),
    )
    for second in (1, 2):
        with pytest.raises(REFUSED):
            await database.run(
                insert(EVENT_RETENTION).values(id=second, kept_from=YOUNG)
            )
    await move(database, YOUNG)
    # A replica that keeps more, or whose clock is behind, does not move it back.
    await SqlRepositories(database).retention.forget_events(BOUNDARY)
    rows = await database.run(EVENT_RETENTION.select())
    assert [(row.id, row.kept_from) for row in rows] == [(1, YOUNG)]


async def test_sqlite_lets_no_event_be_replaced(migrated_sqlite_url: str) -> None:
    database = Database(migrated_sqlite_url)
    await add(database, event(OLD), CHANGE)

    columns = "(id, at, kind, details, unique_key)"
    same = "SELECT {id}, at, 'forged', details, {key} FROM events WHERE id = 2"
    for row in (
        same.format(id="1", key="NULL"),
        same.format(id="NULL", key="unique_key"),
        same.format(id="2", key="unique_key"),
    ):
        await refused(database, text(f"REPLACE INTO events {columns} {row}"))
    await refused(
        database,
        text("REPLACE INTO event_retention VALUES (1, '2020-01-01 00:00:00.000000')"),
    )
    assert len(await database.run(EVENTS.select())) == 2
    await database.close()


async def test_postgresql_truncates_neither_the_log_nor_its_stated_time(
    migrated_postgres_url: str,
) -> None:
    database = Database(migrated_postgres_url)
    await add(database, event(OLD))
    await move(database, BOUNDARY)

    await refused(database, text("TRUNCATE events"), text("TRUNCATE event_retention"))
    await refused(
        database,
        text(
            "INSERT INTO events SELECT * FROM events ON CONFLICT (id)"
            " DO UPDATE SET actor = 'U9'"
        ),
    )
    [kept] = await database.run(EVENTS.select())
    assert kept.actor != "U9"
    await database.close()


async def test_what_is_past_is_deleted_page_by_page_and_the_rest_is_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_EVENTS", 2)
    # The clock of one replica is behind: an old one comes after a young one.
    old = [OLD + number * SECOND for number in range(5)]
    await add(database, *map(event, [*old[:3], YOUNG, *old[3:], BOUNDARY, YOUNG]))
    repository = SqlRepositories(database).retention

    assert await repository.forget_events(OLD) == 0
    assert await repository.forget_events(BOUNDARY) == 5

    assert await times(database) == [YOUNG, BOUNDARY, YOUNG]
    assert await repository.forget_events(BOUNDARY) == 0


async def test_the_events_of_open_requests_and_operations_are_kept(
    database: Database,
) -> None:
    stored = SqlRepositories(database)
    pressed_at = OLD + SECOND
    for number in (1, 2, 3):
        asked = replace(request(number), asked_at=OLD, expires_at=YOUNG)
        await stored.requests.add_request(asked)
    for name in ("r2", "r3"):
        await stored.requests.approve_request(
            name, ANN, "1.1", pressed_at, judge=count_all
        )
    over = await stored.operations.get_operation("r3")
    assert over is not None
    await stored.operations.finish_operation(over, DONE, pressed_at)

    # Slack has not taken the result of r3 yet.
    assert await stored.retention.forget_events(BOUNDARY) == 0
    await stored.operations.close_operation("r3", pressed_at)
    assert await stored.retention.forget_events(BOUNDARY) == 3

    rows = await database.run(EVENTS.select().order_by(E.id))
    assert [(row.request_id, row.kind) for row in rows] == [
        ("r1", "asked"),
        ("r2", "asked"),
        ("r2", "approved"),
    ]


ROW: dict[str, Any] = {**target_values(APP), "submission_id": "1", "app_name": "Mail"}
BOARD = {
    **ROW,
    "workspace": "T1",
    "channel": "C1",
    "began_at": OLD,
    "began_percentage": 10.0,
    "due_at": OLD,
}
OBSERVATION = {
    **ROW,
    "version": 1,
    "due_at": OLD,
    "since": OLD,
    "rollout_status": IN_PROGRESS,
}
NOTICE = {
    **{name: it for name, it in ROW.items() if name != "app_name"},
    "workspace": "T1",
    "channel": "C1",
    "event_key": CHANGE.unique_key,
    "created_at": OLD,
    "due_at": OLD,
}
# What reads a change later, and what it looks like once it does not any more.
READERS: dict[str, tuple[Any, dict[str, Any], Sequence[dict[str, Any]]]] = {
    "open board": (BOARDS, BOARD, [{"closed_at": YOUNG}, {"began_at": YOUNG}]),
    "open rollout": (
        OBSERVATIONS,
        OBSERVATION,
        [{"rollout_status": "PackageRolloutComplete"}, {"since": YOUNG}],
    ),
    "notice": (NOTICES, NOTICE, [{"closed_at": YOUNG}, {"event_key": "another"}]),
}


@pytest.mark.parametrize("reader", READERS)
async def test_the_changes_that_are_still_read_are_kept(
    database: Database, reader: str
) -> None:
    table, row, ends = READERS[reader]
    stored = SqlRepositories(database)
    await database.run(insert(table).values(row))
    await add(database, CHANGE, event(OLD))

    assert await stored.retention.forget_events(BOUNDARY) == 1
    assert await stored.retention.forget_events(BOUNDARY) == 0
    assert await times(database) == [OLD]
    for end in ends:
        await database.run(delete(table))
        await database.run(insert(table).values({**row, **end}))
        assert await stored.retention.forget_events(BOUNDARY) == 1
        await add(database, CHANGE)


async def test_both_ways_of_the_migration_keep_the_events_and_their_triggers(
    migrated_url: str,
) -> None:
    database = Database(migrated_url)
    await add(database, event(OLD))
    await move(database, BOUNDARY)
    await database.close()

    with locked_connection(migrated_url) as connection:
        config = configuration()
        config.attributes["connection"] = connection
        await asyncio.to_thread(command.downgrade, config, "0003")
        connection.rollback()
        for change in ("DELETE FROM events", "UPDATE events SET actor = 'U9'"):
            with pytest.raises(DBAPIError, match="append-only"):
                connection.execute(text(change))
            connection.rollback()
    await asyncio.to_thread(migrate, migrated_url)

    # Nothing is stated yet.
    await refused(database, delete(EVENTS), update(EVENTS).values(actor="U9"))
    assert await times(database) == [OLD]
    await move(database, BOUNDARY)
    await database.run(delete(EVENTS))
    assert await times(database) == []
    await database.close()
