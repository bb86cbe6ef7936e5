"""Notices: one event that is to be told in one channel."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.events import Event, EventKind
from bot.domain.plan_events import PLAN_CHANGES, PLAN_DECISIONS, SentStep
from bot.domain.plans import Plan
from bot.domain.ramp_course import RampCourse
from bot.domain.requests import Place
from bot.domain.rollout import Rollout
from bot.domain.rollout_changes import RolloutChange, rollout_change
from bot.domain.watching import Topics

# What a channel could not be told for as long is told together.
TOLD_TOGETHER_AFTER: Final = timedelta(minutes=5)

# What a person has to decide, and could not be told for as long, is told directly to
# whoever has started it.
TOLD_DIRECTLY_AFTER: Final = timedelta(hours=1)

LONGEST_PAUSE: Final = timedelta(hours=1)
# What is claimed is posted within its lease of a minute. While Slack is slow, what has
# waited longer for its turn is left to whoever claims it next.
START_WITHIN: Final = timedelta(seconds=20)

_NEEDS_A_PERSON = frozenset(
    {
        EventKind.ROLLOUT_STUCK,
        EventKind.ROLLOUT_NOT_FINALIZED,
        EventKind.DRAFT_BLOCKED,
        EventKind.STORE_UNREADABLE,
        EventKind.STORE_READABLE,
        *PLAN_DECISIONS,
    }
)
_FOR_THE_THREAD = frozenset(
    {EventKind.STORE_UNREADABLE, EventKind.STORE_READABLE, *PLAN_CHANGES}
)


@dataclass(frozen=True, slots=True)
class Notice:
    """An event on its way to a channel; names are None where they are not known.

    `tried_before` is when it may have been posted already, by a process that has died
    or had no answer. `thread` is the board of its rollout, in whose thread nothing of
    ours is newer than `read_to`, or the card of its ramp where there is no board.
    `later` are notices of the same rollout that are told with it, after the channel
    could be told nothing for a while. `mention` is the id of the user group that the
    channel has set to be mentioned where a person is needed. `plan` is its ramp as it
    is by now, and `step` the step of it that has brought the change. `seen` is what the
    Store last showed of its rollout, `seen_at` this time. `course` is how a ramp went
    that has ended.
    """

    id: int
    place: Place
    event: Event
    app_name: str | None = None
    flight_name: str | None = None
    attempts: int = 1
    tried_before: datetime | None = None
    submission_id: str = ""
    thread: str | None = None
    read_to: str | None = None
    mention: str | None = None
    plan: Plan | None = None
    step: SentStep | None = None
    seen: Rollout | None = None
    seen_at: datetime | None = None
    course: RampCourse | None = None
    later: tuple["Notice", ...] = ()

    @property
    def key(self) -> str:
        """The unique key of its event."""
        return self.event.unique_key or ""

    @property
    def all_told(self) -> tuple["Notice", ...]:
        """It and what is told with it, the oldest first."""
        return (self, *self.later)

    @property
    def change(self) -> RolloutChange:
        """What has happened, whoever did it."""
        return rollout_change(self.event)

    @property
    def concerns_channel(self) -> bool:
        """Whether the whole channel should see it, and not the thread alone."""
        if self.event.kind in _FOR_THE_THREAD:
            return False
        changes = [one.change for one in self.all_told]
        return any(change.ends or not change.by_bot for change in changes)

    @property
    def shown(self) -> tuple[Rollout, datetime] | None:
        """What the Store showed last that is known, and when."""
        then = None if self.after is None else (self.after, self.event.at)
        if self.seen is None or self.seen_at is None:
            return then
        is_newer = then is None or self.seen_at > self.event.at
        return (self.seen, self.seen_at) if is_newer else then

    @property
    def direct(self) -> bool:
        """Whether it goes to one person, for no channel could be told."""
        return self.plan is not None and self.place.channel == self.plan.started_by

    @property
    def by_bot(self) -> bool:
        """Whether an operation of ours has brought the change."""
        return self.change.by_bot

    @property
    def kind(self) -> EventKind:
        """What has happened, whoever did it."""
        return self.change.kind

    @property
    def before(self) -> Rollout | None:
        """What the Store showed before; None where that is not known."""
        return self.change.before

    @property
    def after(self) -> Rollout | None:
        """What the Store shows now; None for an event without a rollout."""
        return self.change.after


def topic_of(kind: EventKind) -> Topics:
    """Return the topic that an event belongs to: changes, or what needs a person."""
    return Topics.ATTENTION if kind in _NEEDS_A_PERSON else Topics.CHANGES


def retry_pause(attempts: int, asked: float | None) -> timedelta:
    """Return the pause before a notice is posted again: a second, growing to minutes.

    `asked` is what Slack itself has asked for, in seconds; no longer than an hour.
    """
    own = min(2.0 ** min(attempts - 1, 10), 300)
    return min(timedelta(seconds=max(asked or 0.0, own)), LONGEST_PAUSE)
