"""Harness of the engine: a real database, the local Store, a recording notifier."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, text

from bot.db.operations import OPERATIONS
from bot.db.repositories import SqlRepositories
from bot.db.requests import SqlRequestRepository
from bot.db.rows import operation_values
from bot.db.session import Database
from bot.domain.notifications import RetryableNotificationError
from bot.domain.operations import Operation, Waiting
from bot.domain.requests import Person, Place, Request
from bot.domain.results import Result, Unknown
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.engine import Dependencies, Engine, EngineTiming
from bot.sandbox.clock import SandboxClock
from bot.sandbox.store import LocalStore
from bot.service import OperationExecutor
from bot.store import StoreClient, StoreTimeouts
from tests.fakes import count_all

ACCOUNT = "main"
MAIL = Target(ACCOUNT, "9NMAIL000001")
ANN = Person("U0ANN", "T0")
FAST = EngineTiming(
    retry_pauses=(0.01, 0.02, 0.05, 0.1),
    longest_retry_after=0.2,
    follow_up_pauses=(1.0, 1.0, 1.0),
    slack_pauses=(0.02, 0.05),
    storage_pause=0.02,
    sweep_interval=0.05,
    job_interval=math.inf,
    stranded_after=0.3,
    heartbeat_interval=0.1,
    grace_period=0.3,
    heartbeat_timeout=3.0,
)
_VERY_LONG = 10**6
KEEP_FOR = timedelta(days=400)
HURRIED = StoreTimeouts(tries=2, first_pause=0.01)


def now() -> datetime:
    """Return the time of day in UTC, the engine's clock."""
    return datetime.now(UTC)


class RecordingNotifier:
    """A Notifier that records what people would see, and can be away.

    `calls` has every call that arrived, with the id that it named; the other lists
    have the request that was shown, which an operation need not have. The next `away`
    calls find no Slack, or those of `away_for` alone, and are asked to wait for so long
    as `retry_after` says. The `bugs` after them fail with an error of ours.
    """

    def __init__(self, requests: SqlRequestRepository) -> None:
        self._requests = requests
        self.calls: list[tuple[str, str]] = []
        self.shown: list[Request] = []
        self.posted: list[tuple[Request, bool]] = []
        self.waited: list[Waiting] = []
        self.follow_up_ended: list[Request] = []
        self.settled: set[str] = set()
        self.away = 0
        self.away_for: str | None = None
        self.retry_after: float | None = None
        self.bugs = 0

    async def update_closed_card(self, request_id: str) -> None:
        self._arrive("update_closed_card", request_id)
        request = await self._requests.get_request(request_id)
        assert request is not None
        self.shown.append(request)

    async def update_card(self, operation_id: str) -> None:
        self._arrive("update_card", operation_id)
        self.shown += await self._request_of(operation_id)

    async def show_waiting(self, operation_id: str, waiting: Waiting) -> None:
        self._arrive("show_waiting", operation_id)
        for request in await self._request_of(operation_id):
            assert request.result is None
        self.waited.append(waiting)

    async def post_result(self, operation_id: str, *, again: bool) -> None:
        self._arrive("post_result", operation_id)
        self.posted += [(one, again) for one in await self._request_of(operation_id)]

    async def is_settled(self, operation_id: str) -> bool:
        return operation_id in self.settled

    async def post_follow_up_ended(self, operation_id: str) -> None:
        self._arrive("post_follow_up_ended", operation_id)
        self.follow_up_ended += await self._request_of(operation_id)

    async def _request_of(self, operation_id: str) -> list[Request]:
        request = await self._requests.get_request_of(operation_id)
        return [] if request is None else [request]

    def _arrive(self, method: str, subject: str) -> None:
        if self.away > 0 and self.away_for in {None, method}:
            self.away -= 1
            raise RetryableNotificationError(
                "Slack is away", retry_after=self.retry_after
            )
        if self.bugs > 0:
            self.bugs -= 1
            raise KeyError("a bug of ours")
        self.calls.append((method, subject))


