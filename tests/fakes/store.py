"""A Store in memory, with the state machine of Microsoft's submission API."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar, assert_never

from bot.domain import failures
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.rollout import COMPLETE, STOPPED, Change, Rollout
from bot.domain.submissions import (
    PUBLISHED,
    App,
    Flight,
    Reading,
    Submission,
    SubmissionRef,
    Target,
)
from bot.domain.verbs import Phase, Verb
from tests.fakes.samples import GOING, MAIL, PUBLISHED_ID, WAITING, ref_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one call: `meanwhile` comes first, then the effect, or not."""

    failure: failures.StoreError | None = None
    after_effect: bool = False
    meanwhile: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call that reached the Store, and the rollout that it returned, if any."""

    name: str
    about: SubmissionRef | Target | str
    change: Change | None = None
    shown: Rollout | None = None


@dataclass
class FakeStore:
    """A Store in memory, with the state machine of Microsoft's submission API.

    `effects` counts the changes that were carried out, answered or not;
    rollouts are read once `reading` is set, where it is given;
    `describing_takes` is how many seconds the submission resource needs; a `late`
    Store takes a change and goes on showing the old state; `date` is in its answers.
    """

    apps: dict[str, App] = field(default_factory=dict)
    flights: dict[str, list[Flight]] = field(default_factory=dict)
    submissions: dict[SubmissionRef, Submission] = field(default_factory=dict)
    rollouts: dict[SubmissionRef, Rollout] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    date: datetime | None = None
    effects: int = 0
    plans: dict[str, deque[Step]] = field(default_factory=dict)
    describing_takes: float = 0.0
    late: bool = False
    reading: asyncio.Event | None = None

    def publish(
        self,
        target: Target = MAIL,
        rollout: Rollout = GOING,
        *,
        pending_id: str | None = None,
    ) -> SubmissionRef:
        """Publish one submission of an app or a flight, with a draft beside it."""
        published = ref_of(target)
        app = App(target.app_id, "Mail", PUBLISHED_ID, pending_id)
        if target.flight_id is None:
            self.apps[target.app_id] = app
        else:
            self.apps.setdefault(target.app_id, App(target.app_id, "Mail"))
            flight = Flight(target.flight_id, "Beta ring", PUBLISHED_ID, pending_id)
            self.flights.setdefault(target.app_id, []).append(flight)
        self.submissions[published] = Submission(PUBLISHED_ID, PUBLISHED, ("1.2.3.0",))
        self.rollouts[published] = rollout
        if pending_id is not None:
            draft = ref_of(target, pending_id)
            self.submissions[draft] = Submission(pending_id, "PendingCommit")
            self.rollouts[draft] = WAITING
        return published

    def plan(self, name: str, *steps: Step) -> None:
        """Plan what happens to the next calls of this name, in turn."""
        self.plans.setdefault(name, deque()).extend(steps)

    def names(self) -> list[str]:
        """Return the names of the calls so far, in order."""
        return [call.name for call in self.calls]

    @property
    def writes(self) -> list[Call]:
        """Return the calls that asked for a change."""
        return [call for call in self.calls if call.change is not None]

    async def list_apps(self) -> Sequence[App]:
        """Read all apps of the account."""
        self._arrive(Call("list_apps", ""))
        return tuple(self.apps.values())

    async def list_apps_page(self, number: int) -> Sequence[App]:
        """Read one page of the list of apps; empty after the last."""
        self._arrive(Call("list_apps_page", str(number)))
        return tuple(self.apps.values())[number * 100 : (number + 1) * 100]

    async def get_app(self, app_id: str) -> App:
        """Read one app."""
        self._arrive(Call("get_app", app_id))
        return _found(self.apps.get(app_id))

    async def get_flight(self, target: Target) -> Flight:
        """Read one flight."""
        self._arrive(Call("get_flight", target))
        flights = self.flights.get(target.app_id, [])
        return _found(
            next((f for f in flights if f.flight_id == target.flight_id), None)
        )

    async def list_flights(self, app_id: str) -> Sequence[Flight]:
        """Read all flights of an app."""
        self._arrive(Call("list_flights", app_id))
        return tuple(self.flights.get(app_id, ()))

    async def get_submission(self, ref: SubmissionRef) -> Submission:
        """Read a submission's status and package versions."""
        self._arrive(Call("get_submission", ref))
        await asyncio.sleep(self.describing_takes)
        return _found(self.submissions.get(ref))

    async def get_rollout(self, ref: SubmissionRef) -> Reading:
        """Read a submission's rollout."""
        self._arrive(Call("get_rollout", ref))
        if self.reading is not None:
            await self.reading.wait()
        shown = _found(self.rollouts.get(ref))
        self.calls[-1] = replace(self.calls[-1], shown=shown)
        return Reading(shown, "corr-read", self.date)

    async def change_rollout(self, ref: SubmissionRef, change: Change) -> Reading:
        """Carry out one halt, finalize or set where the state allows it."""
        step = self._arrive(Call("change_rollout", ref, change))
        now = _found(self.rollouts.get(ref))
        published = self.submissions[ref].status == PUBLISHED
        if now.phase is not Phase.IN_PROGRESS or not published:
            raise failures.RefusedError(
                FailureDetail(FailureCode.CONFLICT), status=409, correlation_id="c9"
            )
        if not self.late:
            self.rollouts[ref] = _changed(now, change)
        self.effects += 1
        if step.failure is not None:
            raise step.failure
        return Reading(self.rollouts[ref], "corr-write")

    def _arrive(self, call: Call) -> Step:
        self.calls.append(call)
        plan = self.plans.get(call.name)
        step = plan.popleft() if plan else Step()
        if step.meanwhile is not None:
            step.meanwhile()
        if step.failure is not None and not step.after_effect:
            raise step.failure
        return step


def _found(thing: T | None) -> T:
    if thing is None:
        detail = FailureDetail(FailureCode.NOT_FOUND)
        raise failures.NotFoundError(detail, status=404)
    return thing


def _changed(now: Rollout, change: Change) -> Rollout:
    match change.verb:
        case Verb.HALT:
            return replace(now, percentage=0.0, status=STOPPED)
        case Verb.FINALIZE:
            return replace(now, percentage=100.0, status=COMPLETE)
        case Verb.SET:
            assert change.percentage is not None
            return replace(now, percentage=change.percentage)
    assert_never(change.verb)
