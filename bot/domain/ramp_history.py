"""History of a ramp: its request, each step with how it ended, and who changed it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.events import Event, EventKind
from bot.domain.plan_events import SentStep, read_step
from bot.domain.plans import HoldReason, PlanEnd
from bot.domain.requests import Request
from bot.domain.results import Result, result_from_json
from bot.domain.rollout import Change
from bot.domain.submissions import Target
from bot.domain.verbs import Verb

_TURNS: Final = frozenset(
    {
        EventKind.PLAN_PAUSED,
        EventKind.PLAN_RESUMED,
        EventKind.PLAN_HELD,
        EventKind.PLAN_ENDED,
    }
)


@dataclass(frozen=True, slots=True)
class RampStep:
    """A step that was sent, from a percentage; `result` is how it ended, at `at`."""

    sent: SentStep
    change: Change
    before: float
    at: datetime
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class RampTurn:
    """A ramp was paused, resumed, held or ended, by a person or by itself.

    `reason` was typed; `went_on` is whether a person had to decide that it is resumed.
    """

    kind: EventKind
    at: datetime
    actor: str | None
    percentage: float
    code: HoldReason | PlanEnd | None = None
    reason: str = ""
    went_on: bool = False


RampEvent = RampStep | RampTurn


@dataclass(frozen=True, slots=True)
class RampHistory:
    """A ramp that was started, and what has become of it, the oldest first.

    `asked_here` is whether it was asked for in the channel whose history it is in.
    """

    request: Request
    course: tuple[RampEvent, ...] = ()
    asked_here: bool = True

    @property
    def target(self) -> Target:
        """Whose rollout it raises."""
        return self.request.snapshot.ref.target

    @property
    def at(self) -> datetime:
        """When it came to stand as it does."""
        times = (one.at for one in self.course)
        return max(times, default=self.request.decided_at or self.request.asked_at)


def read_course(events: Sequence[Event]) -> tuple[RampEvent, ...]:
    """Return what has become of a ramp by its events, in the order in which they came.

    Raises KeyError, TypeError or ValueError for what a newer version has written in
    another way.
    """
    course: list[RampEvent] = []
    steps: dict[str | None, tuple[int, RampStep]] = {}
    held = False
    for event in events:
        if event.kind is EventKind.PLAN_STEP:
            step = _step(event)
            steps[event.operation_id] = len(course), step
            course.append(step)
        elif event.kind is EventKind.ENDED and event.operation_id in steps:
            at, step = steps[event.operation_id]
            result = result_from_json(event.details["result"])
            course[at] = replace(step, at=event.at, result=result)
        elif event.kind in _TURNS:
            course.append(_turn(event, went_on=held))
            held = event.kind is EventKind.PLAN_HELD
    return tuple(course)


def _step(event: Event) -> RampStep:
    details = event.details
    verb = Verb(details["verb"])
    change = Change(verb, details["next"] if verb is Verb.SET else None)
    return RampStep(read_step(details), change, details["percentage"], event.at)


def _turn(event: Event, *, went_on: bool) -> RampTurn:
    code: HoldReason | PlanEnd | None = None
    if event.kind is EventKind.PLAN_HELD:
        code = HoldReason(event.code or "")
    elif event.kind is EventKind.PLAN_ENDED:
        code = PlanEnd(event.code or "")
    return RampTurn(
        event.kind,
        event.at,
        event.actor,
        event.details["percentage"],
        code,
        event.details.get("reason") or "",
        went_on=went_on and event.kind is EventKind.PLAN_RESUMED,
    )