class OneToken:
    """A TokenSource with a token that the local Store takes."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store

    async def token(self) -> str:
        return self._store.tokens.issue()

    async def renew(self, stale: str) -> str:
        assert stale
        return self._store.tokens.issue()


@dataclass
class EngineHarness:
    """An engine's parts on a real database: from an approval to what people see.

    `clock` is the Store's.
    """

    url: str
    store: LocalStore
    client: StoreClient
    repositories: SqlRepositories
    notifier: RecordingNotifier
    clock: SandboxClock
    number: int = 0
    keep_events_for: timedelta | None = None

    def engine(self, timing: EngineTiming = FAST) -> Engine:
        """Return a new engine on the harness's database, Store and notifier."""
        dependencies = self.dependencies(timing=timing)
        return Engine(self.url, dependencies, self.repositories.deliveries)

    def dependencies(
        self, clock: Callable[[], datetime] = now, timing: EngineTiming = FAST
    ) -> Dependencies:
        """Return what an engine works with."""
        stores = {ACCOUNT: self.client}
        operations = self.repositories.operations
        return Dependencies(
            requests=self.repositories.requests,
            operations=operations,
            executor=OperationExecutor(stores, operations, clock),
            notifier=self.notifier,
            retention=self.repositories.retention,
            keep_for=KEEP_FOR,
            keep_events_for=self.keep_events_for,
            clock=clock,
            timing=timing,
        )

    async def request(
        self, change: Change | None = None, target: Target = MAIL, minutes: float = 15
    ) -> Request:
        """Store a pending request of this change, a halt unless it is given."""
        self.number += 1
        ref, rollout = self._published(target)
        request = Request(
            id=f"request{self.number}",
            place=Place("T0", "C0"),
            change=change or Change(Verb.HALT),
            snapshot=Snapshot(ref, "Contoso Mail", None, rollout),
            asked_by=ANN.user_id,
            reason="crash",
            asked_at=now(),
            expires_at=now() + timedelta(minutes=minutes),
        )
        await self.repositories.requests.add_request(request)
        return request

    async def authorised(
        self, change: Change | None = None, target: Target = MAIL
    ) -> Operation:
        """Store a request and approve it; return its operation."""
        request = await self.request(change, target)
        approved = await self.repositories.requests.approve_request(
            request.id, ANN, "1.1", now(), judge=count_all
        )
        assert isinstance(approved, Request)
        assert approved.operation is not None
        return approved.operation

    async def authorised_without_request(
        self, change: Change | None = None
    ) -> Operation:
        """Store an operation that no card has asked for, as a ramp's step is none."""
        ref, rollout = self._published(MAIL)
        operation = Operation(
            id="step1",
            ref=ref,
            change=change or Change(Verb.HALT),
            before=rollout,
            authorised_by=ANN.user_id,
            authorised_at=now(),
        )
        database = Database(self.url)
        await database.run(insert(OPERATIONS), operation_values(operation))
        await database.close()
        return operation

    async def unknown(self, engine: Engine) -> Operation:
        """Start the engine, and run a halt whose effect the Store does not show."""
        self.store.arm("halt", "504_after_effect")
        self.store.arm("read", "503", times=-1)
        await engine.start()
        operation = await self.authorised()
        await engine.start_operation(operation)
        await self.result(operation, Unknown)
        return operation

    async def waiting_for_slack(self, engine: Engine) -> Operation:
        """Start the engine, and run a halt until it waits for Slack, which is away."""
        self.notifier.away = _VERY_LONG
        await engine.start()
        operation = await self.authorised()
        await engine.start_operation(operation)

        async def waits() -> bool:
            return self.notifier.away < _VERY_LONG - 2

        await until(waits)
        return operation

    async def written_by_a_newer_bot(self, *subjects: Operation | Request) -> None:
        """Give these requests and their operations a verb that this bot cannot read."""
        database = Database(self.url)
        for subject in subjects:
            for table in ("requests", "operations"):
                await database.run(
                    text(f"UPDATE {table} SET verb = 'ramp' WHERE id = :id"),  # noqa: S608 - two fixed names
                    {"id": subject.id},
                )
        await database.close()

    async def result(self, operation: Operation, kind: type[Result]) -> Result:
        """Wait until the operation is closed with a result of that kind."""

        async def closed() -> bool:
            stored = await self.repositories.operations.get_operation(operation.id)
            open_ones = await self.repositories.operations.open_operations(
                now() + timedelta(days=1)
            )
            return (
                stored is not None
                and isinstance(stored.result, kind)
                and operation.id not in open_ones
            )

        await until(closed)
        stored = await self.repositories.operations.get_operation(operation.id)
        assert stored is not None
        assert stored.result is not None
        return stored.result

    async def card_closed(self, request: Request) -> Request:
        """Wait until the request's card shows that it was cancelled or expired."""

        async def closed() -> bool:
            # In this order: what is not decided yet is not among the unclosed ones.
            stored = await self.repositories.requests.get_request(request.id)
            assert stored is not None
            tomorrow = now() + timedelta(days=1)
            unclosed = await self.repositories.requests.unclosed_cards(tomorrow)
            return stored.decided_at is not None and request.id not in unclosed

        await until(closed)
        stored = await self.repositories.requests.get_request(request.id)
        assert stored is not None
        return stored

    def _published(self, target: Target) -> tuple[SubmissionRef, Rollout]:
        published = self.store.slot(target.app_id, target.flight_id).published
        assert published is not None
        shown = published.rollout
        rollout = Rollout(True, shown.percentage, shown.status, "1")
        return SubmissionRef(target, published.id), rollout


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> None:
    """Wait for something that must come true."""
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.02)
