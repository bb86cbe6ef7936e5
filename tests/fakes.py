"""Stand-ins for what the service needs: a Store in memory, and memories that forget."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar, assert_never

from bot.domain import failures
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.requests import Alias, Person, Place, Request, RequestPage, RequestState
from bot.domain.results import Result, Unknown
from bot.domain.rollout import (
    COMPLETE,
    IN_PROGRESS,
    NOT_STARTED,
    STOPPED,
    Change,
    Rollout,
)
from bot.domain.submissions import (
    PUBLISHED,
    App,
    Flight,
    Reading,
    Snapshot,
    Submission,
    SubmissionRef,
    Target,
)
from bot.domain.verbs import Phase, Verb

NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUARTER: Final = timedelta(minutes=15)
PLACE: Final = Place("T1", "C1")
ANN: Final = Person("U1", "T1")
BOB: Final = Person("U2", "T1")
GUEST: Final = Person("U9", "T9")

MAIL: Final = Target("9NBLGGH4R315")
BETA: Final = Target("9NBLGGH4R315", "43e448df-97c9-4a43-a0bc-2a445e736bcd")
PUBLISHED_ID: Final = "1152921504621243610"
DRAFT_ID: Final = "1152921504621243680"
FALLBACK: Final = "1212922684621243058"

GOING: Final = Rollout(True, 25.0, IN_PROGRESS, FALLBACK)
HALTED: Final = Rollout(True, 0.0, STOPPED, FALLBACK)
FINAL: Final = Rollout(True, 100.0, COMPLETE, FALLBACK)
WAITING: Final = Rollout(True, 25.0, NOT_STARTED)
PLAIN: Final = Rollout(False, 0.0, NOT_STARTED)

T = TypeVar("T")


def ref_of(target: Target = MAIL, submission_id: str = PUBLISHED_ID) -> SubmissionRef:
    """Name a target's published submission."""
    return SubmissionRef(target, submission_id)


def asked(
    change: Change, *, target: Target = MAIL, rollout: Rollout = GOING
) -> Request:
    """Make a pending request as a card shows it."""
    return Request(
        id="r1",
        place=PLACE,
        change=change,
        snapshot=Snapshot(ref_of(target), "Mail", None, rollout),
        asked_by="U1",
        reason="crash on start",
        asked_at=NOON,
        expires_at=NOON + QUARTER,
    )


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one call: `meanwhile` comes first, then the effect, or not."""

    failure: failures.StoreError | None = None
    after_effect: bool = False
    meanwhile: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call that reached the Store, and the rollout that it gave back, if any."""

    name: str
    about: SubmissionRef | Target | str
    change: Change | None = None
    shown: Rollout | None = None


@dataclass
class FakeStore:
    """A Store in memory, with the state machine of Microsoft's submission API.

    `effects` counts the changes that were carried out, answered or not;
    `describing_takes` is how many seconds the submission resource needs; a `late`
    Store takes a change and goes on showing the old state.
    """

    apps: dict[str, App] = field(default_factory=dict)
    flights: dict[str, list[Flight]] = field(default_factory=dict)
    submissions: dict[SubmissionRef, Submission] = field(default_factory=dict)
    rollouts: dict[SubmissionRef, Rollout] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    effects: int = 0
    plans: dict[str, deque[Step]] = field(default_factory=dict)
    describing_takes: float = 0.0
    late: bool = False

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
        """Say what happens to the next calls of this name, in turn."""
        self.plans.setdefault(name, deque()).extend(steps)

    def names(self) -> list[str]:
        """Return the names of the calls so far, in order."""
        return [call.name for call in self.calls]

    @property
    def writes(self) -> list[Call]:
        """Return the calls that asked for a change."""
        return [call for call in self.calls if call.change is not None]

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
        shown = _found(self.rollouts.get(ref))
        self.calls[-1] = replace(self.calls[-1], shown=shown)
        return Reading(shown, "corr-read")

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


@dataclass
class FakeAliases:
    """The aliases of each channel, in memory."""

    kept: dict[tuple[str, str], dict[str, Alias]] = field(default_factory=dict)

    def put(self, name: str, target: Target = MAIL, place: Place = PLACE) -> Alias:
        """Add an alias for a test to start from."""
        alias = Alias(name, target, "Mail", None, "U1")
        return self._channel(place).setdefault(name, alias)

    async def list_aliases(self, place: Place) -> Sequence[Alias]:
        """Return the channel's aliases, by name."""
        return [alias for _, alias in sorted(self._channel(place).items())]

    async def add_alias(self, place: Place, alias: Alias) -> Alias:
        """Store the alias, or give the one that already has the name."""
        return self._channel(place).setdefault(alias.name, alias)

    async def remove_alias(self, place: Place, name: str) -> Alias | None:
        """Take the alias away and give it, or None where there was none."""
        return self._channel(place).pop(name, None)

    def _channel(self, place: Place) -> dict[str, Alias]:
        return self.kept.setdefault((place.workspace, place.channel), {})


