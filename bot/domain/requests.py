"""A request: one card, who asked and who decided, and how it ended."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.results import Result
from bot.domain.rollout import Change
from bot.domain.submissions import Snapshot, Target


class RequestState(StrEnum):
    """Where a request stands; only PENDING can be left more than one way."""

    PENDING = "pending"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    CONFIRMED = "confirmed"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was said: a channel of a workspace, perhaps inside a thread."""

    workspace: str
    channel: str
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in Slack, with the workspace that they belong to."""

    user_id: str
    team_id: str


@dataclass(frozen=True, slots=True)
class Alias:
    """A channel's name for an app or a flight, with the names seen in the Store."""

    name: str
    target: Target
    app_name: str
    flight_name: str | None = None
    added_by: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One card with everything that it showed. Times are UTC and aware.

    `card` is the Slack timestamp of the card's message once it stands in the channel.
    `attempts` counts the writes that were started, each noted before it was sent.
    """

    id: str
    place: Place
    change: Change
    snapshot: Snapshot
    asked_by: str
    reason: str
    asked_at: datetime
    expires_at: datetime
    alias: str | None = None
    state: RequestState = RequestState.PENDING
    card: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    attempts: int = 0
    result: Result | None = None
    finished_at: datetime | None = None


class Unreadable(Exception):
    """A newer version of the bot wrote the request as this one cannot read it."""


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Requests of a channel, newest first; `unread` more are of a newer bot."""

    requests: tuple[Request, ...]
    unread: int = 0
