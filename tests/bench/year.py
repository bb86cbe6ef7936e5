"""A year of events: what is read and claimed in a database with millions of them.

Each is compared with the same one after a week in which as much happened every day.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.app import MAIN_ACCOUNT
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.requests import Person, Place
from bot.domain.submissions import SubmissionRef, Target
from tests.bench.figures import Figure, percentile
from tests.bench.followed import app_of, channel_of, submission_of
from tests.bench.harness import BenchHarness
from tests.bench.past import PAST_APP
from tests.bench.peers import TEAM
from tests.bench.seeding import PLACE, SeededDatabase
from tests.bench.signed import PERSON
from tests.fakes.home import home_of

_FLAT: Final = 2.0
_WEEK: Final = 8
_YEAR: Final = 365
_REPEATS: Final = 40
_WARM_UP: Final = 5
_LENGTH: Final = 50
# Other processes of the machine slow the rest of the calls down. SQLite works in this
# process, and PostgreSQL in others.
_FASTEST: Final = 0.1
_TIMERS: Final = {"sqlite": time.process_time, "postgresql": time.perf_counter}
# It reads the last 500 changes of a target, whatever rollout they are of.
_CHANGES: Final = "changes of a rollout"
_CHANNELS: Final = 20
_WAITING: Final = 20

Work = Callable[[], Awaitable[object]]


async def measure(harness: BenchHarness) -> list[Figure]:
    """Measure each kind of database, with little and with much in it."""
    figures: list[Figure] = []
    for kind in harness.kinds:
        small = await _times(harness, kind, _WEEK)
        large = await _times(harness, kind, _YEAR)
        for name, value in large.items():
            figures += [
                Figure(
                    f"{name}, {kind}, after a year",
                    value,
                    "ms",
                    how=f"after a week {small[name]:.2f} ms",
                ),
                Figure(
                    "  slower by",
                    value / small[name],
                    "",
                    None if name == _CHANGES else _FLAT,
                ),
            ]
    return figures


async def _times(harness: BenchHarness, kind: str, days: int) -> dict[str, float]:
    with harness.database(kind) as seeded:
        seeded.add_followed()
        seeded.add_days(days, harness.amounts.a_day)
        database = Database(seeded.url)
        try:
            works = _works(seeded, SqlRepositories(database))
            return {
                name: await _fastest(work, _TIMERS[kind])
                for name, work in works.items()
            }
        finally:
            await database.close()


def _works(seeded: SeededDatabase, repositories: SqlRepositories) -> dict[str, Work]:
    """Return what is measured, each as one call."""
    place, target = Place(TEAM, channel_of(0)), Target(MAIN_ACCOUNT, app_of(0))
    asked_for = Target(MAIN_ACCOUNT, PAST_APP)
    person = Person(PERSON, TEAM)
    home = home_of(repositories, repositories.home, lambda: datetime.now(UTC))
    channels = [channel_of(10 * number) for number in range(_CHANNELS)]
    ref = SubmissionRef(target, submission_of(0))

    async def claim_notices() -> None:
        await repositories.notices.claim_notices(datetime.now(UTC), _WAITING)

    async def claim_boards() -> None:
        now = datetime.now(UTC)
        await repositories.boards.add_boards(now)
        await repositories.boards.claim_new_boards(now, _WAITING)
        await repositories.boards.claim_shown_boards(now, _WAITING)

    async def claim_waiting() -> None:
        # Each call claims the first ones anew: the leases of the last call are over.
        later[0] += timedelta(minutes=2)
        claimed = await repositories.notices.claim_notices(later[0], _WAITING)
        assert len(claimed) == _WAITING

    later = [datetime.now(UTC)]
    return {
        "history": lambda: repositories.events.list_history(PLACE, None, _LENGTH),
        "history of an app": lambda: repositories.events.list_history(
            PLACE, asked_for, _LENGTH
        ),
        "history of a followed app": lambda: repositories.events.list_history(
            place, target, _LENGTH
        ),
        "history of its changes": lambda: repositories.events.list_changes(
            place, target, _LENGTH
        ),
        _CHANGES: lambda: repositories.boards.read_changes(ref),
        "Home": lambda: home.read(person, TEAM, channels),
        "claim of notices, none due": claim_notices,
        "claim of boards": claim_boards,
        "follow": lambda: repositories.watching.follow(datetime.now(UTC)),
        "claim of notices that wait": _after(seeded.add_waiting, claim_waiting),
        "deletion of old notices": lambda: repositories.retention.forget_notices(
            datetime.now(UTC) - timedelta(days=60)
        ),
    }


def _after(once: Callable[[], None], work: Work) -> Work:
    """Return the work, before whose first run something is done once."""
    done = False

    async def run() -> None:
        nonlocal done
        if not done:
            once()
            done = True
        await work()

    return run


async def _fastest(work: Work, timer: Callable[[], float]) -> float:
    """Return the milliseconds of a fast call, once the statements are compiled."""
    taken = []
    for _ in range(_WARM_UP + _REPEATS):
        started = timer()
        await work()
        taken.append(1000 * (timer() - started))
    return percentile(taken[_WARM_UP:], _FASTEST)
