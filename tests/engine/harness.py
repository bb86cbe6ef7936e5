"""Harness of the engine: a real database, the local Store, a recording notifier."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from bot.db.repositories import SqlRepositories
from bot.db.requests import SqlRequestRepository
from bot.db.session import Database
from bot.domain.notifications import RetryableNotificationError
from bot.domain.operations import Operation
from bot.domain.requests import Person, Place, Request
from bot.domain.failures import FailureDetail
from bot.domain.results import Result, Unknown
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.engine import Dependencies, Engine, EngineTiming
from bot.sandbox.store import LocalStore
from bot.service import OperationExecutor
from bot.store import StoreClient, StoreTimeouts

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
    stranded_after=0.3,
    heartbeat_interval=0.1,
    grace_period=0.3,
    heartbeat_timeout=3.0,
)
_VERY_LONG = 10**6
HURRIED = StoreTimeouts(tries=2, first_pause=0.01)


class RecordingNotifier:
    """A Notifier that records what people would see, and can be away."""

    def __init__(self, requests: SqlRequestRepository) -> None:
        self._requests = requests
        self.shown: list[Request] = []
        self.posted: list[tuple[Request, bool]] = []
        self.waited: list[tuple[str, float]] = []
        self.given_up: list[Request] = []
        self.away = 0

    async def update_closed_card(self, request_id: str) -> None:
        request = await self._requests.get_request(request_id)
        assert request is not None
        self._answer()
        self.shown.append(request)

    async def update_card(self, operation_id: str) -> None:
        self._answer()
        self.shown.append(await self._request(operation_id))

    async def show_waiting(
        self, operation_id: str, detail: FailureDetail, seconds: float
    ) -> None:
        assert (await self._request(operation_id)).result is None
        self._answer()
        self.waited.append((detail.code, seconds))

    async def post_result(self, operation_id: str, *, again: bool) -> None:
        self._answer()
        self.posted.append((await self._request(operation_id), again))

    async def post_follow_up_ended(self, operation_id: str) -> None:
        self._answer()
        self.given_up.append(await self._request(operation_id))

    async def _request(self, operation_id: str) -> Request:
        request = await self._requests.get_request_of(operation_id)
        assert request is not None
        return request

    def _answer(self) -> None:
        if self.away > 0:
            self.away -= 1
            raise RetryableNotificationError("Slack is away")


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
    """Everything between a press and what people see, on a real database."""

    url: str
    store: LocalStore
    client: StoreClient
    repositories: SqlRepositories
    notifier: RecordingNotifier
    number: int = 0

    def engine(self, timing: EngineTiming = FAST) -> Engine:
        stores = {ACCOUNT: self.client}
        operations = self.repositories.operations
        return Engine(
            self.url,
            Dependencies(
                requests=self.repositories.requests,
                operations=operations,
                executor=OperationExecutor(stores, operations, _now),
                notifier=self.notifier,
                clock=_now,
                timing=timing,
            ),
            self.repositories.deliveries,
        )

    async def request(
        self, change: Change | None = None, target: Target = MAIL, minutes: float = 15
    ) -> Request:
        """Store a pending request as a card would have it."""
        self.number += 1
        now = datetime.now(UTC)
        published = self.store.slot(target.app_id, target.flight_id).published
        assert published is not None
        rollout = published.rollout
        request = Request(
            id=f"request{self.number}",
            place=Place("T0", "C0"),
            change=change or Change(Verb.HALT),
            snapshot=Snapshot(
                SubmissionRef(target, published.id),
                "Contoso Mail",
                None,
                Rollout(True, rollout.percentage, rollout.status, "1"),
            ),
            asked_by=ANN.user_id,
            reason="crash",
            asked_at=now,
            expires_at=now + timedelta(minutes=minutes),
        )
        await self.repositories.requests.add_request(request)
        return request

    async def authorised(
        self, change: Change | None = None, target: Target = MAIL
    ) -> Operation:
        """Store a request and approve it; return its operation."""
        request = await self.request(change, target)
        approved = await self.repositories.requests.approve_request(
            request.id, ANN, "1.1", _now(), check=lambda _: None
        )
        assert isinstance(approved, Request)
        assert approved.operation is not None
        return approved.operation

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
        """Start the engine, and run a halt until it waits for an absent Slack."""
        self.notifier.away = _VERY_LONG
        await engine.start()
        operation = await self.authorised()
        await engine.start_operation(operation)

        async def waits() -> bool:
            return self.notifier.away < _VERY_LONG - 2

        await until(waits)
        return operation

    async def written_by_a_newer_bot(self, *operations: Operation) -> None:
        """Store the operations with a verb that this bot does not know."""
        database = Database(self.url)
        for operation in operations:
            for table in ("requests", "operations"):
                await database.run(
                    text(f"UPDATE {table} SET verb = 'ramp' WHERE id = :id"),  # noqa: S608 - two fixed names
                    {"id": operation.id},
                )
        await database.close()

    async def result(self, operation: Operation, kind: type[Result]) -> Result:
        """Wait until the operation is closed with a result of that kind."""

        async def closed() -> bool:
            stored = await self.repositories.operations.get_operation(operation.id)
            open_ones = await self.repositories.operations.open_operations(
                _now() + timedelta(days=1)
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


def _now() -> datetime:
    return datetime.now(UTC)


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> None:
    """Wait for something that must come true."""
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.02)
