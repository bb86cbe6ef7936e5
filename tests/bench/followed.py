"""Followed targets of a seeded database, as a bot has them that has run for a while.

Ten targets a channel, each by an alias. Every fifth has an open rollout with its board.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Engine, insert

from bot.app import MAIN_ACCOUNT
from bot.db.aliases import ALIASES
from bot.db.telling import BOARDS, OBSERVATIONS, SUBSCRIPTIONS
from bot.domain.watching import Topics
from tests.bench.peers import FALLBACK, TEAM, Peers
from tests.bench.signed import PERSON

FOLLOWED: Final = 1000
A_CHANNEL: Final = 10
FIRST_APP: Final = 10_000
FIRST_CHANNEL: Final = 1000
_OPEN_OF: Final = 5
_VERSION: Final = 1_700_000_000
_LOOK_EVERY: Final = {True: timedelta(minutes=5), False: timedelta(minutes=15)}
_AGE_SHOWN_FOR: Final = timedelta(minutes=15)

Row = dict[str, object]


def app_of(number: int) -> str:
    """Return the id of a followed app."""
    return f"9NWATCH{FIRST_APP + number}"


def channel_of(number: int) -> str:
    """Return the channel that follows it."""
    return f"C0WATCH{FIRST_CHANNEL + number // A_CHANNEL}"


def submission_of(number: int) -> str:
    """Return what it has published."""
    return f"1152921506{number:09d}"


def is_open(number: int) -> bool:
    """Return whether its rollout is in progress."""
    return number % _OPEN_OF == 0


def publish(peers: Peers) -> None:
    """Let the Store show the apps."""
    numbers = range(FOLLOWED)
    peers.listed = {app_of(number): submission_of(number) for number in numbers}
    peers.complete = {submission_of(n) for n in numbers if not is_open(n)}


def add_followed(engine: Engine) -> None:
    """Add the targets with their aliases, and the boards of those that are open."""
    now = datetime.now(UTC)
    numbers = range(FOLLOWED)
    with engine.begin() as connection:
        connection.execute(insert(ALIASES), [*_aliases(now)])
        connection.execute(insert(SUBSCRIPTIONS), [*_subscriptions(now)])
        rows = [_observation(number, now) for number in numbers]
        connection.execute(insert(OBSERVATIONS), rows)
        boards = [_board(number, now) for number in numbers if is_open(number)]
        connection.execute(insert(BOARDS), boards)


def _target(number: int) -> Row:
    return {"account": MAIN_ACCOUNT, "app_id": app_of(number), "flight_id": ""}


def _place(number: int) -> Row:
    return {"workspace": TEAM, "channel": channel_of(number)}


def _aliases(now: datetime) -> Iterator[Row]:
    for number in range(FOLLOWED):
        yield {
            **_place(number),
            **_target(number),
            "name": f"app{number}",
            "app_name": "Bench Mail",
            "added_by": PERSON,
            "added_at": now,
            "number": number % A_CHANNEL + 1,
        }


def _subscriptions(now: datetime) -> Iterator[Row]:
    for number in range(FOLLOWED):
        yield {
            **_place(number),
            **_target(number),
            "topics": Topics.ALL.value,
            "by_alias": True,
            "added_by": PERSON,
            "added_at": now,
        }


def _observation(number: int, now: datetime) -> Row:
    """Return what was seen; the next looks are spread over their interval."""
    opened = is_open(number)
    every = _LOOK_EVERY[opened]
    due_at = now + every * (number / FOLLOWED)
    return {
        **_target(number),
        "version": _VERSION,
        "submission_id": submission_of(number),
        "app_name": "Bench Mail",
        "rollout_enabled": True,
        "rollout_percentage": 10.0,
        "rollout_status": f"PackageRollout{'InProgress' if opened else 'Complete'}",
        "fallback_submission_id": FALLBACK,
        "looked_at": due_at - every,
        "since": now - timedelta(hours=3),
        "due_at": due_at,
        "demand": (1.0 if opened else 0.01) / (every / timedelta(minutes=1)),
    }


def _board(number: int, now: datetime) -> Row:
    """Return its board; the next edits, which show its age, are spread as well."""
    drawn_at = now - _AGE_SHOWN_FOR * (number / FOLLOWED)
    return {
        **_place(number),
        **_target(number),
        "submission_id": submission_of(number),
        "app_name": "Bench Mail",
        "began_at": now - timedelta(hours=3),
        "began_percentage": 10.0,
        "ts": f"1800000000.{number:06d}",
        "read_to": f"1800000000.{number:06d}",
        "shown_version": _VERSION,
        "drawn_at": drawn_at,
        "due_at": drawn_at,
    }
