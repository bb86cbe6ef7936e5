"""An engine that only records what it is asked to start."""

from dataclasses import dataclass, field

from bot.domain.operations import Operation


@dataclass
class FakeStarter:
    """An engine that takes work and does none of it."""

    started: list[Operation] = field(default_factory=list)
    closed_cards: list[str] = field(default_factory=list)
    begun_ramps: list[str] = field(default_factory=list)
    failure: Exception | None = None

    async def start_operation(self, operation: Operation) -> None:
        """Record the operation."""
        self._fail()
        self.started.append(operation)

    async def close_card(self, request_id: str) -> None:
        """Record the request."""
        self._fail()
        self.closed_cards.append(request_id)

    async def start_ramp(self, request_id: str) -> None:
        """Record the request."""
        self._fail()
        self.begun_ramps.append(request_id)

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure
