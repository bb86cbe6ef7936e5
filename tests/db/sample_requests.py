"""A request like those that people make, for the tests of the repositories."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.operations import Operation
from bot.domain.requests import Person, Place, Request, RequestState
from bot.domain.results import Done, Unknown
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.service.lock_repository import LockRepository
from bot.service.plan_repository import PlanRepository
from bot.service.policy_repositories import (
    ProposalRepository,
    ReleaseChannelRepository,
)
from bot.service.repositories import (
    AliasRepository,
    DeliveryRepository,
    EventRepository,
    LanguageRepository,
    OperationRepository,
    RetentionRepository,
    RuleRepository,
    SubscriptionRepository,
)
from bot.service.request_repository import RequestRepository
from tests.fakes import count_all

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=15)
PLACE = Place("T1", "C1", "1700000000.000100")
CHANNEL = Place("T1", "C1")
ANN = Person("U2", "T1")
BOB = Person("U3", "T1")
APP = Target("main", "9NBLGGH4R315")
FLIGHT = Target("main", "9NBLGGH4R315", "f-1")
ROLLOUT = Rollout(True, 25.5, "PackageRolloutInProgress", "115292150")
STOPPED = Rollout(True, 25.5, "PackageRolloutStopped", "115292150")
TROUBLE = FailureDetail(FailureCode.TIMEOUT)
UNKNOWN = Unknown(None, TROUBLE, "corr-1")
DONE = Done(ROLLOUT, STOPPED, "corr-2")


class AllRepositories(Protocol):
    """What the repositories of a database and those in memory have in common."""

    @property
    def aliases(self) -> AliasRepository: ...
    @property
    def languages(self) -> LanguageRepository: ...
    @property
    def subscriptions(self) -> SubscriptionRepository: ...
    @property
    def rules(self) -> RuleRepository: ...
    @property
    def locks(self) -> LockRepository: ...
    @property
    def plans(self) -> PlanRepository: ...
    @property
    def requests(self) -> RequestRepository: ...
    @property
    def operations(self) -> OperationRepository: ...
    @property
    def events(self) -> EventRepository: ...
    @property
    def deliveries(self) -> DeliveryRepository: ...
    @property
    def retention(self) -> RetentionRepository: ...
    @property
    def release_channels(self) -> ReleaseChannelRepository: ...
    @property
    def proposals(self) -> ProposalRepository: ...


def request(number: int = 1, target: Target = APP) -> Request:
    return Request(
        id=f"r{number}",
        place=PLACE,
        change=Change(Verb.HALT),
        snapshot=Snapshot(
            ref=SubmissionRef(target, "1152921505694"),
            app_name="Mail",
            flight_name=None,
            rollout=ROLLOUT,
            status="Published",
            versions=("1.2.3.0", "1.2.4.0"),
            pending_id="1152921505695",
        ),
        asked_by="U1",
        reason="crash on start",
        asked_at=NOON + timedelta(seconds=number),
        expires_at=LATER,
        alias="mail",
    )


async def allow(_: Request) -> None:
    """Let everybody cancel."""


async def press(
    repositories: AllRepositories,
    number: int = 1,
    person: Person = ANN,
    card: str = "1700.1",
    now: datetime = NOON,
) -> Request | None:
    """Press the card's button as somebody who may."""
    found = await repositories.requests.approve_request(
        f"r{number}", person, card, now, judge=count_all
    )
    assert found is None or isinstance(found, Request)
    return found


async def cancel(
    repositories: AllRepositories, number: int = 1, now: datetime = NOON
) -> Request | None:
    """Cancel the card as somebody who may."""
    found = await repositories.requests.cancel_request(
        f"r{number}", ANN, "1700.1", now, check=allow
    )
    assert found is None or isinstance(found, Request)
    return found


async def authorised(repositories: AllRepositories, number: int = 1) -> Request:
    """Add a request and press its button; return it with its operation."""
    await repositories.requests.add_request(request(number))
    pressed = await press(repositories, number)
    assert pressed is not None
    assert pressed.operation is not None
    return pressed


def operation(name: str, attempts: int = 0) -> Operation:
    """Return the operation of a request as a runner has it that counts `attempts`."""
    decided = request(int(name[1:])).decided(RequestState.AUTHORISED, ANN.user_id, NOON)
    return replace(decided.authorised(), id=name, attempts=attempts)
