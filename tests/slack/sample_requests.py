"""Samples of what the Slack tests talk about: Contoso Mail, its rollouts, requests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.operations import Operation
from bot.domain.requests import Alias, Person, Place, Request, RequestState
from bot.domain.results import Result
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb

ACCOUNT = "main"
APP_ID = "9NBLGGH4R315"
SUBMISSION = "1152921504621230023"
FALLBACK = "1152921504620138797"
NOW = datetime(2026, 3, 3, 14, 17, tzinfo=UTC)
PLACE = Place("T0CONTOSO", "C0MAIL")
ANN = Person("U0ANN", "T0CONTOSO")
BEN = Person("U0BEN", "T0CONTOSO")

RUNNING = Rollout(
    enabled=True,
    percentage=25.0,
    status="PackageRolloutInProgress",
    fallback_submission_id=FALLBACK,
)
HALTED = replace(RUNNING, percentage=0.0, status="PackageRolloutStopped")
FINALIZED = replace(RUNNING, percentage=100.0, status="PackageRolloutComplete")
MAIL = Alias("mail", Target(ACCOUNT, APP_ID), "Contoso Mail", added_by="U0ANN")


def snapshot(
    rollout: Rollout = RUNNING,
    *,
    flight: str | None = None,
    name: str = "Contoso Mail",
    versions: tuple[str, ...] = ("1.4.0.0",),
    pending_id: str | None = None,
) -> Snapshot:
    """Return what a card shows of Contoso Mail, or of one of its flights."""
    target = Target(ACCOUNT, APP_ID, "7bfc11d5-f710-47c5" if flight else None)
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
    """Return a request as it stands in the database; a result means an operation."""
    if result is not None:
        state = RequestState.AUTHORISED
    by_a_person = state in {RequestState.CANCELLED, RequestState.AUTHORISED}
    ran_out = state is RequestState.EXPIRED
    decided = Request(
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
        decided_by="U0BEN" if by_a_person else None,
        decided_at=NOW + timedelta(minutes=1) if by_a_person or ran_out else None,
    )
    if state is not RequestState.AUTHORISED:
        return decided
    return replace(decided, operation=_operation(decided, result))


def with_result(request: Request, result: Result | None) -> Request:
    """Return an authorised request whose operation ended so; None: not yet."""
    return replace(request, operation=_operation(request, result))


def _operation(request: Request, result: Result | None) -> Operation:
    return replace(
        request.authorised(),
        result=result,
        finished_at=NOW + timedelta(minutes=2) if result else None,
    )
