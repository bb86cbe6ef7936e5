"""Every question is answered from an index, however much is remembered."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Executable, event, text

from bot.db import aliases, deliveries
from bot.db import request_statements as requests
from bot.db.session import Database
from tests.db.sample_requests import LATER, NOON

MANY = 20_000

# All but the last hundred requests are long finished.
REQUESTS = """
WITH RECURSIVE numbers(n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many
)
INSERT INTO requests (
    id, workspace, channel, verb, app_id, flight_id, submission_id, app_name,
    rollout_enabled, rollout_percentage, rollout_status, versions, asked_by, reason,
    asked_at, expires_at, state, decided_at, attempts, closed_at
)
SELECT 'r' || n, 'T1', 'C' || (n % 10), 'halt', 'A' || (n % 7), '', '1', 'Mail',
    :yes, 10, 'PackageRolloutInProgress', '[]', 'U1', '',
    :noon, :noon,
    CASE WHEN n > :many - 50 THEN 'pending'
         WHEN n > :many - 100 THEN 'confirmed' ELSE 'finished' END,
    CASE WHEN n > :many - 50 THEN NULL ELSE :noon END, 1,
    CASE WHEN n > :many - 100 THEN NULL ELSE :noon END
FROM numbers
"""
ALIASES = """
WITH RECURSIVE numbers(n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many
)
INSERT INTO aliases (workspace, channel, name, app_id, app_name, added_by, added_at)
SELECT 'T1', 'C' || (n % 1000), 'a' || n, 'A', 'Mail', 'U1', :noon FROM numbers
"""
DELIVERIES = """
WITH RECURSIVE numbers(n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many
)
INSERT INTO deliveries (event_id, seen_at) SELECT 'Ev' || n, :noon FROM numbers
"""

DAY_BEFORE = NOON - timedelta(days=1)
THIS: dict[str, Any] = {"request": "r1"}
DECISION: dict[str, Any] = {
    **THIS,
    "decision": "confirmed",
    "user": "U1",
    "clicked": "1",
    "now": NOON,
}
RESULT: dict[str, Any] = {
    **THIS,
    "now": NOON,
    "new_outcome": "done",
    "new_result": "{}",
    "new_correlation_id": "c",
}
CHANNEL: dict[str, Any] = {"workspace": "T1", "channel": "C1"}

PLANS: list[tuple[Executable, dict[str, Any], str]] = [
    (requests.GET, THIS, "pk_requests"),
    (requests.PUT_CARD, {**THIS, "clicked": "1"}, "pk_requests"),
    # PostgreSQL finds the few pending requests as quickly by their own index.
    (requests.DECIDE_IN_TIME, DECISION, "pk_requests|ix_requests_overdue"),
    (requests.DECIDE_TOO_LATE, DECISION, "pk_requests|ix_requests_overdue"),
    (requests.BEGIN_ATTEMPT, {**THIS, "earlier": 0}, "pk_requests"),
    (requests.FINISH, RESULT, "pk_requests"),
    (requests.CLOSE, {**THIS, "now": NOON}, "pk_requests"),
    (requests.OVERDUE, {"now": LATER}, "ix_requests_overdue"),
    (requests.STRANDED, {"now": LATER}, "ix_requests_open"),
    (requests.HISTORY, {**CHANNEL, "limit": 10}, "ix_requests_history"),
    (
        requests.HISTORY_OF,
        {**CHANNEL, "limit": 10, "app": "A1", "flight": ""},
        "ix_requests_target_history",
    ),
    (aliases.LIST, CHANNEL, "pk_aliases"),
    (aliases.REMOVE, {**CHANNEL, "name": "a1"}, "pk_aliases"),
    (deliveries.FORGET, {"before": DAY_BEFORE}, "ix_deliveries_seen_at"),
]

# What a plan says when it reads or sorts more than it answers with.
SLOW = ("SCAN ", "TEMP B-TREE", "Seq Scan", "Sort")


@pytest.fixture
async def full(database: Database) -> Database:
    """Fill the tables and let the planner know."""
    # Text statements know no column types: SQLite keeps times as text.
    noon: Any = NOON
    if database.dialect == "sqlite":
        noon = "2026-11-20 12:00:00.000000"
    await database.run(text(REQUESTS), {"many": MANY, "yes": True, "noon": noon})
    for statement in (ALIASES, DELIVERIES):
        await database.run(text(statement), {"many": MANY, "noon": noon})
    await database.run(text("ANALYZE"))
    return database


async def test_every_statement_is_served_by_its_index(full: Database) -> None:
    for statement, parameters, index in PLANS:
        plan = await outcome_of(full, statement, parameters)

        assert re.search(rf" ({index})\b", named(plan)), plan
        assert [word for word in SLOW if word in plan] == [], plan


def named(plan: str) -> str:
    """Name the indexes of primary keys, which SQLite only numbers."""
    return re.sub(r"sqlite_autoindex_(\w+)_1\b", r"pk_\1", plan)


async def outcome_of(
    database: Database, statement: Executable, parameters: dict[str, Any]
) -> str:
    """Run the statement, and ask how it was run, with the very words sent."""
    engine = database._engine
    sent: list[tuple[str, Any]] = []

    def note(_: object, __: object, words: str, values: object, *___: object) -> None:
        sent.append((words, values))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    await database.run(statement, parameters)
    event.remove(engine.sync_engine, "before_cursor_execute", note)

    [(words, values)] = sent
    verb = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
    async with engine.connect() as connection:
        rows = (await connection.exec_driver_sql(f"{verb} {words}", values)).all()
    return "\n".join(str(row[-1]) for row in rows)
