"""Rollout changes: what an event of the log has done to a rollout, whoever did it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from bot.domain.events import Event, EventKind
from bot.domain.results import Done, result_from_json
from bot.domain.rollout import Rollout
from bot.domain.verbs import Phase
from bot.domain.watching import rollout_from_json

END_KINDS: Final[Mapping[Phase, EventKind]] = MappingProxyType(
    {
        Phase.STOPPED: EventKind.ROLLOUT_HALTED,
        Phase.COMPLETE: EventKind.ROLLOUT_FINALIZED,
    }
)
ENDS: Final = (*END_KINDS.values(), EventKind.ROLLOUT_REPLACED)
CHANGES: Final = (EventKind.ROLLOUT_OPENED, EventKind.PERCENTAGE_CHANGED, *ENDS)

# A moment, and the share of customers from then on.
Point = tuple[datetime, float]


@dataclass(frozen=True, slots=True)
class RolloutChange:
    """One change; `before` and `after` are None where they are not known.

    `actor` is the person whose operation it was, and `by_bot` whether it was one of the
    bot's own. After a rollout was replaced, `after` is another submission's.
    """

    kind: EventKind
    at: datetime
    before: Rollout | None
    after: Rollout | None
    actor: str | None
    by_bot: bool

    @property
    def ends(self) -> bool:
        """Whether nothing of the rollout changes after it."""
        return self.kind in ENDS


def rollout_change(event: Event) -> RolloutChange:
    """Return what an event has changed; an operation's end says it in its result."""
    before, after = _rollouts(event.details)
    kind = event.kind
    if kind is EventKind.ENDED:
        ended = None if after is None else END_KINDS.get(after.phase)
        kind = ended or EventKind.PERCENTAGE_CHANGED
    by_bot = event.operation_id is not None
    return RolloutChange(kind, event.at, before, after, event.actor, by_bot)


def changed_submission(event: Event) -> str | None:
    """Return the submission whose rollout has changed, where the event itself says it.

    An operation's event does not: it names the operation, which has it.
    """
    replaced = event.kind is EventKind.ROLLOUT_REPLACED
    state = event.details.get("before" if replaced else "after")
    return None if state is None else str(state["submission_id"])


def percentages(start: Point | None, changes: Sequence[RolloutChange]) -> list[Point]:
    """Return the course of a rollout's percentage, the oldest first.

    `start` is when it was first seen, which may be after the first of the changes. At
    its end a rollout has the percentage that it had before: the Store then shows
    another. Finalized, it has all customers.
    """
    points: list[Point] = []
    for change in changes:
        if not points and start is not None and start[0] < change.at:
            points.append(start)
        shown = change.after
        if change.kind is EventKind.ROLLOUT_FINALIZED:
            points.append((change.at, 100.0))
        elif change.ends:
            known = change.before.percentage if change.before else None
            last = points[-1][1] if points else known
            points += [] if last is None else [(change.at, last)]
        elif shown is not None:
            points.append((change.at, shown.percentage))
    return points or ([] if start is None else [start])


def _rollouts(details: Mapping[str, Any]) -> tuple[Rollout | None, Rollout | None]:
    data = details.get("result")
    if data is not None:
        result = result_from_json(data)
        return (
            (result.before, result.after) if isinstance(result, Done) else (None, None)
        )
    before, after = details.get("before"), details.get("after")
    return (
        None if before is None else rollout_from_json(before),
        None if after is None else rollout_from_json(after),
    )
