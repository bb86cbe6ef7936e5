"""A RolloutService in memory, and the requests that the Slack tests talk about."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.domain.outcomes import (
    AlreadyHandled,
    Cancelled,
    ClickOutcome,
    CommandOutcome,
    ConfirmationNeeded,
    Confirmed,
    Denial,
    Expired,
    Help,
    Misuse,
    NotAllowed,
    Usage,
)
from bot.domain.requests import Alias, Person, Place, Request, RequestState
from bot.domain.results import Done, Result
from bot.domain.rollout import Change, Rollout
from bot.domain.storage import StorageUnavailable
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.slack.outbox.messenger import Messenger

APP_ID = "9NBLGGH4R315"
SUBMISSION = "1152921504621230023"
FALLBACK = "1152921504620138797"
NOW = datetime(2026, 3, 3, 14, 17, tzinfo=UTC)
PLACE = Place("T0CONTOSO", "C0MAIL")
ANN = Person("U0ANN", "T0CONTOSO")

RUNNING = Rollout(
    enabled=True,
    percentage=25.0,
    status="PackageRolloutInProgress",
    fallback_submission_id=FALLBACK,
)
HALTED = replace(RUNNING, percentage=0.0, status="PackageRolloutStopped")
FINALIZED = replace(RUNNING, percentage=100.0, status="PackageRolloutComplete")
MAIL = Alias("mail", Target(APP_ID), "Contoso Mail", added_by="U0ANN")


def snapshot(
    rollout: Rollout = RUNNING,
    *,
    flight: str | None = None,
    name: str = "Contoso Mail",
    versions: tuple[str, ...] = ("1.4.0.0",),
    pending_id: str | None = None,
) -> Snapshot:
    """Return what a card shows of Contoso Mail, or of one of its flights."""
    target = Target(APP_ID, "7bfc11d5-f710-47c5" if flight else None)
    return Snapshot(
        ref=SubmissionRef(target, SUBMISSION),
        app_name=name,
        flight_name=flight,
        rollout=rollout,
        status="Published",
        versions=versions,
        pending_id=pending_id,
    )


def request(
    verb: Verb = Verb.HALT,
    percentage: float | None = None,
    *,
    state: RequestState = RequestState.PENDING,
    result: Result | None = None,
    seen: Snapshot | None = None,
    reason: str = "crash on start",
    place: Place = PLACE,
    card: str | None = None,
    number: str = "r1",
) -> Request:
    """Return a request as it stands in the database."""
    decided = state not in (RequestState.PENDING, RequestState.EXPIRED)
    return Request(
        id=number,
        place=place,
        change=Change(verb, percentage),
        snapshot=seen or snapshot(),
        asked_by="U0ANN",
        reason=reason,
        asked_at=NOW,
        expires_at=NOW + timedelta(minutes=15),
        alias="mail",
        state=state,
        card=card,
        decided_by="U0BEN" if decided else None,
        decided_at=NOW + timedelta(minutes=1) if decided else None,
        result=result,
        finished_at=NOW + timedelta(minutes=2) if result else None,
    )


@dataclass
class ServiceDouble:
    """Answers as the real service does, from a dictionary.

    `script` says what a text is answered with: an answer, an error, or `halt` and its
    like for a new request. `held` is awaited before each click is claimed. `broken`
    fails what asks the database, `stuck` what starts work, `forgetful` forgets cards,
    `pressed_early` has a card pressed before its posting was answered.
    """

    messenger: Messenger | None = None
    script: dict[str, CommandOutcome | Exception | Change] = field(default_factory=dict)
    inferred: bool = False
    requests: dict[str, Request] = field(default_factory=dict)
    asked: list[tuple[str, Place, Person]] = field(default_factory=list)
    proceeded: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    events: set[str] = field(default_factory=set)
    broken: Exception | None = None
    stuck: Exception | None = None
    forgetful: bool = False
    pressed_early: bool = False
    held: Callable[[], Awaitable[None]] | None = None
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def answer(self, text: str, place: Place, person: Person) -> CommandOutcome:
        """Answer from the script; unknown texts get the guide."""
        self.asked.append((text, place, person))
        answer = self.script.get(text, Help((MAIL,)))
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, Change):
            return answer
        now = datetime.now(UTC)
        new = replace(
            request(answer.verb, answer.percentage, place=place),
            id=f"request-{next(self.numbers)}",
            asked_by=person.user_id,
            asked_at=now,
            expires_at=now + timedelta(minutes=15),
        )
        self.requests[new.id] = new
        return ConfirmationNeeded(new, self.inferred)

    async def card_shown(self, request_id: str, card: str) -> None:
        """Note the card."""
        if self.forgetful:
            raise StorageUnavailable("disk full")
        self._change(request_id, card=card)

    async def card_failed(self, request_id: str) -> bool:
        """Cancel the request, unless somebody has pressed its card."""
        if self.forgetful:
            raise StorageUnavailable("disk full")
        self.failed.append(request_id)
        if self.pressed_early:
            self._change(request_id, state=RequestState.CONFIRMED)
        if self.requests[request_id].state is not RequestState.PENDING:
            return False
        self._change(request_id, state=RequestState.CANCELLED)
        return True

    async def confirm(
        self, request_id: str, card: str, place: Place, person: Person
    ) -> ClickOutcome:
        """Confirm once."""
        decided = await self._decide(
            request_id, card, place, person, RequestState.CONFIRMED
        )
        return Confirmed(decided) if isinstance(decided, Request) else decided

    async def cancel(
        self, request_id: str, card: str, place: Place, person: Person
    ) -> ClickOutcome:
        """Cancel once."""
        decided = await self._decide(
            request_id, card, place, person, RequestState.CANCELLED
        )
        return Cancelled(decided) if isinstance(decided, Request) else decided

    async def proceed(self, request: Request) -> None:
        """Show the card without buttons; the engine's part is `finish`."""
        if self.stuck is not None:
            raise self.stuck
        self.proceeded.append(request.id)
        if self.messenger is not None:
            await self.messenger.show_card(request)

    async def first_delivery(self, event_id: str) -> bool:
        """Note the event."""
        if self.broken is not None:
            raise self.broken
        first = event_id not in self.events
        self.events.add(event_id)
        return first

    async def finish(self, request_id: str, result: Result | None = None) -> None:
        """Do what the engine does at the end of an operation."""
        assert self.messenger is not None
        self._change(
            request_id,
            state=RequestState.FINISHED,
            result=result or Done(RUNNING, HALTED),
            finished_at=datetime.now(UTC),
        )
        await self.messenger.show_card(self.requests[request_id])
        await self.messenger.post_result(self.requests[request_id], again=False)

    async def _decide(
        self,
        request_id: str,
        card: str,
        place: Place,
        person: Person,
        state: RequestState,
    ) -> Request | ClickOutcome:
        if self.held is not None:
            await self.held()
        if self.broken is not None:
            raise self.broken
        if person.team_id != place.workspace:
            return NotAllowed(Denial.OTHER_WORKSPACE)
        if request_id not in self.requests:
            return Usage(Misuse.NO_SUCH_CARD)
        found = self.requests[request_id]
        if found.state is RequestState.EXPIRED:
            return Expired(found)
        if found.state is not RequestState.PENDING:
            return AlreadyHandled(found)
        now = datetime.now(UTC)
        if now > found.expires_at:
            self._change(request_id, state=RequestState.EXPIRED)
            return Expired(self.requests[request_id])
        self._change(
            request_id,
            state=state,
            card=found.card or card,
            decided_by=person.user_id,
            decided_at=now,
        )
        return self.requests[request_id]

    def _change(self, request_id: str, **changes: object) -> None:
        self.requests[request_id] = replace(
            self.requests[request_id],
            **changes,  # type: ignore[arg-type]
        )
