"""Notices: one event that is to be told in one channel."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.events import Event, EventKind
from bot.domain.requests import Place
from bot.domain.results import Done, result_from_json
from bot.domain.rollout import Rollout
from bot.domain.verbs import Phase
from bot.domain.watching import Topics, rollout_from_json

_KINDS = {
    Phase.STOPPED: EventKind.ROLLOUT_HALTED,
    Phase.COMPLETE: EventKind.ROLLOUT_FINALIZED,
}
_NEEDS_A_PERSON: frozenset[EventKind] = frozenset()


@dataclass(frozen=True, slots=True)
class Notice:
    """An event on its way to a channel; names are None where they are not known.

    `tried_before` is when it may have been posted already, by a process that has died
    or had no answer. `mention` is the id of the user group that the channel has set to
    be mentioned where a person is needed.
    """

    id: int
    place: Place
    event: Event
    app_name: str | None = None
    flight_name: str | None = None
    attempts: int = 1
    tried_before: datetime | None = None
    mention: str | None = None

    @property
    def by_bot(self) -> bool:
        """Whether an operation of ours has brought the change."""
        return self.event.operation_id is not None

    @property
    def kind(self) -> EventKind:
        """What has happened, whoever did it."""
        if self.event.kind is not EventKind.ENDED:
            return self.event.kind
        after = self.after
        kind = None if after is None else _KINDS.get(after.phase)
        return kind or EventKind.PERCENTAGE_CHANGED

    @property
    def before(self) -> Rollout | None:
        """What the Store showed before; None where that is not known."""
        result = self._result()
        if result is not None:
            return result.before
        state = self.event.details.get("before")
        return None if state is None else rollout_from_json(state)

    @property
    def after(self) -> Rollout | None:
        """What the Store shows now; None for an event without a rollout."""
        result = self._result()
        if result is not None:
            return result.after
        state = self.event.details.get("after")
        return None if state is None else rollout_from_json(state)

    def _result(self) -> Done | None:
        data = self.event.details.get("result")
        result = None if data is None else result_from_json(data)
        return result if isinstance(result, Done) else None


def topic_of(kind: EventKind) -> Topics:
    """Return the topic that an event belongs to: changes, or what needs a person."""
    return Topics.ATTENTION if kind in _NEEDS_A_PERSON else Topics.CHANGES


def retry_pause(attempts: int, asked: float | None) -> timedelta:
    """Return the pause before a notice is posted again: a second, growing to minutes.

    `asked` is what Slack itself has asked for, in seconds.
    """
    return timedelta(seconds=max(asked or 0.0, min(2.0 ** min(attempts - 1, 10), 300)))
