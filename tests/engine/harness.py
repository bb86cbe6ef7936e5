"""An engine on a real database, with the local Store behind it and a Slack on paper."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from bot.db.repositories import Repositories
from bot.db.session import Database
from bot.domain.failures import FailureDetail
from bot.domain.notifications import RetryableNotificationError
from bot.domain.requests import Place, Request, RequestState
from bot.domain.results import Result, Unknown
from bot.domain.rollout import Change, Rollout, Verb
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.engine import Engine, EngineTiming
from bot.sandbox.store import LocalStore
from bot.service import OperationExecutor
from bot.store import StoreClient, StoreTimeouts

MAIL = Target("9NMAIL000001")
ANN = "U0ANN"
FAST = EngineTiming(
    looks=(0.01, 0.02, 0.05, 0.1),
    longest_retry_after=0.2,
    follow_ups=(1.0, 1.0, 1.0),
    slack=(0.02, 0.05),
    memory=0.02,
    sweep=0.05,
    stranded=0.3,
    beat=0.1,
    settling=0.3,
    frozen=3.0,
)
_VERY_LONG = 10**6
HURRIED = StoreTimeouts(tries=2, first_pause=0.01)


class RecordingNotifier:
    """An Announcer that writes down what people would see, and can be away."""

    def __init__(self) -> None:
        self.shown: list[Request] = []
        self.posted: list[tuple[Request, bool]] = []
        self.waited: list[tuple[str, float]] = []
        self.given_up: list[Request] = []
        self.away = 0

    async def show_card(self, request: Request) -> None:
        self._here()
        self.shown.append(request)

    async def show_waiting(
        self, request: Request, detail: FailureDetail, seconds: float
    ) -> None:
        assert request.result is None
        self._here()
        self.waited.append((detail.code, seconds))

    async def post_result(self, request: Request, *, again: bool) -> None:
        self._here()
        self.posted.append((request, again))

    async def post_given_up(self, request: Request) -> None:
        self._here()
        self.given_up.append(request)

    def _here(self) -> None:
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
    """Everything between a confirmed click and what people see."""

    url: str
    store: LocalStore
    client: StoreClient
    repositories: Repositories
    notifier: RecordingNotifier = field(default_factory=RecordingNotifier)
    number: int = 0

    def engine(self, pace: EngineTiming = FAST) -> Engine:
        return Engine(
            self.url,
            requests=self.repositories,
            deliveries=self.repositories,
            executor=OperationExecutor(self.client, self.repositories),
            notifier=self.notifier,
            clock=lambda: datetime.now(UTC),
            pace=pace,
        )

    async def request(
        self, change: Change | None = None, target: Target = MAIL, minutes: float = 15
    ) -> Request:
        """Store a pending request as a card would have it."""
        self.number += 1
        now = datetime.now(UTC)
        published = self.store.line(target.app_id, target.flight_id).published
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
            asked_by=ANN,
            reason="crash",
            asked_at=now,
            expires_at=now + timedelta(minutes=minutes),
        )
        await self.repositories.add_request(request)
        return request

    async def confirmed(
        self, change: Change | None = None, target: Target = MAIL
    ) -> Request:
        """Store a request and confirm it."""
        request = await self.request(change, target)
        claimed = await self.repositories.confirm_request(
            request.id, ANN, "1.1", datetime.now(UTC)
        )
        assert claimed is not None
        return claimed

    async def unknown(self, engine: Engine) -> Request:
        """Start the engine, and carry a halt whose effect the Store does not show."""
        self.store.arm("halt", "504_after_effect")
        self.store.arm("read", "503", times=-1)
        await engine.start()
        request = await self.confirmed()
        await engine.start_operation(request)
        await self.result(request, Unknown)
        return request

    async def waiting_for_slack(self, engine: Engine) -> Request:
        """Start the engine, and carry a halt until it waits for an absent Slack."""
        self.notifier.away = _VERY_LONG
        await engine.start()
        request = await self.confirmed()
        await engine.start_operation(request)

        async def waits() -> bool:
            return self.notifier.away < _VERY_LONG - 2

        await until(waits)
        return request

    async def written_by_a_newer_bot(self, *requests: Request) -> None:
        """Return the requests a verb that this bot does not know."""
        database = Database(self.url)
        for request in requests:
            await database.run(
                text("UPDATE requests SET verb = 'ramp' WHERE id = :id"),
                {"id": request.id},
            )
        await database.close()

    async def result(self, request: Request, kind: type[Result]) -> Result:
        """Wait until the request is closed with a result of that kind."""

        async def closed() -> bool:
            stored = await self.repositories.get_request(request.id)
            open_ones = await self.repositories.stranded_requests(
                datetime.now(UTC) + timedelta(days=1)
            )
            return (
                stored is not None
                and stored.state is RequestState.FINISHED
                and isinstance(stored.result, kind)
                and request.id not in open_ones
            )

        await until(closed)
        stored = await self.repositories.get_request(request.id)
        assert stored is not None
        assert stored.result is not None
        return stored.result


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> None:
    """Wait for something that must come true."""
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.02)


def later(request: Request, **changes: object) -> Request:
    """Return the request with other values."""
    return replace(request, **changes)  # type: ignore[arg-type]


def later_pace(pace: EngineTiming, **changes: object) -> EngineTiming:
    """Return the pace with other values."""
    return replace(pace, **changes)  # type: ignore[arg-type]
