"""Boards: one living message for each open rollout in each channel that follows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.events import EventKind
from bot.domain.locks import Lock
from bot.domain.plans import Plan
from bot.domain.requests import Place
from bot.domain.rollout import allowed_verbs
from bot.domain.rollout_changes import (
    END_KINDS,
    Point,
    RolloutChange,
    percentages,
)
from bot.domain.submissions import SubmissionRef
from bot.domain.verbs import Verb
from bot.domain.watching import WatchedTarget

# Slack takes no more edits of one message.
# https://docs.slack.dev/reference/methods/chat.update
EDIT_PAUSE: Final = timedelta(seconds=3)
# How old the age on a board may be although the target was looked at since.
AGE_SHOWN_FOR: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Board:
    """The message of one rollout in one channel, and what it has to show.

    `began` is when the rollout was first seen, and its percentage then. `ts` is None
    until it is posted; `tried_before` is when it may have been, by a process that has
    died or had no answer. `watched` is None where nobody follows the target any more;
    `followed` is whether this channel does. `locks` are those of its target, also such
    as will hold later; `seen_until` is until when it was right before it was drawn.
    `plan` is the ramp that has not ended; `plan_key` names it and its version, also
    where a newer version of the bot has written it.
    """

    id: int
    place: Place
    ref: SubmissionRef
    app_name: str
    flight_name: str | None
    began: Point
    ts: str | None
    followed: bool
    watched: WatchedTarget | None
    leased_until: datetime
    attempts: int = 1
    tried_before: datetime | None = None
    locks: tuple[Lock, ...] = ()
    seen_until: datetime | None = None
    plan: Plan | None = None
    plan_key: str | None = None

    @property
    def over(self) -> bool:
        """Whether it has nothing to follow any more."""
        if not self.followed or self.watched is None or self.watched.seen is None:
            return True
        return self.replaced or self.watched.over

    @property
    def replaced(self) -> bool:
        """Whether another submission is the published one."""
        seen = self.watched.seen if self.watched else None
        return seen is not None and seen.ref != self.ref

    @property
    def verbs(self) -> frozenset[Verb]:
        """What can be asked for in the state that it shows."""
        seen = self.watched.seen if self.watched and not self.over else None
        if seen is None:
            return frozenset()
        return allowed_verbs(seen.rollout.phase)


@dataclass(frozen=True, slots=True)
class BoardEnd:
    """What a closed board shows: how its rollout ended, and how it went.

    `change` is None where the channel has ceased to follow it; `points` are the course
    of its percentage.
    """

    change: RolloutChange | None
    points: tuple[Point, ...]

    @property
    def percentage(self) -> float:
        """The percentage that it had last, before it ended."""
        if self.change is not None and len(self.points) > 1:
            return self.points[-2][1]
        return self.points[-1][1]


def board_end(board: Board, changes: Sequence[RolloutChange]) -> BoardEnd:
    """Return what the closed board shows, from all changes of its rollout."""
    ends = [change for change in changes if change.ends]
    if not board.followed:
        return BoardEnd(None, tuple(percentages(board.began, changes)))
    if not ends:
        ends = _seen_end(board)
        changes = (*changes, *ends)
    change = ends[-1] if ends else None
    return BoardEnd(change, tuple(percentages(board.began, changes)))


def _seen_end(board: Board) -> list[RolloutChange]:
    """Return the end that an observation shows and the log does not.

    A submission that is opened in place of another brings an event of its own only.
    """
    watched = board.watched
    if watched is None or watched.seen is None:
        return []
    kind = EventKind.ROLLOUT_REPLACED
    if not board.replaced:
        kind = END_KINDS[watched.seen.rollout.phase]
    at = watched.since or board.began[0]
    return [RolloutChange(kind, at, None, watched.seen.rollout, None, by_bot=False)]