@dataclass
class FakeRequests:
    """The requests, in memory; `after_note` runs once an attempt has been noted."""

    kept: dict[str, Request] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    after_note: Callable[[], None] | None = None

    async def add_request(self, request: Request) -> None:
        """Store a new request."""
        self.kept[request.id] = request

    async def get_request(self, request_id: str) -> Request | None:
        """Return the request as it stands, or None."""
        return self.kept.get(request_id)

    async def put_card(self, request_id: str, card: str) -> None:
        """Note the Slack timestamp of the request's card."""
        if request_id in self.kept:
            self.kept[request_id] = replace(self.kept[request_id], card=card)

    async def confirm_request(
        self, request_id: str, user_id: str, card: str, now: datetime
    ) -> Request | None:
        """Claim a request that is pending and in time; None where it is not."""
        return self._decide(request_id, RequestState.CONFIRMED, user_id, card, now)

    async def cancel_request(
        self, request_id: str, user_id: str | None, card: str | None, now: datetime
    ) -> Request | None:
        """Cancel a request that is pending and in time; None where it is not."""
        return self._decide(request_id, RequestState.CANCELLED, user_id, card, now)

    async def expire_request(self, request_id: str, now: datetime) -> Request | None:
        """Expire one request that is pending and past its time; None where not."""
        return self._decide(request_id, RequestState.EXPIRED, None, None, now)

    async def overdue_requests(self, now: datetime) -> Sequence[str]:
        """Return the ids of pending requests whose time is over."""
        return [r.id for r in self._in(RequestState.PENDING) if r.expires_at <= now]

    async def begin_attempt(self, request_id: str, earlier: int) -> bool:
        """Note, before a write is sent, that it is; one statement."""
        request = self.kept[request_id]
        confirmed = request.state is RequestState.CONFIRMED
        mine = confirmed and request.attempts == earlier
        if mine:
            self.kept[request_id] = replace(request, attempts=earlier + 1)
        if self.after_note is not None:
            self.after_note()
        return mine

    async def finish_request(
        self, request_id: str, result: Result, now: datetime
    ) -> Request:
        """Store the result of a confirmed request; a later truth replaces Unknown."""
        request = self.kept[request_id]
        if request.result is None or isinstance(request.result, Unknown):
            request = replace(
                request, state=RequestState.FINISHED, result=result, finished_at=now
            )
            self.kept[request_id] = request
        return request

    async def close_request(self, request_id: str, now: datetime) -> None:  # noqa: ARG002 - the port's own signature
        """Note that Slack shows how the request ended: no work is left for it."""
        self.closed.add(request_id)

    async def stranded_requests(self, before: datetime) -> Sequence[str]:
        """Return the ids of requests decided before then and not closed yet."""
        return [
            request.id
            for request in self.kept.values()
            if request.decided_at is not None
            and request.decided_at < before
            and request.id not in self.closed
        ]

    async def list_requests(
        self, place: Place, target: Target | None, limit: int
    ) -> RequestPage:
        """Return the channel's last requests, newest first, of one target or of all."""
        found = [
            request
            for request in self.kept.values()
            if (request.place.workspace, request.place.channel)
            == (place.workspace, place.channel)
            and target in {None, request.snapshot.ref.target}
        ]
        newest = sorted(found, key=lambda r: r.asked_at, reverse=True)
        return RequestPage(tuple(newest[:limit]))

    def _in(self, state: RequestState) -> list[Request]:
        return [request for request in self.kept.values() if request.state is state]

    def _decide(
        self,
        request_id: str,
        state: RequestState,
        user_id: str | None,
        card: str | None,
        now: datetime,
    ) -> Request | None:
        request = self.kept.get(request_id)
        if request is None or request.state is not RequestState.PENDING:
            return None
        if (request.expires_at <= now) != (state is RequestState.EXPIRED):
            return None
        decided = replace(
            request,
            state=state,
            decided_by=user_id,
            decided_at=now,
            card=request.card or card,
        )
        self.kept[request_id] = decided
        return decided


@dataclass
class FakeDeliveries:
    """The Slack events that have been taken, in memory."""

    seen: set[str] = field(default_factory=set)

    async def first_delivery(self, event_id: str, now: datetime) -> bool:  # noqa: ARG002 - the port's own signature
        """Note the event; False where it was noted before."""
        first = event_id not in self.seen
        self.seen.add(event_id)
        return first

    async def forget_deliveries(self, before: datetime) -> None:  # noqa: ARG002 - the port's own signature
        """Forget all of them."""
        self.seen.clear()


@dataclass
class FakeStarter:
    """Takes requests, and carries none of them anywhere."""

    carried: list[Request] = field(default_factory=list)
    failure: Exception | None = None

    async def start_operation(self, request: Request) -> None:
        """Take the request."""
        if self.failure is not None:
            raise self.failure
        self.carried.append(request)


@dataclass
class FakeNotifier:
    """Remembers what would have been shown in Slack."""

    cards: list[Request] = field(default_factory=list)
    results: list[tuple[Request, bool]] = field(default_factory=list)
    given_up: list[Request] = field(default_factory=list)
    waits: list[tuple[Request, FailureDetail, float]] = field(default_factory=list)
    failure: Exception | None = None

    async def show_card(self, request: Request) -> None:
        """Show the card as the request is now."""
        if self.failure is not None:
            raise self.failure
        self.cards.append(request)

    async def show_waiting(
        self, request: Request, detail: FailureDetail, seconds: float
    ) -> None:
        """Show the card with what is waited for."""
        self.waits.append((request, detail, seconds))

    async def post_result(self, request: Request, *, again: bool) -> None:
        """Post the result in the thread."""
        self.results.append((request, again))

    async def post_given_up(self, request: Request) -> None:
        """Say in the thread that nobody looks any more."""
        self.given_up.append(request)
