"""An engine and a Slack that only record what they are asked for."""

from dataclasses import dataclass, field

from bot.domain.failures import FailureDetail
from bot.domain.operations import Operation


@dataclass
class FakeStarter:
    """An engine that takes work and does none of it."""

    started: list[Operation] = field(default_factory=list)
    closed_cards: list[str] = field(default_factory=list)
    failure: Exception | None = None

    async def start_operation(self, operation: Operation) -> None:
        """Record the operation."""
        self._fail()
        self.started.append(operation)

    async def close_card(self, request_id: str) -> None:
        """Record the request."""
        self._fail()
        self.closed_cards.append(request_id)

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


@dataclass
class FakeNotifier:
    """A notifier that records, by ids, what would have been shown in Slack."""

    closed_cards: list[str] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    waits: list[tuple[str, FailureDetail, float]] = field(default_factory=list)
    results: list[tuple[str, bool]] = field(default_factory=list)
    follow_ups_ended: list[str] = field(default_factory=list)
    failure: Exception | None = None

    async def update_closed_card(self, request_id: str) -> None:
        """Record the request whose card is edited."""
        self._fail()
        self.closed_cards.append(request_id)

    async def update_card(self, operation_id: str) -> None:
        """Record the operation whose card is edited."""
        self._fail()
        self.cards.append(operation_id)

    async def show_waiting(
        self, operation_id: str, detail: FailureDetail, seconds: float
    ) -> None:
        """Record what is waited for."""
        self._fail()
        self.waits.append((operation_id, detail, seconds))

    async def post_result(self, operation_id: str, *, again: bool) -> None:
        """Record the operation whose result is posted."""
        self._fail()
        self.results.append((operation_id, again))

    async def post_follow_up_ended(self, operation_id: str) -> None:
        """Record the operation that is not followed up any more."""
        self._fail()
        self.follow_ups_ended.append(operation_id)

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure
